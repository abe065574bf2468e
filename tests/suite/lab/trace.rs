//! Traces: every strategy writes down the frames asked for, in an order that can be, within bounds, and what a result
//! holds becomes a Chrome trace at any later time.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::common::{framerace, run_on, settings, stderr};
use framerace::metrics::{Activity, Run, Span, Trace};
use framerace::pipeline::Settings;
use framerace::strategy::{STRATEGIES, of_any_source};
use serde_json::Value;

/// Frames of a run, and how many of them are traced.
const FRAMES: usize = 24;
const TRACED: u64 = 10;

fn traced(strategy: &str, chain: &str) -> (Run, Trace) {
    let strategy = framerace::strategy::find(strategy).expect("a strategy");
    let settings = Settings { trace_frames: TRACED, ..settings() };
    let run = run_on(strategy, &format!("synthetic:160x120@0x{FRAMES}"), chain, &settings).expect("it runs");
    let trace = run.trace.clone().expect("it was traced");
    (run, trace)
}

fn end(span: &Span) -> u64 {
    span.begin_us + span.duration_us
}

/// In a row, one span ends before the next begins, or lies within it.
fn nested(trace: &Trace) {
    for row in &trace.tracks {
        let mut open: Vec<u64> = Vec::new();
        for span in &row.spans {
            open.retain(|end| *end > span.begin_us);
            assert!(open.iter().all(|outer| end(span) <= *outer), "{span:?} overlaps another in {}", row.name);
            open.push(end(span));
        }
    }
}

/// When each frame was in each stage: whole frames, not parts of them.
fn frames(run: &Run, trace: &Trace) -> BTreeMap<(String, u64), Vec<Span>> {
    let mut frames: BTreeMap<_, Vec<Span>> = BTreeMap::new();
    for span in trace.tracks.iter().flat_map(|row| &row.spans) {
        if let (Activity::Busy, None, Some(frame)) = (span.activity, span.part, span.frame) {
            frames.entry((run.stages[span.stage].name.clone(), frame)).or_default().push(*span);
        }
    }
    frames
}

#[test]
fn every_frame_goes_through_every_stage_once_and_in_order() {
    for strategy in of_any_source() {
        let (run, trace) = traced(strategy.name(), "grayscale,blur,edges");
        nested(&trace);
        let frames = frames(&run, &trace);
        for frame in 0..TRACED {
            let through = |stage: &str| {
                let spans = frames.get(&(stage.to_owned(), frame)).map_or(&[][..], Vec::as_slice);
                assert_eq!(spans.len(), 1, "{}: frame {frame} in {stage}", strategy.name());
                spans[0]
            };
            let path: Vec<_> = run.stages.iter().map(|stage| through(&stage.name)).collect();
            for pair in path.windows(2) {
                assert!(end(&pair[0]) <= pair[1].begin_us, "{}: {:?} then {:?}", strategy.name(), pair[0], pair[1]);
            }
        }
        assert!(frames.keys().all(|(_, frame)| *frame < TRACED), "{}: no more than asked for", strategy.name());
    }
}

#[test]
fn parts_lie_within_their_frame() {
    for name in ["sequential", "threads", "processes", "processes-pipe", "global-lock"] {
        let (run, trace) = traced(name, "grayscale,blur,edges");
        let frames = frames(&run, &trace);
        let chain = run.stages.iter().position(|stage| stage.name == "chain").expect("a chain");
        let mut seen = 0;
        for span in trace.tracks.iter().flat_map(|row| &row.spans).filter(|span| span.stage == chain) {
            let (Some(part @ 0..3), Some(frame)) = (span.part, span.frame) else { continue };
            let whole = frames[&("chain".to_owned(), frame)][0];
            assert!(whole.begin_us <= span.begin_us && end(span) <= end(&whole), "{name}: part {part}: {span:?}");
            seen += 1;
        }
        assert_eq!(seen, 3 * TRACED, "{name}");
    }
}

/// The names of the rows, without process numbers.
fn rows(trace: &Trace) -> Vec<&str> {
    trace.tracks.iter().map(|row| row.name.split(" (").next().expect("a name")).collect()
}

#[test]
fn rows_are_called_by_what_they_do() {
    let chain = "delay=2,grayscale,blur";
    let workers = ["capture", "worker 1", "worker 2", "sink"];
    for (name, expected) in [
        ("sequential", &["capture, chain, sink"][..]),
        ("threads", &workers),
        ("global-lock", &workers),
        ("rayon", &workers),
        ("stages", &["capture", "delay", "grayscale", "blur", "sink"]),
        ("tiles", &["capture", "chain", "band 1", "band 2", "sink"]),
        ("processes", &["capture", "supervisor 1", "worker 1", "supervisor 2", "worker 2", "sink"]),
        ("processes-pipe", &["capture", "supervisor 1", "worker 1", "supervisor 2", "worker 2", "sink"]),
    ] {
        let (_, trace) = traced(name, chain);
        assert_eq!(rows(&trace), expected, "{name}");
        for row in &trace.tracks {
            assert_eq!(row.pid.is_some(), row.name.contains("(process "), "{name}: {}", row.name);
        }
    }
}

