//! The report on made-up runs, to the last digit: ranking, medians, ratios within a round, and the table.

use std::fs;
use std::path::Path;

use crate::common::made_up::settings;
use framerace::host::Program;
use framerace::host::environment::Environment;
use framerace::host::interference::Interference;
use framerace::lab::report::{
    Circumstances, Confidence, Decision, Detail, FORMATS, InputReport, Kind, LeftOut, Report, ResultFile,
    SettingsReport, Width, summarize, to_table,
};
use framerace::metrics::{
    LedgerReport, PartReport, Percentiles, QueueReport, Run, RunSetup, StageReport, SteadyRate, Topology,
};

/// A run of 100 frames at `fps`, which used `cpu_ms` a frame and made pixels of this `hash`.
fn run(strategy: &str, workers: usize, fps: f64, cpu_ms: f64, hash: &str) -> Run {
    let ms = |p50: f64| Percentiles { p50, p95: p50 * 2.0, p99: p50 * 3.0, max: p50 * 4.0, mean: p50 * 1.1 };
    let wall_s = 100.0 / fps;
    let stage = |name: &str, workers: usize, busy: f64, starved: f64, blocked: f64| StageReport {
        name: name.into(),
        workers,
        frames: 100,
        busy,
        cpu_wait: 0.0,
        starved,
        blocked,
        locked: 0.0,
        waiting: 0.0,
        cpu_s: busy * wall_s * workers as f64,
        service_ms: ms(busy * 1e3 / fps),
        parts: Vec::new(),
    };
    let part = |name: &str, share: f64| PartReport {
        name: name.into(),
        share,
        cpu_wait: 0.0,
        cpu_s: share * 0.8 * wall_s * workers as f64,
        service_ms: ms(share * 1e3 / fps),
    };
    let mut chain = stage("chain", workers, 0.8, 0.15, 0.05);
    chain.parts = vec![part("grayscale", 0.1), part("blur", 0.9)];
    let queue = |name: &str| QueueReport { name: name.into(), capacity: 4, mean_depth: 1.5, full: 0.25, empty: 0.5 };
    Run {
        setup: RunSetup { topology: Topology::Workers, in_flight: 14, pace: None, live: false },
        strategy: strategy.into(),
        workers,
        startup_s: 0.0123,
        arrivals_s: 0.0,
        wall_s,
        steady_rate: SteadyRate { frames: 100, seconds: wall_s, ..SteadyRate::default() },
        ledger: LedgerReport { captured: 100, delivered: 100, ..LedgerReport::default() },
        cpu_s: cpu_ms * 0.1,
        system_s: 0.01,
        minor_faults: 250,
        steady_faults: (workers > 1).then_some(0.4),
        context_switches: 420,
        interference: Interference { others: if strategy == "stages" { 0.2 } else { 0.01 }, stolen: 0.0, stopped: 0.0 },
        memory_at_start: 40_000_000,
        peak_memory: 90_000_000,
        peak_resident: 120_000_000,
        latency_ms: ms(2e3 / fps),
        hash: Some(hash.into()),
        stages: vec![stage("capture", 1, 0.3, 0.0, 0.6), chain, stage("sink", 1, 0.05, 0.9, 0.0)],
        queues: if workers > 1 { vec![queue("capture-chain"), queue("chain-sink")] } else { Vec::new() },
        sandbox: (strategy == "processes").then(|| "kept from files".into()),
        meter_share: 0.0012,
        ..Run::default()
    }
}

fn report(runs: &[Vec<Run>]) -> Report {
    let circumstances = Circumstances {
        command: ["framerace", "compare", "clip.mp4"].map(String::from).into(),
        machine: crate::common::made_up_machine(),
        opencv: crate::common::made_up_opencv(),
        input: InputReport {
            name: "clip.mp4".into(),
            width: 1280,
            height: 720,
            pixels: "bgr8".into(),
            fps: Some(25.0),
            frames: Some(100),
            reader: "libav h264, 1 thread".into(),
        },
        chain: "grayscale,blur".into(),
        settings: SettingsReport { workers: 4, queue: 4, rounds: 3, warmup: 30, ..settings() },
        decision: Some(Decision {
            rounds: 3,
            seconds: 12.3,
            budget_s: Some(60.0),
            precision: Some(0.01),
            open: vec![("threads".into(), "processes".into())],
            frames_a_run: None,
        }),
        left_out: vec![LeftOut { name: "tiles".into(), reason: "made up".into() }],
        environment: Some(Environment {
            cores_online: 4,
            cores_allowed: 4,
            governor: Some("performance".into()),
            load_before: Some(0.25),
            free_memory: 6 << 30,
            overheated: Some(0),
            programs: vec![Program { name: "player".into(), share: 0.02 }],
            ..Environment::default()
        }),
        comparable: true,
    };
    summarize(runs, circumstances)
}

