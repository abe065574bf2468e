//! The rate is what a strategy can do, where that is known: filters that only wait set it, whatever the strategy.

use super::rounds::{Question, decide};
use crate::common::{run_on, settings};
use framerace::pipeline::Settings;
use framerace::strategy::find;

/// Milliseconds that the filter waits, and frames of a run.
const MS: f64 = 8.0;
const FRAMES: u64 = 60;

/// The measured rate over the known one.
fn share_of_known(strategy: &str, workers: usize) -> f64 {
    let input = format!("synthetic:64x48@0x{FRAMES}");
    let settings = Settings { workers, ..settings() };
    let strategy = find(strategy).expect("a strategy");
    let run = run_on(strategy, &input, &format!("delay={MS}"), &settings).expect("it runs");
    assert!(run.steady_rate.first_left_out >= 1 && run.steady_rate.frames < FRAMES, "{:?}", run.steady_rate);
    run.fps() / (1e3 / MS * workers as f64)
}

#[test]
fn no_strategy_gains_or_loses_by_the_frames_that_are_left_out() {
    let strategies = [("sequential", 1), ("stages", 1), ("threads", 3), ("rayon", 2), ("processes", 2)];
    // A sleep takes a little longer than asked for, and never less.
    let question =
        |(strategy, workers)| Question::new(strategy, 0.93..=1.005, move || share_of_known(strategy, workers));
    decide(&strategies.map(question));
}