#[test]
fn waits_and_links_tell_what_held_a_stage_back() {
    let (run, trace) = traced("stages", "grayscale,delay=5");
    let waits = |row: &str, activity: Activity| -> u64 {
        let row = trace.tracks.iter().find(|other| other.name == row).expect("a row");
        row.spans.iter().filter(|span| span.activity == activity).map(|span| span.duration_us).sum()
    };
    assert!(waits("capture", Activity::Blocked) > waits("capture", Activity::Busy));
    assert!(waits("sink", Activity::Starved) > waits("sink", Activity::Busy));
    assert_eq!(trace.depths.len(), run.queues.len());
    for (depths, queue) in trace.depths.iter().zip(&run.queues) {
        assert!(!depths.is_empty() && depths.len() <= 2 * TRACED as usize, "{}: {}", queue.name, depths.len());
        assert!(depths.iter().all(|depth| depth.frames <= queue.capacity as u64), "{}: {depths:?}", queue.name);
    }
    let before_delay = run.queues.iter().position(|queue| queue.name == "after grayscale").expect("a queue");
    assert!(trace.depths[before_delay].iter().any(|depth| depth.frames > 0));
}

#[test]
fn the_lock_is_waited_for_within_a_frame() {
    let (_, trace) = traced("global-lock", "spin=3");
    let locked = trace.tracks.iter().flat_map(|row| &row.spans).filter(|span| span.activity == Activity::Locked);
    let longest = locked.inspect(|span| assert!(span.frame.is_some())).map(|span| span.duration_us).max();
    assert!(longest > Some(1000), "{longest:?}");
}

#[test]
fn nobody_asked_nothing_written() {
    for strategy in of_any_source() {
        let run = run_on(strategy, "synthetic:32x24@0x5", "grayscale", &settings()).expect("it runs");
        assert_eq!(run.trace, None, "{}", strategy.name());
    }
    let settings = Settings { trace_frames: TRACED, meters: false, ..settings() };
    assert_eq!(run_on(STRATEGIES[0], "synthetic:32x24@0x5", "grayscale", &settings).expect("it runs").trace, None);
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("a file")
}

#[test]
fn a_chrome_trace_is_bounded_valid_and_can_be_made_later() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("text").to_owned();
    let (at_once, result, later) = (path("trace.json"), path("result.json"), path("later.json"));
    // Frames that take a while: of instant ones, one worker may have done a hundred before another wakes.
    let input = ["compare", "synthetic:32x24@0x1000", "-f", "grayscale,delay=1", "-s", "threads,stages,processes"];
    let how = ["-w", "2", "--rounds", "2", "--trace-frames", "100", "--quiet", "--trace", &at_once, "--json", &result];
    let raced = framerace(&[&input[..], &how].concat());
    assert!(raced.status.success(), "{}", stderr(&raced));
    let text = read(Path::new(&at_once));
    assert!(text.len() < 1 << 20, "100 frames of 1000 are {} bytes", text.len());
    let shown = framerace(&["report", &result, "--trace", &later]);
    assert!(shown.status.success(), "{}", stderr(&shown));
    assert_eq!(text, read(Path::new(&later)), "the result holds all of it");

    let trace: Value = serde_json::from_str(&text).expect("JSON");
    let schema = serde_json::from_str(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/trace.schema.json")))
        .expect("a schema");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let wrong: Vec<_> = validator.iter_errors(&trace).map(|e| format!("{}: {e}", e.instance_path())).take(3).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    let events = trace["traceEvents"].as_array().expect("events");
    let named = |kind: &str| events.iter().filter(|event| event["name"] == kind).count();
    assert_eq!(named("process_name"), 4);
    assert_eq!(named("thread_name"), 1 + 4 + 4 + 6);
    for frame in ["capture 0", "capture 99", "sink 0", "sink 99"] {
        assert_eq!(named(frame), 4, "{frame}");
    }
    assert_eq!(named("capture 100"), 0);
    // Perfetto would call such a row the main thread, and show it first.
    let main = |event: &&Value| event["name"] == "thread_name" && event["tid"] == event["pid"];
    assert_eq!(events.iter().find(main), None);
}

#[test]
fn a_result_without_spans_is_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("text").to_owned();
    let old = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/old-result.json");
    let output = framerace(&["report", old, "--csv", &path("result.csv"), "--trace", &path("trace.json")]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stderr(&output), "error: this result has no spans: make it with --trace-frames N\n");
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
}