fn three(strategy: &str, workers: usize, fps: [f64; 3], cpu_ms: f64, hash: &str) -> Vec<Run> {
    fps.map(|fps| run(strategy, workers, fps, cpu_ms, hash)).into()
}

fn race() -> Vec<Vec<Run>> {
    let mut dropping = three("stages", 2, [300.0, 310.0, 320.0], 9.0, "cafe");
    for run in &mut dropping {
        run.ledger = LedgerReport { captured: 100, delivered: 90, dropped: 10, ..LedgerReport::default() };
        run.steady_rate.frames = 90;
        run.hash = Some("beef".into());
    }
    vec![
        three("sequential", 1, [100.0, 80.0, 90.0], 9.5, "cafe"),
        three("threads", 4, [250.0, 240.0, 180.0], 10.0, "cafe"),
        three("rayon", 4, [900.0, 900.0, 900.0], 10.0, "dead"),
        dropping,
    ]
}

/// A file of this schema must stay readable, as those of older ones: `old-result.json` is one of schema 1.
#[test]
fn a_result_of_schema_3_is_as_it_is_kept() {
    let report = report(&race());
    let json = report.to_json().unwrap();
    crate::common::golden("tests/golden/result-3.json", &json);
    let read = Report::from_json(&json, "result-3.json").unwrap();
    assert_eq!((read.strategies[0].run.wall_s, read.schema), (report.strategies[0].run.wall_s, 3));
    assert_eq!(read, report);
}

/// Schema 2 called the sink `deliver`, queues `links`, and more. Only sentences keep the words that they were written with.
#[test]
fn a_result_of_schema_2_reads_as_one_of_today() {
    let old = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/old-result-2.json"));
    let mut read = Report::from_json(old, "old-result-2.json").unwrap();
    read.schema = 3;
    let json = read.to_json().unwrap().replace("deliver is", "sink is");
    let today = report(&race()).to_json().unwrap();
    assert_eq!(json.lines().zip(today.lines()).find(|(old, new)| old != new), None);
}

#[test]
fn ratios_are_taken_within_a_round() {
    let report = report(&race());
    let threads = report.strategies.iter().find(|s| s.name() == "threads").unwrap();
    // 2.5, 3.0 and 2.0: the median is 2.5, which is not the ratio of the medians.
    assert_eq!(threads.speedup, Some(2.5));
    assert_eq!((threads.fps.median, threads.fps.min, threads.fps.max), (240.0, 180.0, 250.0));
    assert_eq!(threads.fps.samples, [250.0, 240.0, 180.0]);
    assert!((threads.cpu_limit_share - 240.0 * 0.010 / 4.0).abs() < 1e-9);
}

#[test]
fn who_changed_or_lost_a_frame_has_no_place() {
    let report = report(&race());
    let places: Vec<_> = report.strategies.iter().map(|s| (s.name(), s.place, s.same_pixels)).collect();
    assert_eq!(
        places,
        [
            ("threads", Some(1), Some(true)),
            ("sequential", Some(2), Some(true)),
            ("rayon", None, Some(false)),
            ("stages", None, Some(false)),
        ]
    );
}

#[test]
fn nothing_is_proven_without_the_baseline() {
    let report = report(&race()[1..2]);
    assert_eq!((report.strategies[0].same_pixels, report.strategies[0].speedup), (None, None));
}

#[test]
fn the_verdict_names_the_filter_that_stands_out() {
    let report = report(&race());
    assert!(report.strategies.iter().all(|s| (s.verdict.stage.as_str(), s.verdict.kind) == ("blur", Kind::CpuBound)));
}

#[test]
fn the_table_is_as_it_is_kept() {
    let text = to_table(&report(&race()), Detail::Brief, Width::default())
        + "\n"
        + &to_table(&report(&race()[1..2]), Detail::Full, Width::default());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/table.txt");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &text).unwrap();
    }
    assert_eq!(text, fs::read_to_string(&path).unwrap_or_default(), "UPDATE=1 cargo test writes it anew");
}

