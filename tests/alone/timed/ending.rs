//! A run ends soon after something failed, however full its queues are.

use std::time::Instant;

use super::rounds::{Question, decide};
use crate::common::{Greedy, Slow, Work, run_on, run_with, settings};
use framerace::metrics::Run;
use framerace::pipeline::Settings;
use framerace::strategy::{Strategy, of_any_source};

/// Seconds until the run has failed.
fn seconds(run: impl FnOnce() -> anyhow::Result<Run>) -> f64 {
    let begun = Instant::now();
    assert!(run().is_err());
    begun.elapsed().as_secs_f64()
}

/// Seconds to end within. Starting worker processes takes its time, too, and has nothing to do with ending.
const THREADS: f64 = 1.0;
const PROCESSES: f64 = 5.0;

/// Every strategy ends such a run within so many seconds, those with worker processes within the second figure.
fn every_strategy_ends(what: &str, most: [f64; 2], run: impl Fn(&dyn Strategy) -> anyhow::Result<Run>) {
    let question = |strategy: &'static dyn Strategy| {
        let most = most[usize::from(strategy.topology().isolates())];
        let run = &run;
        Question::new(format!("{}: {what}", strategy.name()), 0.0..=most, move || seconds(|| run(strategy)))
    };
    decide(&of_any_source().into_iter().map(question).collect::<Vec<_>>());
}

#[test]
fn a_failed_filter_ends_the_run_within_a_second_though_everything_is_full() {
    every_strategy_ends("a filter fails", [THREADS, PROCESSES], |strategy| {
        run_on(strategy, "synthetic:64x48@0x100000", "delay=1,fault=at=40", &Settings { queue: 1, ..settings() })
    });
}

#[test]
fn frames_that_wait_in_queues_do_not_delay_the_end() {
    // Eight frames of 200 ms wait before the workers when the third fails: two at most were done before it, and two are
    // in work.
    every_strategy_ends("queues are full", [1.25, 1.25], |strategy| {
        run_on(strategy, "synthetic:64x48@0x40", "fault=at=2,delay=200", &Settings { queue: 8, ..settings() })
    });
}

#[test]
fn a_failed_source_or_sink_ends_the_run_within_a_second() {
    every_strategy_ends("the source fails", [THREADS, PROCESSES], |strategy| {
        run_with(strategy, Slow::failing_at(400, 50), "blur", &mut Greedy::default(), &settings())
    });
    every_strategy_ends("the sink fails", [THREADS, PROCESSES], |strategy| {
        let mut sink = Greedy { fails_at: Some(9), ..Greedy::default() };
        run_with(strategy, Slow::new(100_000, Work::None), "blur", &mut sink, &settings())
    });
}
