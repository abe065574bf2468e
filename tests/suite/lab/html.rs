//! The HTML page: what it holds, whatever the result holds; and how it stands in a browser, if there is one.

use crate::common::{browser, framerace, stderr, stdout};
use framerace::lab::report::{Confidence, FORMATS, Fairness, LeftOut, LiveFigures, Report, ResultFile, Spread};
use framerace::metrics::{Distribution, QueueTimeline, Timeline};
use framerace::statistics::Estimate;

/// A result from before there were time lines.
const OLD: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/old-result.json"));
/// What this page is asked from within.
const ASKED: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/html/result.js"));

fn old() -> Report {
    Report::from_json(OLD, "old-result.json").expect("a result")
}

fn page(report: &Report) -> String {
    FORMATS.iter().find(|format| format.name == "html").expect("it is in the list").render(report).expect("a page")
}

/// A result of so many strategies, all of whose figures are multiplied by `scale`.
fn made_up(strategies: usize, scale: f64) -> Report {
    let mut report = old();
    let of = report.strategies[0].clone();
    let made = (0..strategies).map(|number| {
        let mut strategy = of.clone();
        let fps = scale * 100.0 / (number + 1) as f64;
        strategy.run.strategy = format!("strategy-{number}");
        strategy.place = (number % 4 != 3).then_some(number + 1);
        strategy.same_pixels = Some(number % 4 != 3);
        strategy.fps = Spread::over(vec![fps * 0.9, fps, fps * 1.2]);
        strategy.fps_estimate = Some(Estimate { value: fps, low: fps * 0.9, high: fps * 1.2, level: 0.97 });
        strategy.run.latency_ms.p95 = scale;
        strategy.run.timeline = Some(timeline(scale, number));
        strategy.run.latencies = Some(Distribution {
            edges_ms: (0..=20).map(|n| scale * f64::exp2(f64::from(n) / 4.0)).collect(),
            counts: (0..20).map(|n| n * (20 - n)).collect(),
        });
        strategy
    });
    report.strategies = made.collect();
    report
}

fn timeline(scale: f64, number: usize) -> Timeline {
    let queue = |name: &str| QueueTimeline {
        name: name.into(),
        capacity: 4,
        depth: (0..100).map(|n| f64::from((n * 7 + number as u32) % 9) / 2.0).collect(),
    };
    Timeline {
        bucket_s: 0.016 * scale,
        wall_s: 1.59 * scale,
        delivered: (0..100).map(|n| 3 + (n + number as u64) % 3).collect(),
        queues: vec![queue("capture-chain"), queue("chain-sink")],
    }
}

/// A result whose every text would break out of where it stands.
fn hostile() -> Report {
    const NAME: &str =
        "</script><script>hacked=1</script>\"'><img src=x onerror=hacked=1>&amp;{{ json }}<!--\u{fffd}\u{202e}\u{0}";
    let mut report = made_up(3, 1.0);
    report.input.name = NAME.into();
    report.input.reader = NAME.into();
    report.chain = NAME.into();
    report.command = vec!["framerace".into(), NAME.into()];
    report.machine.cpu = NAME.into();
    report.machine.kernel = NAME.into();
    report.disturbances = vec![NAME.into()];
    report.notes = vec![NAME.into(), "<script type=\"application/json\" id=\"result\">{}</script>".into()];
    report.left_out = vec![LeftOut { name: NAME.into(), reason: NAME.into() }];
    for strategy in &mut report.strategies {
        strategy.run.strategy += NAME;
        strategy.verdict.stage = NAME.into();
        strategy.verdict.evidence = NAME.into();
        strategy.verdict.advice = NAME.into();
        strategy.run.stages.iter_mut().for_each(|stage| stage.name = NAME.into());
        strategy.run.queues.iter_mut().for_each(|queue| queue.name = NAME.into());
        strategy.run.timeline.iter_mut().flat_map(|line| &mut line.queues).for_each(|queue| queue.name = NAME.into());
    }
    report
}

#[test]
fn a_page_reads_back_as_the_result_it_was_made_of() {
    for report in [old(), made_up(8, 1.0), hostile()] {
        assert_eq!(Report::from_json(&page(&report), "page.html").unwrap(), report);
    }
}

#[test]
fn names_stay_text() {
    let page = page(&hostile());
    assert_eq!(page.matches("<script").count(), 1, "the result itself");
    assert_eq!(page.matches("</script").count(), 1);
    assert!(!page.contains("<img"));
}

#[test]
fn a_page_needs_nothing_else() {
    for report in [old(), made_up(8, 1.0)] {
        let page = page(&report).replace("http://www.w3.org/2000/svg", "");
        for word in ["http:", "https:", "src=", "href=", "url(", "@import", "@font-face", "<link", "<iframe"] {
            assert!(!page.contains(word), "{word}");
        }
        assert!(page.len() < 1_000_000, "{} bytes", page.len());
    }
}