/// The strategies that deliver every frame, as bad as it gets: few rounds, many ties, others at work, not settled.
#[test]
fn a_comparison_of_all_strategies_fits_a_small_terminal() {
    let names = ["threads", "stages", "rayon", "tiles", "processes", "processes-pipe", "global-lock", "segments"];
    let mut runs = vec![three("sequential", 1, [1000.0, 1010.0, 990.0], 9.5, "cafe")];
    runs.extend(names.iter().enumerate().map(|(at, name)| {
        let (fps, up) = (if at < 4 { 1240.0 } else { 1120.0 } + at as f64, [40.0, -40.0, 15.0][at % 3]);
        three(name, 4, [fps, fps + up, fps - up], 10.0, "cafe")
    }));
    runs.iter_mut().flatten().for_each(|run| run.interference.others = 0.3);
    let mut report = report(&runs);
    report.input.name = "/home/somebody/videos/2024/a-long-name-of-a-video.mp4".into();
    report.chain = "grayscale,blur=ksize=5:sigma=1.5,edges=low=50:high=150".into();
    report.machine.cpu = "Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz".into();
    report.decision.as_mut().expect("a decision").open.push(("rayon".into(), "tiles".into()));
    for columns in [80, 100, 120] {
        let text = to_table(&report, Detail::Brief, Width::of(columns));
        // The last row is for the prompt.
        assert!(text.lines().count() < 24, "{columns}: {}\n{text}", text.lines().count());
        assert!(text.lines().all(|line| line.chars().count() < columns), "{columns}: {text}");
        assert!(text.contains("tied: ") && text.contains("warning: ") && text.contains("next: "), "{text}");
    }
}

#[test]
fn a_report_reads_back_as_it_was_written() {
    let report = report(&race());
    let json = report.to_json().unwrap();
    assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report);
}

#[test]
fn who_dropped_frames_is_set_apart_and_everybody_reads_why() {
    let report = report(&race());
    let markdown = FORMATS.iter().find(|format| format.name == "markdown").unwrap().render(&report).unwrap();
    for text in [to_table(&report, Detail::Brief, Width::default()), markdown] {
        assert!(text.contains("unranked: stages dropped 10 % of the frames"), "{text}");
        assert!(text.contains("unranked: rayon made other pixels"), "{text}");
        assert!(!text.contains("unranked: threads") && !text.contains("unranked: sequential"), "{text}");
    }
}

/// Eight rounds of `threads` in which others got in the way of the fourth, and nobody in that of the sixth.
fn uneven(others: f64, stolen: f64) -> Report {
    let fps = [200.0, 203.0, 198.0, 120.0, 201.0, 150.0, 199.0, 202.0];
    let mut runs: Vec<_> = fps.iter().map(|fps| run("threads", 4, *fps, 10.0, "cafe")).collect();
    runs[3].interference = Interference { others, stolen, stopped: 0.0 };
    report(&[fps.map(|_| run("sequential", 1, 60.0, 10.0, "cafe")).into(), runs])
}

#[test]
fn rounds_that_stand_out_are_named_with_their_cause_and_count_all_the_same() {
    let report = uneven(0.0, 0.1);
    let fairness = report.fairness.as_ref().unwrap();
    let found: Vec<_> = fairness.outliers.iter().map(|o| (o.strategy.as_str(), o.round, o.cause.as_deref())).collect();
    assert_eq!(found, [("threads", 4, Some("10 % stolen by the hypervisor")), ("threads", 6, None)]);
    assert_eq!(report.strategies[0].fps.samples.len(), 8, "none is dropped");
    assert_eq!((fairness.confidence, fairness.unfair.len()), (Confidence::Lowered, 0));
    let table = to_table(&report, Detail::Full, Width::default()).replace('\n', " ");
    assert!(table.contains("round 4 (-40 %: 10 % stolen by the hypervisor)"), "{table}");
    assert!(table.contains("round 6 (-25 %: cause unknown)"), "{table}");
}

#[test]
fn what_makes_a_comparison_unfair_is_said_plainly() {
    for (report, words) in [
        (uneven(0.0, 0.38), "not comparable: 38 % steal in round 4 (threads)"),
        (uneven(0.6, 0.0), "not comparable: 60 % taken by other programs in round 4 (threads)"),
    ] {
        let fairness = report.fairness.as_ref().unwrap();
        assert_eq!(fairness.confidence, Confidence::Low);
        assert_eq!(fairness.unfair, [words]);
        // Of several reasons the gravest comes first; its end may be cut.
        let (begin, _) = words.split_once(" (").unwrap();
        let table = to_table(&report, Detail::Brief, Width::default());
        assert!(table.contains(&format!("\nwarning: {begin}")), "{table}");
    }
    assert_eq!(uneven(0.0, 0.0).fairness.unwrap().confidence, Confidence::Good);
}
