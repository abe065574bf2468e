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
        model.fps.push(f64::from(n % 30));
        model.latency.push(12.5);
        model.drops.push(f64::from(n / 60) * 4.0);
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

#[test]
fn a_lesson_fits_on_eighty_columns() {
    let lesson = Lesson {
        claim: "Under one lock (Python's GIL) waits still overlap, computation does not; processes get it back.".into(),
        step: " step 3/5".into(),
        caption: "Processes have a lock each: they compute side by side again, as far as there are cores.".into(),
    };
    assert_golden("tui-lesson.txt", &drawn(80, 24, &Model { lesson: Some(lesson), ..made_up() }));
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
