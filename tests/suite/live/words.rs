//! What is said of a live source, on runs that never were: who keeps up, what it costs, and who would with more.

use crate::common::made_up::{settings, three};
use crate::common::{made_up_machine, made_up_opencv};
use framerace::lab::report::{
    Circumstances, Conditions, Detail, FORMATS, InputReport, Recorded, Report, Width, judge, summarize, to_table,
};
use framerace::metrics::{Drops, LedgerReport, Run, SteadyRate};

/// A run of a second on a camera of 100 FPS.
fn run(strategy: &str, p50: f64, ledger: LedgerReport) -> Run {
    let mut run = three(2, [0.9, 0.4, 0.1], [0.001, 0.1, 0.01]);
    run.strategy = strategy.into();
    run.setup.live = true;
    run.latency_ms.p50 = p50;
    run.steady_rate = SteadyRate { frames: ledger.new_frames(), seconds: run.wall_s, ..SteadyRate::default() };
    Run { ledger, ..run }
}

fn all(frames: u64) -> LedgerReport {
    LedgerReport { captured: frames, delivered: frames, ..LedgerReport::default() }
}

fn half() -> LedgerReport {
    let drops = vec![Drops { place: "capture-chain".into(), policy: "drop-oldest".into(), frames: 50 }];
    LedgerReport { captured: 100, delivered: 50, dropped: 50, drops, ..LedgerReport::default() }
}

fn report(runs: &[Run], recorded: &[(&str, f64)]) -> Report {
    let circumstances = Circumstances {
        command: Vec::new(),
        machine: made_up_machine(),
        opencv: made_up_opencv(),
        input: InputReport {
            name: "camera:0".into(),
            width: 640,
            height: 480,
            pixels: "bgr8".into(),
            fps: Some(100.0),
            frames: None,
            reader: "made up".into(),
        },
        chain: "grayscale".into(),
        settings: settings(),
        decision: None,
        left_out: Vec::new(),
        environment: None,
        comparable: false,
    };
    let runs: Vec<_> = runs.iter().map(|run| vec![run.clone()]).collect();
    let fps = recorded.iter().map(|(name, fps)| ((*name).to_owned(), *fps)).collect();
    let recorded = (!recorded.is_empty()).then_some(Recorded { frames: 60, fps });
    Report { recorded, ..summarize(&runs, circumstances) }
}

/// The table says all of this, wherever its lines end.
fn says(report: &Report, words: &[&str]) {
    let table = to_table(report, Detail::Full, Width::default()).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.iter().all(|words| table.contains(words)), "{words:?}: {table}");
}

#[test]
fn both_answers_stand_side_by_side() {
    let runs = [run("sequential", 9.0, all(100)), run("threads", 12.0, all(100))];
    let recorded = [("processes", 130.0), ("threads", 110.0), ("sequential", 105.0)];
    says(
        &report(&runs, &recorded),
        &[
            "live: all keep up with 100 FPS",
            "soonest: sequential, 9.00 ms at the median; threads costs 3.00 ms more",
            "at full speed, on 60 recorded frames: processes 130, threads 110, sequential 105 FPS",
            "only processes would keep up with 120 FPS",
        ],
    );
    let slower = recorded.map(|(name, fps)| (name, fps / 2.0));
    says(&report(&runs, &slower), &["none would keep up with 120 FPS"]);
    let faster = recorded.map(|(name, fps)| (name, fps * 10.0));
    says(&report(&runs, &faster), &["all would keep up with 1000 FPS"]);
}

#[test]
fn who_drops_does_not_keep_up_and_is_told_where() {
    let runs = [run("sequential", 9.0, half()), run("threads", 12.0, all(100))];
    says(
        &report(&runs, &[]),
        &[
            "live: only threads keeps up with 100 FPS",
            "sequential 50.0 50 %",
            "lost: 50 at capture-chain (drop-oldest)",
        ],
    );
    let evidence = judge(&runs[0], &Conditions::cores(2.0)).evidence;
    assert!(evidence.ends_with("; 50 % of the frames were dropped by policy (drop-oldest)"), "{evidence}");
}

#[test]
fn a_claim_stands_beside_what_is_new_and_headroom_beside_what_was_delivered() {
    let repeats =
        LedgerReport { captured: 280, repeated: 270, delivered: 280, duplicate: 270, ..LedgerReport::default() };
    says(
        &report(&[run("latest", 9.0, repeats)], &[]),
        &["latest claims 280 FPS, 10.0 new: 270 of 280 delivered frames repeat the one before"],
    );
    // Two workers that were busy for 0.4 of the time with 100 frames could do 250; capture only waited.
    says(&report(&[run("threads", 9.0, all(100))], &[]), &["100 FPS delivered, 250 possible"]);
}

#[test]
fn every_form_has_the_columns_of_a_live_source() {
    let ledger = LedgerReport { unread: 2, ..half() };
    let report = report(&[run("sequential", 9.0, ledger), run("threads", 12.0, all(100))], &[("threads", 110.0)]);
    let form = |name: &str| {
        let format = FORMATS.iter().find(|format| format.name == name).expect("a format");
        format.render(&report).expect("a text")
    };
    let (markdown, html, csv) = (form("markdown"), form("html"), form("csv"));
    for column in ["camera FPS", "new FPS", "claimed FPS", "possible FPS", "p99 ms", "lost", "not read in time"] {
        assert!(markdown.contains(column) && html.contains(&format!(">{column}</th>")), "{column}");
    }
    let lost = "50 at capture-chain (drop-oldest), 2 not read in time";
    assert!([&markdown, &html, &csv].iter().all(|text| text.contains(lost)), "{markdown}");
    assert!(html.contains("<h1>Only threads keeps up with ") && html.contains("at full speed, on 60 recorded frames"));
    for strategy in &report.strategies {
        let live = strategy.live.expect("figures");
        let row = csv.lines().find(|line| line.starts_with(strategy.name())).expect("a row");
        let last: Vec<f64> = row.rsplit(',').skip(3).take(3).map(|cell| cell.parse().expect("a figure")).collect();
        assert_eq!(last, [live.possible_fps.expect("a figure"), live.claimed_fps, live.source_fps]);
    }
}
