//! Live inputs: how many frames a second come is what the camera makes, whoever reads it; strategies are ranked by the new
//! frames they deliver; and what limits a run is the filter that cannot keep up, or the source. Forty real pipelines are
//! asked in `tests/alone/timed/live.rs`.

use crate::common::made_up::{conditions, live_report as report, part, stage};
use crate::common::{framerace, run_on, settings, stderr, stdout};
use framerace::lab::report::{Kind, judge};
use framerace::metrics::{Drops, LedgerReport, Run};
use framerace::pipeline::{Limits, Settings};
use framerace::strategy::find;
use std::time::Duration;

/// A second of a camera of 60 FPS, of which `lost` frames were lost, with capture waiting and a chain at work for `busy`.
fn camera(strategy: &str, busy: f64, lost: u64, read_in_time: bool) -> Run {
    let mut chain = stage("chain", 1, busy, busy);
    chain.parts = vec![part("grayscale", 0.9, busy * 0.9), part("blur", 0.1, busy * 0.1)];
    let stages = vec![stage("capture", 1, 0.96, 0.01), chain, stage("sink", 1, 0.01, 0.01)];
    let mut run = crate::common::made_up::run(1, stages);
    strategy.clone_into(&mut run.strategy);
    run.setup.live = true;
    let (dropped, unread) = if read_in_time { (lost, 0) } else { (0, lost) };
    let drops = vec![Drops { place: "capture-chain".into(), policy: "drop-oldest".into(), frames: dropped }];
    run.ledger = LedgerReport {
        captured: 60 - unread,
        delivered: 60 - lost,
        dropped,
        drops: drops.into_iter().filter(|drops| drops.frames > 0).collect(),
        unread,
        ..LedgerReport::default()
    };
    (run.arrivals, run.arrivals_s) = (59, 59.0 / 60.0);
    (run.steady_rate.frames, run.steady_rate.seconds) = (60 - lost, 1.0);
    run
}

#[test]
fn an_idle_stage_never_limits_a_live_run_whatever_was_lost_by_accident() {
    for (busy, lost) in [(0.086, 0), (0.086, 1), (0.3, 2), (0.5, 6), (0.8, 1)] {
        for read_in_time in [true, false] {
            let verdict = judge(&camera("threads", busy, lost, read_in_time), &conditions());
            assert_eq!((verdict.stage.as_str(), verdict.kind), ("capture", Kind::Source), "{busy} {lost}: {verdict:?}");
        }
    }
    for (busy, lost) in [(1.0, 2), (0.95, 10), (1.0, 40), (0.7, 40)] {
        let verdict = judge(&camera("threads", busy, lost, true), &conditions());
        assert_eq!(verdict.stage, "grayscale", "{busy} {lost}: {verdict:?}");
    }
}

#[test]
fn all_are_ranked_by_new_frames_wherever_the_others_were_lost() {
    let runs = [
        vec![camera("sequential", 1.0, 50, false)],
        vec![camera("threads", 1.0, 40, true)],
        vec![camera("stages", 1.0, 45, true)],
        vec![camera("rayon", 0.5, 0, true)],
        vec![camera("processes", 0.6, 1, true)],
    ];
    let ranked = report(&runs);
    let places: Vec<_> = ranked.strategies.iter().map(|s| (s.name(), s.place)).collect();
    let all = [("rayon", 1), ("processes", 1), ("threads", 3), ("stages", 4), ("sequential", 5)];
    assert_eq!(places, all.map(|(name, place)| (name, Some(place))));
}

#[test]
fn who_reads_slowly_does_not_stand_before_who_drops() {
    let compare =
        "compare synthetic:640x480@30x300 -f delay=200 -s threads,sequential -w 2 --duration 3 --no-race --csv -";
    let output = framerace(&compare.split(' ').collect::<Vec<_>>());
    let text = stdout(&output);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(text.lines().nth(1).is_some_and(|first| first.starts_with("threads")), "{text}");
}

#[test]
fn a_slow_reader_does_not_slow_the_camera_down() {
    let sequential = find("sequential").expect("a strategy");
    let limits = Limits { duration: Some(Duration::from_secs(2)), frames: None };
    let settings = Settings { limits, ..settings() };
    let run = run_on(sequential, "synthetic:640x480@30x120", "delay=300", &settings).expect("it runs");
    let came = report(&[vec![run.clone()]]).strategies[0].live.expect("it is live").source_fps;
    assert!((29.5..30.5).contains(&came) && run.ledger.unread > 40, "{came}, {:?}", run.ledger);
}
