//! Sweeps: laws found again in figures made by them, knees that the rounds support and no others, the words and the
//! table to the last digit, and the command as a user meets it.

use crate::common::{framerace, golden, stderr, stdout};
use framerace::lab::compare::{Plan, Rounds};
use framerace::lab::report::{Detail, Knee, Report, ResultFile, Spread, Standing, StrategyReport, Width, to_table};
use framerace::lab::sweep::{Sweep, knee, laws, pixel_cost, standing, summarize};
use framerace::pipeline::Settings;
use framerace::statistics::{Estimate, median_of};
use framerace::strategy::STRATEGIES;
use serde_json::Value;

/// FPS of 1 to `most` workers by the universal scalability law, each off by up to `noise` as a part of it.
fn made_by(gamma: f64, alpha: f64, beta: f64, most: usize, noise: f64) -> Vec<(f64, f64)> {
    let mut rng = fastrand::Rng::with_seed(7);
    let fps = |n: f64| gamma * n / (1.0 + alpha * (n - 1.0) + beta * n * (n - 1.0));
    (1..=most).map(|n| (n as f64, fps(n as f64) * (1.0 + noise * (2.0 * rng.f64() - 1.0)))).collect()
}

#[test]
fn the_laws_are_found_again_in_what_they_made() {
    let exact = laws(&made_by(150.0, 0.08, 0.01, 8, 0.0));
    let universal = exact.iter().find(|law| law.preferred).expect("a law");
    assert!(universal.name.contains("Gunther 1993"), "{universal:?}");
    assert!((universal.gamma - 150.0).abs() < 1e-6 && (universal.alpha - 0.08).abs() < 1e-9, "{universal:?}");
    assert!((universal.beta - 0.01).abs() < 1e-9 && universal.off < 1e-9, "{universal:?}");
    assert!((universal.peak.unwrap() - (0.92f64 / 0.01).sqrt()).abs() < 1e-6, "{universal:?}");
    let noisy = laws(&made_by(150.0, 0.08, 0.01, 16, 0.02));
    let universal = noisy.iter().find(|law| law.preferred).expect("a law");
    assert!((universal.alpha - 0.08).abs() < 0.03 && (universal.beta - 0.01).abs() < 0.003, "{universal:?}");
    assert!((universal.gamma / 150.0 - 1.0).abs() < 0.05 && universal.off < 0.02, "{universal:?}");
}

#[test]
fn the_simpler_law_is_preferred_unless_the_other_is_surely_better() {
    for noise in [0.0, 0.02] {
        let both = laws(&made_by(100.0, 0.2, 0.0, 8, noise));
        let preferred: Vec<_> = both.iter().filter(|law| law.preferred).collect();
        assert!(preferred.len() == 1 && preferred[0].name.contains("Amdahl"), "{both:?}");
        assert!((preferred[0].alpha - 0.2).abs() < 0.03 && preferred[0].peak.is_none(), "{both:?}");
    }
    // Noise alone makes neither law leave its bounds.
    for (gain, alpha) in [(1.1, 0.0), (0.9, 1.0)] {
        let beyond: Vec<_> = (1..=4).map(|n| (f64::from(n), 100.0 * f64::from(n).powf(gain))).collect();
        let flat: Vec<_> =
            beyond.iter().map(|(n, fps)| (*n, if alpha > 0.5 { 100.0 / n.sqrt() } else { *fps })).collect();
        for law in laws(&flat) {
            assert!(
                (0.0..=1.0).contains(&law.alpha) && law.beta >= 0.0 && law.peak.is_none_or(|n| n >= 1.0),
                "{law:?}"
            );
        }
    }
    assert_eq!(laws(&made_by(100.0, 0.1, 0.01, 3, 0.0)).len(), 1, "three points tell no three parameters");
    assert!(laws(&made_by(100.0, 0.1, 0.01, 2, 0.0)).is_empty());
    assert!(laws(&[(1.0, 0.0), (2.0, 0.0), (3.0, 0.0)]).is_empty(), "nothing was delivered");
}

