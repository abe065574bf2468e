//! What the screen looks like with figures that no run made.

use framerace::metrics::LedgerReport;
use framerace::pipeline::{Policies, Settings};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::*;
use crate::app::tui::desired::tests::threads;
use crate::app::tui::model::{Lesson, Model, QueueDepth, Row};

/// The screen as text.
fn drawn(width: u16, height: u16, model: &Model) -> String {
    let settings = Settings { workers: 2, queue: 4, overflow: Policies::live(), ..Settings::default() };
    let mut desired = threads("grayscale,blur", settings);
    desired.filters[1].1 = 50.0;
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(frame, model, &desired, true)).unwrap();
    let rows = terminal.backend().buffer().content.chunks(width.into());
    rows.map(|row| row.iter().map(|cell| cell.symbol()).collect::<String>().trim_end().to_owned() + "\n").collect()
}

fn made_up() -> Model {
    let stage = |name: &str, (busy, blocked, starved), queue| Row {
        name: name.into(),
        queue,
        workers: 1,
        busy,
        blocked,
        starved,
        service_ms: Some(3.25),
        ..Row::default()
    };
    let queue = |depth| Some(QueueDepth { depth, capacity: 4 });
    let part = |name: &str, busy| Row { name: name.into(), is_part: true, busy, ..Row::default() };
    let rows = vec![
        stage("capture", (0.25, 0.75, 0.0), None),
        Row { workers: 2, ..stage("chain", (0.9, 0.0, 0.1), queue(3.4)) },
        part("grayscale", 0.1),
        part("blur", 0.8),
        stage("sink", (0.05, 0.0, 0.9), queue(0.2)),
    ];
    let mut model = Model {
        input: "camera:0?fps=30 · 640x480 bgr8 · V4L2 vivid".into(),
        sink: "counted and thrown away".into(),
        state: "running".into(),
        rows,
        ledger: LedgerReport { captured: 128, delivered: 90, dropped: 34, unread: 2, ..LedgerReport::default() },
        verdict: "blur: CPU-bound → make blur cheaper, or take more cores".into(),
        evidence: "chain (2 workers) is busy 90 % of the time, of which blur is 89 %".into(),
        predicted: Some(61.2),
        predicted_from: "from 31.1 ms a frame before".into(),
        measured: Some(29.3),
        chosen: 1,
        cost: 0.0042,
        ..Model::default()
    };
    for n in 0..90 {
        if n == 40 {
            model.mark_change("workers 2".into());
        }
        if n == 75 {
            model.mark_change("drop-oldest, blur +50 %".into());
        }
        model.fps.push(f64::from(n % 30));
        model.latency.push(12.5);
        model.drops.push(f64::from(n / 60) * 4.0);
        model.points += 1;
        for row in &model.rows {
            model.busy.entry(row.name.clone()).or_default().push(row.busy * f64::from(n) / 89.0);
        }
    }
    model
}

/// Compares what was drawn with a golden file.
fn assert_golden(name: &str, drawn: &str) {
    let golden = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&golden, drawn).unwrap();
    }
    assert_eq!(drawn, std::fs::read_to_string(golden).unwrap_or_default(), "UPDATE=1 cargo test writes it anew");
}

#[test]
fn everything_fits_on_eighty_columns() {
    assert_golden("tui.txt", &drawn(80, 24, &made_up()));
}

fn with_lesson(model: Model) -> Model {
    let lesson = Lesson {
        claim: "Under one lock (Python's GIL) waits still overlap, computation does not; processes get it back.".into(),
        step: " step 3/5".into(),
        caption: "Processes have a lock each: they compute side by side again, as far as there are cores.".into(),
    };
    Model { lesson: Some(lesson), ..model }
}

#[test]
fn a_lesson_fits_on_eighty_columns() {
    assert_golden("tui-lesson.txt", &drawn(80, 24, &with_lesson(made_up())));
}