#[test]
fn whatever_the_figures_are_there_is_a_page() {
    for strategies in [0, 1, 2, 3, 8, 20] {
        for scale in [1e-9, 1e-3, 1.0, 1e6, 1e12] {
            let page = page(&made_up(strategies, scale));
            let words = page.split("<script").next().unwrap_or_default();
            assert!(!words.contains("NaN") && !words.contains("inf"), "{strategies} strategies, {scale}");
        }
    }
}

#[test]
fn a_run_too_short_for_a_line_has_a_page_without_lines() {
    let mut report = made_up(1, 1.0);
    let strategy = &mut report.strategies[0];
    strategy.run.timeline = Some(Timeline { bucket_s: 0.001, wall_s: 0.0004, delivered: vec![1], queues: Vec::new() });
    strategy.run.latencies = None;
    assert!(!page(&report).contains("In the course of a run"));
}

/// What the program prints and the page it writes.
fn printed_and_page(arguments: &[&str]) -> (String, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("page.html");
    let output = framerace(&[arguments, &["--html", file.to_str().expect("a path")]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    (stdout(&output), std::fs::read_to_string(file).expect("a page"))
}

#[test]
fn the_answer_of_the_terminal_stands_at_the_top() {
    for arguments in [
        &["compare", "synthetic:160x120@0x60", "-f", "grayscale,delay=2", "--rounds", "2"][..],
        &["run", "synthetic:160x120@0x60", "-f", "grayscale,delay=2", "-s", "threads"],
        &["compare", "synthetic:160x120@0x40", "-f", "grayscale,delay=2", "--sweep", "queue=1,4", "--rounds", "2"],
    ] {
        let (printed, page) = printed_and_page(arguments);
        browser::answers_as(&page, &printed);
    }
}

#[test]
fn a_strategy_keeps_its_color_whatever_its_rank() {
    let mut report = made_up(3, 1.0);
    let names = ["threads", "rayon", "sequential"];
    report.strategies.iter_mut().zip(names).for_each(|(strategy, name)| strategy.run.strategy = name.into());
    let color = |page: &str, name: &str| {
        let end = format!("</i>{name}</li>");
        let before = page.split(&end).next().unwrap();
        before.rsplit_once("border-color:").unwrap().1.split(['"', ';']).next().unwrap().to_owned()
    };
    let before = page(&report);
    report.strategies.reverse();
    let after = page(&report);
    let colors: Vec<_> = names.iter().map(|name| color(&before, name)).collect();
    assert_eq!(colors, names.map(|name| color(&after, name)));
    assert!(colors[0] != colors[1] && colors[1] != colors[2] && colors[0] != colors[2], "{colors:?}");
}

#[test]
fn a_page_stands_in_a_browser() {
    let Some(chromium) = browser::chromium() else { return };
    let mut unmeasured = old();
    unmeasured.strategies.iter_mut().flat_map(|s| &mut s.run.stages).for_each(|stage| stage.busy = 0.0);
    let mut live = made_up(3, 1.0);
    let figures = LiveFigures { source_fps: 30.0, claimed_fps: 280.5, possible_fps: None };
    live.strategies.iter_mut().for_each(|strategy| strategy.live = Some(figures));
    // Stages that differ from strategy to strategy.
    let mut uneven = made_up(4, 1.0);
    let filter = uneven.strategies[1].run.stages[1].clone();
    uneven.strategies[1].run.stages.splice(1..2, [filter.clone(), filter.clone(), filter]);
    uneven.strategies[2].run.stages.truncate(1);
    uneven.fairness = Some(Fairness {
        opencv_threads: 1,
        decode_threads: 1,
        environment: None,
        outliers: Vec::new(),
        unfair: vec!["4 of 4 runs were disturbed".into()],
        confidence: Confidence::Lowered,
    });
    let pages = [
        printed_and_page(&["compare", "synthetic:160x120@0x60", "--rounds", "2"]).1,
        printed_and_page(&["run", "synthetic:160x120@0x60", "-s", "stages"]).1,
        printed_and_page(&["compare", "synthetic:160x120@0x40", "--sweep", "queue=1,2,4", "--rounds", "2"]).1,
        page(&live),
        page(&uneven),
        page(&unmeasured),
        page(&old()),
        page(&made_up(1, 1.0)),
        page(&made_up(2, 1e-6)),
        page(&made_up(9, 1e9)),
        page(&hostile()),
    ];
    browser::all_fine(chromium, &pages, ASKED);
}