#[test]
fn what_a_pixel_costs_is_found_again() {
    let cost = pixel_cost(&[0.1, 0.4, 0.9, 2.0].map(|mp| (mp, 0.5 + 4.0 * mp))).unwrap();
    assert!((cost.fixed_ms - 0.5).abs() < 1e-9 && (cost.megapixel_ms - 4.0).abs() < 1e-9 && cost.off < 1e-9);
    // No frame takes less than no time.
    let cost = pixel_cost(&[(0.1, 0.3), (0.4, 1.6), (0.9, 4.5)]).unwrap();
    assert!(cost.fixed_ms == 0.0 && cost.megapixel_ms > 3.0, "{cost:?}");
    assert_eq!(pixel_cost(&[(0.1, 1.0), (0.2, 2.0)]), None);
}

#[test]
fn a_value_stands_where_its_interval_puts_it() {
    let stands =
        |low: f64, high: f64| standing(Some(Estimate { value: (low + high) / 2.0, low, high, level: 0.97 }), 0.02);
    assert_eq!(stands(0.985, 0.995), Standing::Tied, "surely slower, but by less than matters");
    assert_eq!(stands(0.975, 1.005), Standing::Tied, "perhaps as fast, and finely known");
    assert_eq!(stands(0.90, 1.05), Standing::Open);
    assert_eq!(stands(0.90, 0.97), Standing::Slower);
    assert_eq!(standing(None, 0.02), Standing::Open, "one round");
}

#[test]
fn no_knee_is_named_that_the_rounds_do_not_support() {
    use Standing::{Best, Open, Slower, Tied};
    let found = |standings: &[Standing]| {
        knee(&standings.iter().enumerate().map(|(at, standing)| ((at + 1).to_string(), *standing)).collect::<Vec<_>>())
    };
    assert_eq!(found(&[Slower, Tied, Best, Tied]), Knee::At("2".into()));
    assert_eq!(found(&[Slower, Best, Slower]), Knee::At("2".into()));
    assert_eq!(found(&[Best, Slower]), Knee::At("1".into()));
    assert_eq!(found(&[Tied, Tied, Best]), Knee::Flat);
    assert_eq!(found(&[Slower, Slower, Best]), Knee::Beyond);
    assert_eq!(found(&[Slower, Open, Tied, Best]), Knee::Between("2".into(), "3".into()));
    assert_eq!(found(&[Open, Slower, Best]), Knee::Between("1".into(), "3".into()));
    // What comes after the knee may be open; it is enough already.
    assert_eq!(found(&[Slower, Tied, Open, Best]), Knee::At("2".into()));
    assert_eq!(found(&[Open, Best, Open]), Knee::Unknown);
    assert_eq!(found(&[Best]), Knee::Unknown);
    assert_eq!(found(&[]), Knee::Unknown);
}

/// A race that never was, of `sequential` and `threads`.
fn plan(rounds: usize) -> Plan {
    Plan {
        input: "clip.mp4".parse().expect("an input"),
        chain: "grayscale".parse().expect("a chain"),
        others: Vec::new(),
        strategies: STRATEGIES[..2].to_vec(),
        settings: Settings::default(),
        rounds: Rounds::Fixed(rounds),
        preload: false,
        warmup: 0,
        seed: 1,
    }
}

/// A report on these points (label, FPS of the first of six rounds, p95 in ms, MB), as a race would have made it.
fn report(sweep: &str, points: &[(&str, f64, f64, f64)], noise: f64) -> Report {
    let kept = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/old-result.json"));
    let mut report = Report::from_json(kept, "old-result.json").expect("a result");
    let base = report.strategies[0].clone();
    let point = |(name, fps, p95, mb): &(&str, f64, f64, f64)| {
        let mut rng = fastrand::Rng::with_seed(name.bytes().map(u64::from).sum());
        let samples: Vec<_> = (0..6).map(|_| fps * (1.0 + noise * (2.0 * rng.f64() - 1.0))).collect();
        let mut strategy = StrategyReport { place: Some(1), ..base.clone() };
        strategy.run.strategy = (*name).to_owned();
        strategy.fps_estimate = median_of(&samples);
        strategy.fps = Spread::over(samples);
        (strategy.run.latency_ms.p95, strategy.run.latency_ms.mean) = (*p95, *p95 * 0.7);
        (strategy.peak_memory_mb, strategy.context_switches_per_frame) = (*mb, 2.5);
        strategy
    };
    report.strategies = points.iter().map(point).collect();
    report.settings.rounds = 6;
    let plan = plan(6);
    let sweep: Sweep = sweep.parse().expect("a sweep");
    report.sweep = Some(summarize(&sweep, &plan, &report));
    report
}