#[test]
fn a_larger_terminal_is_used() {
    assert_golden("tui-120x40.txt", &drawn(120, 40, &made_up()));
    assert_golden("tui-lesson-120x40.txt", &drawn(120, 40, &with_lesson(made_up())));
}

#[test]
fn all_keys_are_shown_at_every_size() {
    let model = Model { shows_keys: true, ..made_up() };
    assert_golden("tui-keys.txt", &drawn(80, 24, &model));
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        let drawn = drawn(width, height, &model);
        assert!(KEYS.iter().all(|(key, does)| drawn.contains(key) && drawn.contains(does)), "{drawn}");
    }
}

/// Evidence as long as it gets.
const LONG: &str = "edges is busy 91 % of the time (85 % of it waiting for a CPU), blur is blocked 90 %, sink is starved 98 %; the \
                    queue before it is full 85 %; the queue after it is empty 87 %; edges could do 155 FPS, capture 409; \
                    other programs took 89 % of the machine, the hypervisor 0.1 %; 31.4 % of the frames were lost";

#[test]
fn evidence_is_whole_or_ends_with_a_clause() {
    for (width, height) in [(80, 24), (100, 30), (120, 40), (160, 50)] {
        for model in [made_up(), with_lesson(made_up())] {
            let drawn = drawn(width, height, &Model { evidence: LONG.into(), ..model });
            let below = drawn.split_once("or take more cores").expect("the verdict").1;
            let shown: Vec<_> = below.lines().skip(1).take_while(|line| !line.contains("delivered +")).collect();
            let shown = shown.join(" ").split_whitespace().collect::<Vec<_>>().join(" ");
            let rest = LONG.strip_prefix(&shown).unwrap_or_else(|| panic!("{drawn}"));
            assert!(
                !shown.is_empty() && (rest.is_empty() || rest.starts_with("; ") || rest.starts_with(", ")),
                "{drawn}"
            );
            assert!(width < 120 || rest.is_empty(), "{drawn}");
        }
    }
}

#[test]
fn changes_of_settings_are_marked_in_every_graph() {
    let drawn = drawn(120, 40, &made_up());
    let column = |line: &str| line.chars().position(|cell| cell == '│');
    let marked: Vec<_> = drawn.lines().filter_map(column).collect();
    assert!(marked.len() >= 3 && marked.iter().all(|at| *at == marked[0]), "{drawn}");
    let changes = drawn.lines().find(|line| line.contains('▾')).unwrap();
    assert_eq!(changes.chars().position(|cell| cell == '▾'), Some(marked[0]), "{drawn}");
    assert!(changes.contains("workers 2▾") && changes.contains("drop-oldest, blur +50 %▾"), "{drawn}");
}

#[test]
fn the_texts_of_every_lesson_fit() {
    for (lesson, scene) in framerace::lab::lessons::scenes() {
        let claim = lesson.about().claim.to_owned();
        for step in &scene.steps {
            let (step_of, caption) = (" step 1/5".into(), step.caption.to_owned());
            let model = Model { lesson: Some(Lesson { claim: claim.clone(), step: step_of, caption }), ..made_up() };
            let drawn = drawn(80, 24, &model);
            let words: Vec<_> = drawn.split_whitespace().collect();
            let all = |text: &str| text.split_whitespace().all(|word| words.contains(&word));
            assert!(all(&claim) && all(step.caption), "{drawn}");
        }
    }
}

#[test]
fn repeated_frames_show_the_claimed_rate() {
    let drawn = drawn(80, 24, &Model { predicted: None, claimed: Some(812.4), ..made_up() });
    assert!(drawn.contains(" predicted       – FPS   measured    29.3 FPS   it claims 812 FPS"), "{drawn}");
}

#[test]
fn stages_without_room_are_counted_and_the_sink_is_shown() {
    let mut model = made_up();
    model.rows.extend((0..30).map(|n| Row { name: format!("filter-{n}"), ..Row::default() }));
    let drawn = drawn(80, 24, &model);
    assert!(drawn.contains("… and ") && drawn.contains("▶ counted") && drawn.contains("[q]uit"), "{drawn}");
}
