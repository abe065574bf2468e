//! What the screen looks like with made-up figures.

use framerace::metrics::LedgerReport;
use framerace::pipeline::{Policies, Settings};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::*;
use crate::app::tui::model::{Lesson, Link, Model, Row};

/// The screen as text.
fn drawn(width: u16, height: u16, model: &Model) -> String {
    let settings = Settings { workers: 2, queue: 4, overflow: Policies::live(), ..Settings::default() };
    let mut wanted = Wanted::new("threads", &settings, &"grayscale,blur".parse().unwrap());
    wanted.filters[1].1 = 50.0;
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(frame, model, &wanted, true)).unwrap();
    let rows = terminal.backend().buffer().content.chunks(width.into());
    rows.map(|row| row.iter().map(|cell| cell.symbol()).collect::<String>().trim_end().to_owned() + "\n").collect()
}

fn made_up() -> Model {
    let stage = |name: &str, (busy, blocked, starved), link| Row {
        name: name.into(),
        link,
        workers: 1,
        busy,
        blocked,
        starved,
        service_ms: Some(3.25),
        ..Row::default()
    };
    let link = |depth| Some(Link { depth, capacity: 4 });
    let part = |name: &str, busy| Row { name: name.into(), is_part: true, busy, ..Row::default() };
    let rows = vec![
        stage("capture", (0.25, 0.75, 0.0), None),
        Row { workers: 2, ..stage("chain", (0.9, 0.0, 0.1), link(3.4)) },
        part("grayscale", 0.1),
        part("blur", 0.8),
        stage("deliver", (0.05, 0.0, 0.9), link(0.2)),
    ];
    let mut model = Model {
        input: "camera:0?fps=30 · 640x480 bgr8 · V4L2 vivid".into(),
        sink: "counted and thrown away".into(),
        state: "running".into(),
        rows,
        ledger: LedgerReport { captured: 128, delivered: 90, dropped: 34, missed: 2, ..LedgerReport::default() },
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
        model.fps.push(f64::from(n % 30));
        model.latency.push(12.5);
        model.drops.push(f64::from(n / 60) * 4.0);
    }
    model
}

/// Holds what was drawn against what is kept.
fn is_as_kept(name: &str, drawn: &str) {
    let golden = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&golden, drawn).unwrap();
    }
    assert_eq!(drawn, std::fs::read_to_string(golden).unwrap_or_default(), "UPDATE=1 cargo test writes it anew");
}

#[test]
fn everything_fits_on_eighty_columns() {
    is_as_kept("tui.txt", &drawn(80, 24, &made_up()));
}

#[test]
fn so_does_a_lesson() {
    let lesson = Lesson {
        claim: "Under one lock (Python's GIL) waits still overlap, computation does not; processes get it back.".into(),
        step: " step 3/5".into(),
        caption: "Processes have a lock each: they compute side by side again, as far as there are cores.".into(),
    };
    is_as_kept("tui-lesson.txt", &drawn(80, 24, &Model { lesson: Some(lesson), ..made_up() }));
}

#[test]
fn every_lesson_has_room_for_its_words() {
    for (lesson, scene) in framerace::lab::lessons::scenes() {
        let claim = lesson.about().claim.to_owned();
        for step in scene.steps {
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
fn a_loop_that_repeats_frames_is_told_beside_what_it_claims() {
    let drawn = drawn(80, 24, &Model { predicted: None, claimed: Some(812.4), ..made_up() });
    assert!(drawn.contains(" predicted       – FPS   measured    29.3 FPS   it claims 812 FPS"), "{drawn}");
}

#[test]
fn a_path_too_long_is_counted_and_the_sink_stays() {
    let mut model = made_up();
    model.rows.extend((0..30).map(|n| Row { name: format!("filter-{n}"), ..Row::default() }));
    let drawn = drawn(80, 24, &model);
    assert!(drawn.contains("… and ") && drawn.contains("▶ counted") && drawn.contains("[q]uit"), "{drawn}");
}

#[test]
fn a_terminal_too_small_is_told_what_is_needed() {
    let drawn = drawn(79, 24, &made_up());
    assert_eq!(drawn.trim_end(), "too small: 80x24 is needed, this is 79x24; q quits");
    assert_eq!(self::drawn(10, 2, &made_up()).lines().next(), Some("too small:"));
}