/// FPS by workers on four cores: as many times as fast, then no faster.
const WORKERS: &[(&str, f64, f64, f64)] = &[
    ("sequential", 100.0, 10.0, 90.0),
    ("threads workers=1", 98.0, 45.0, 100.0),
    ("threads workers=2", 190.0, 30.0, 104.0),
    ("threads workers=4", 360.0, 22.0, 112.0),
    ("threads workers=8", 361.0, 41.0, 128.0),
];
const QUEUE: &[(&str, f64, f64, f64)] = &[
    ("sequential", 100.0, 10.0, 90.0),
    ("threads queue=1", 150.0, 20.0, 100.0),
    ("threads queue=2", 190.0, 30.0, 105.0),
    ("threads queue=64", 190.4, 3130.0, 285.0),
];
const SIZES: &[(&str, f64, f64, f64)] = &[
    ("threads size=640x360", 800.0, 9.0, 80.0),
    ("threads size=1280x720", 205.0, 30.0, 105.0),
    ("threads size=1920x1080", 90.0, 70.0, 145.0),
];

#[test]
fn tables_and_words_are_as_they_are_kept_and_fit_a_terminal() {
    let reports = [
        report("workers=1,2,4,8", WORKERS, 0.003),
        report("queue=1,2,64", QUEUE, 0.003),
        report("size=640x360,1280x720,1920x1080", SIZES, 0.003),
        report("queue=1,2,64", QUEUE, 0.4),
    ];
    // The heading is that of every table.
    let tables = reports.map(|report| {
        let shown =
            |detail| to_table(&report, detail, Width::default()).split_once("\n\n").expect("a heading").1.to_owned();
        let full = shown(Detail::Full);
        // The stages are those of every table.
        shown(Detail::Brief) + "\n" + full.split("\n\n").next().expect("a table") + "\n"
    });
    golden("tests/golden/sweep.txt", &tables.join("\n"));
    for line in tables.iter().flat_map(|table| table.lines()) {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

#[test]
fn the_issue_s_own_sentence_comes_out() {
    let report = report("queue=1,2,64", QUEUE, 0.0);
    let sweep = report.sweep.clone().unwrap();
    assert_eq!(sweep.curves[0].knee, Knee::At("2".into()));
    assert_eq!(
        sweep.curves[0].words[0],
        "queue 2 is enough: 190 FPS, 1.27 × queue 1; queue 64 adds 3.10 s of latency (p95) and 180 MB for +0.2 % FPS"
    );
    let text = report.to_json().unwrap();
    assert_eq!(Report::from_json(&text, "sweep.json").unwrap().sweep, Some(sweep));
}

#[test]
fn one_round_and_points_that_lost_frames_name_no_knee() {
    let mut one = report("queue=1,2,64", QUEUE, 0.0);
    for strategy in &mut one.strategies {
        strategy.fps = Spread::over(vec![strategy.fps.median]);
    }
    let plan = plan(1);
    let swept = |report: &Report| summarize(&"queue=1,2,64".parse().unwrap(), &plan, report).curves;
    let curves = swept(&one);
    assert!(curves[0].knee == Knee::Unknown && curves[0].words[0].contains("nothing about chance"), "{curves:?}");
    one.strategies[3].place = None;
    assert_eq!(swept(&one)[0].points.len(), 2);
    one.strategies.clear();
    assert!(swept(&one).is_empty());
}

fn sweep_of(arguments: &[&str]) -> Value {
    let output = framerace(&[&["compare"], arguments, &["--json", "-"]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    serde_json::from_slice(&output.stdout).expect("JSON on standard output")
}

#[test]
fn workers_that_wait_at_once_get_more_done() {
    let result = sweep_of(&[
        "synthetic:64x48@0x40",
        "-f",
        "delay=5",
        "--sweep",
        "workers=1,2,4",
        "--rounds",
        "4",
        "-s",
        "threads,stages",
    ]);
    let schema = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/report.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_slice(&schema).unwrap()).expect("a schema");
    assert!(validator.is_valid(&result), "{:?}", validator.iter_errors(&result).map(|e| e.to_string()).next());
    let sweep = &result["sweep"];
    assert_eq!(sweep["axis"], "workers");
    let curve = &sweep["curves"][0];
    let gains: Vec<_> = (0..3).filter_map(|at| curve["points"][at]["gain"]["value"].as_f64()).collect();
    // Four that wait at once are faster than one, whatever else goes on.
    assert!(gains.len() == 3 && gains[2] > 1.5 && gains[2] > gains[0], "{gains:?}");
    assert_eq!(curve["laws"].as_array().map(Vec::len), Some(1), "three values tell Amdahl's law alone");
    assert_eq!(result["left_out"][0]["name"], "stages");
    let strategies = result["strategies"].as_array().unwrap();
    assert!(strategies.len() == 4 && strategies.iter().all(|strategy| strategy["same_pixels"] == true));
}

#[test]
fn a_value_without_memory_is_left_out_and_the_others_go_on() {
    let result = sweep_of(&[
        "synthetic:320x240@0x10",
        "--sweep",
        "queue=1,2,64",
        "--rounds",
        "2",
        "-w",
        "2",
        "--mem",
        "8M",
        "-f",
        "grayscale",
    ]);
    let points = result["sweep"]["curves"][0]["points"].as_array().unwrap();
    assert_eq!(points.iter().map(|point| point["value"].as_str().unwrap()).collect::<Vec<_>>(), ["1", "2"]);
    let left_out = &result["left_out"][0];
    assert_eq!(left_out["name"], "threads queue=64");
    assert!(left_out["reason"].as_str().unwrap().contains("--mem allows 8"), "{left_out}");
}

/// Frames that come at their own pace are not the same for a fast and a slow value: that is no reason to doubt either.
#[test]
fn a_sweep_on_frames_that_come_by_themselves_is_ranked() {
    let paced = ["compare", "synthetic:64x48@100x40", "-f", "delay=15", "--sweep", "workers=1,4", "--rounds", "2"];
    let output = framerace(&[&paced[..], &["--warmup", "0"]].concat());
    let table = stdout(&output);
    assert!(output.status.success() && !table.contains("unranked"), "{} {table}", stderr(&output));
    assert!(table.contains("× first"), "{table}");
}

#[test]
fn a_sweep_is_shown_again_and_written_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("sweep.json");
    let json = json.to_str().unwrap();
    let clip = [crate::common::CLIP, "--frames", "4", "--sweep", "size=64x48,32x24", "--rounds", "2", "--warmup", "0"];
    let output = framerace(&[&["compare"][..], &clip, &["--json", json]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    let table = stdout(&output);
    for word in ["threads\n", "32x24", "64x48", "MP/s", "three sizes or more", "limited by", "\nnext: framerace run "] {
        assert!(table.contains(word), "{word}: {table}");
    }
    assert_eq!(stdout(&framerace(&["report", json])), table);
    let csv = stdout(&framerace(&["report", json, "--csv", "-"]));
    assert!(csv.lines().next().unwrap().contains(",sweep_value,") && csv.contains(",64x48,"), "{csv}");
    let markdown = stdout(&framerace(&["report", json, "--markdown", "-"]));
    assert!(markdown.contains("- **threads**: ") && markdown.contains("resizes them first"), "{markdown}");
    let html = stdout(&framerace(&["report", json, "--html", "-"]));
    assert!(html.contains("What does a larger frame cost?") && html.contains("resizes them first"), "{html}");
}

#[test]
fn sweeps_that_make_no_sense_are_refused_in_one_line() {
    for (arguments, code, words) in [
        (&["--sweep", "worker=1..8"][..], 2, &["'worker'", "did you mean workers?"][..]),
        (&["--sweep", "queue=1,x"], 2, &["column 9", "'x'"]),
        (&["--sweep", "queue=4"], 2, &["column 7", "two values or more", "queue=1,2,4,8,64"]),
        (&["--sweep", "workers=1,2", "-s", "stages"], 1, &["nothing to sweep", "stages", "-s threads"]),
        (&["--sweep", "queue=1,2", "-s", "sequential"], 1, &["sequential has no queue to sweep", "-s threads"]),
        (&["--sweep", "size=8x8,16x16", "--preload"], 1, &["several sizes", "leave --preload out"]),
    ] {
        let output = framerace(&[&["compare", "synthetic:64x48@0x5"], arguments].concat());
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.lines().count() == 1 && said.starts_with("error: "), "{arguments:?}: {said}");
        assert!(words.iter().all(|word| said.contains(word)) && output.stdout.is_empty(), "{arguments:?}: {said}");
    }
    assert_eq!(framerace(&["run", "synthetic:64x48@0x5", "--sweep", "queue=1,2"]).status.code(), Some(2));
}
