//! Live pipelines of known cost: how many frames a second come is what the camera makes, whoever reads it; strategies are
//! ranked by the new frames they deliver; and what limits a run is the filter that cannot keep up, or the source.

use crate::common::made_up::{conditions, part, settings as made_up_settings, stage};
use crate::common::{framerace, made_up_machine, made_up_opencv, run_on, settings, stderr, stdout};
use framerace::lab::report::{Circumstances, InputReport, Kind, Report, judge, summarize};
use framerace::metrics::{Drops, LedgerReport, Run};
use framerace::pipeline::{Limits, Overflow, Policies, Settings};
use framerace::strategy::{STRATEGIES, find};
use std::time::Duration;

/// A live pipeline, made up by chance.
#[derive(Debug)]
struct Live {
    strategy: usize,
    policy: Overflow,
    workers: usize,
    /// Frames a second.
    rate: f64,
    /// Milliseconds a frame in each filter.
    filters: [f64; 2],
}

impl Live {
    fn generate(seed: u64) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let (workers, rate) = (rng.usize(1..=3), 20.0 + 60.0 * rng.f64());
        // What one filter takes of the time there is for a frame: surely enough, or surely too much.
        let most = if rng.bool() { 0.1 + 0.3 * rng.f64() } else { 1.8 + 1.5 * rng.f64() };
        let (strategy, policy) = (seed as usize % STRATEGIES.len(), Overflow::ALL[rng.usize(..Overflow::ALL.len())]);
        let slow = most * 1e3 / rate * Self::at_once(strategy, workers);
        let filters = if rng.bool() { [slow, slow / 20.0] } else { [slow / 20.0, slow] };
        Self { strategy, policy, workers, rate, filters }
    }

    /// Frames that are in the slow filter at once.
    fn at_once(strategy: usize, workers: usize) -> f64 {
        match STRATEGIES[strategy].name() {
            "sequential" | "stages" | "tiles" => 1.0,
            _ => workers as f64,
        }
    }

    fn run(&self) -> Run {
        let input = format!("synthetic:64x48@{}x1000000", self.rate);
        let chain = self.filters.map(|ms| format!("delay={ms:.3}")).join(",");
        let settings = Settings {
            workers: self.workers,
            queue: 1,
            overflow: Policies::all(self.policy),
            limits: Limits { duration: Some(Duration::from_millis(1500)), frames: None },
            ..settings()
        };
        run_on(STRATEGIES[self.strategy], &input, &chain, &settings).expect("it runs")
    }
}

#[test]
fn as_many_frames_come_as_the_camera_makes_and_the_slow_filter_or_the_source_limits() {
    for seed in 0..40 {
        let live = Live::generate(seed);
        let run = live.run();
        let report = report(&[vec![run.clone()]]);
        let came = report.strategies[0].live.expect("it is live").source_fps;
        assert!((came / live.rate - 1.0).abs() <= 0.02, "{seed}: {came} of {live:?}, {:?}", run.ledger);
        assert!(run.ledger.balances() && report.strategies[0].place == Some(1), "{seed}: {live:?}, {:?}", run.ledger);
        let verdict = &report.strategies[0].verdict;
        let slow = if live.filters[0] > live.filters[1] { "delay" } else { "delay-2" };
        let too_slow =
            live.filters[0].max(live.filters[1]) * live.rate / 1e3 > Live::at_once(live.strategy, live.workers);
        let right = match too_slow {
            true => verdict.stage == slow && verdict.kind == Kind::Waiting,
            false => verdict.stage == "capture" && verdict.kind == Kind::Source,
        };
        assert!(right, "{seed}: {live:?}: {verdict:?}, {:?}", run.ledger);
    }
}

/// A second of a camera of 60 FPS, of which `lost` frames were lost, with capture waiting and a chain at work for `busy`.
fn camera(strategy: &str, busy: f64, lost: u64, read_in_time: bool) -> Run {
    let mut chain = stage("chain", 1, busy, busy);
    chain.parts = vec![part("grayscale", 0.9, busy * 0.9), part("blur", 0.1, busy * 0.1)];
    let stages = vec![stage("capture", 1, 0.96, 0.01), chain, stage("deliver", 1, 0.01, 0.01)];
    let mut run = crate::common::made_up::run(1, stages);
    strategy.clone_into(&mut run.strategy);
    run.setup.live = true;
    let (dropped, missed) = if read_in_time { (lost, 0) } else { (0, lost) };
    let drops = vec![Drops { place: "capture-chain".into(), policy: "drop-oldest".into(), frames: dropped }];
    run.ledger = LedgerReport {
        captured: 60 - missed,
        delivered: 60 - lost,
        dropped,
        drops: drops.into_iter().filter(|drops| drops.frames > 0).collect(),
        missed,
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

fn report(runs: &[Vec<Run>]) -> Report {
    let circumstances = Circumstances {
        command: vec!["framerace".into()],
        machine: made_up_machine(),
        opencv: made_up_opencv(),
        input: InputReport {
            name: "camera:0".into(),
            width: 64,
            height: 48,
            pixels: "bgr8".into(),
            fps: Some(60.0),
            frames: None,
            reader: "V4L2".into(),
        },
        chain: "grayscale,blur".into(),
        settings: made_up_settings(),
        left_out: Vec::new(),
        decision: None,
        environment: None,
        comparable: false,
    };
    summarize(runs, circumstances)
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
    assert!((29.5..30.5).contains(&came) && run.ledger.missed > 40, "{came}, {:?}", run.ledger);
}
