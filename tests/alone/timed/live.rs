//! Live pipelines of known cost: as many frames come as the camera makes, all are ranked, and what limits a run is the filter
//! that cannot keep up, or the source.

use std::thread::scope;
use std::time::Duration;

use crate::common::made_up::live_report;
use crate::common::{run_on, settings};
use framerace::lab::report::Kind;
use framerace::metrics::Run;
use framerace::pipeline::{Limits, Overflow, Policies, Settings};
use framerace::strategy::{STRATEGIES, Strategy};

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

/// Those that can do with a camera.
fn strategies() -> Vec<&'static dyn Strategy> {
    STRATEGIES.iter().copied().filter(|strategy| !strategy.needs_a_file() && !strategy.needs_several()).collect()
}

impl Live {
    fn generate(seed: u64) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let (workers, rate) = (rng.usize(1..=3), 20.0 + 60.0 * rng.f64());
        // What one filter takes of the time there is for a frame: surely enough, or surely too much.
        let most = if rng.bool() { 0.1 + 0.3 * rng.f64() } else { 1.8 + 1.5 * rng.f64() };
        let (strategy, policy) = (seed as usize % strategies().len(), Overflow::ALL[rng.usize(..Overflow::ALL.len())]);
        let slow = most * 1e3 / rate * Self::at_once(strategy, workers);
        let filters = if rng.bool() { [slow, slow / 20.0] } else { [slow / 20.0, slow] };
        Self { strategy, policy, workers, rate, filters }
    }

    /// Frames that are in the slow filter at once.
    fn at_once(strategy: usize, workers: usize) -> f64 {
        match strategies()[strategy].name() {
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
        run_on(strategies()[self.strategy], &input, &chain, &settings).expect("it runs")
    }
}

#[test]
fn as_many_frames_come_as_the_camera_makes_and_the_slow_filter_or_the_source_limits() {
    // They wait and compute nothing, so that several at once do not disturb each other.
    const AT_ONCE: u64 = 4;
    scope(|s| {
        for first in 0..AT_ONCE {
            s.spawn(move || (first..40).step_by(AT_ONCE as usize).for_each(ask));
        }
    });
}

fn ask(seed: u64) {
    let live = Live::generate(seed);
    let run = live.run();
    let report = live_report(&[vec![run.clone()]]);
    let came = report.strategies[0].live.expect("it is live").source_fps;
    assert!((came / live.rate - 1.0).abs() <= 0.02, "{seed}: {came} of {live:?}, {:?}", run.ledger);
    assert!(run.ledger.balances() && report.strategies[0].place == Some(1), "{seed}: {live:?}, {:?}", run.ledger);
    let verdict = &report.strategies[0].verdict;
    let slow = if live.filters[0] > live.filters[1] { "delay" } else { "delay-2" };
    let too_slow = live.filters[0].max(live.filters[1]) * live.rate / 1e3 > Live::at_once(live.strategy, live.workers);
    let right = match too_slow {
        true => verdict.stage == slow && verdict.kind == Kind::Waiting,
        false => verdict.stage == "capture" && verdict.kind == Kind::Source,
    };
    assert!(right, "{seed}: {live:?}: {verdict:?}, {:?}", run.ledger);
}
