//! The rate is what a strategy can do, where that is known: filters that only wait set it, whatever the strategy.
//!
//! One test, because a run that is timed must not share the cores with another.

use crate::common::{run_on, settings};
use framerace::metrics::Run;
use framerace::pipeline::Settings;
use framerace::strategy::find;

/// Milliseconds that the filter waits, and frames of a run.
const MS: f64 = 8.0;
const FRAMES: u64 = 60;

fn known(strategy: &str, workers: usize) -> Run {
    let strategy = find(strategy).expect("a strategy");
    let input = format!("synthetic:64x48@0x{FRAMES}");
    run_on(strategy, &input, &format!("delay={MS}"), &Settings { workers, ..settings() }).expect("it runs")
}

#[test]
fn nobody_gains_or_loses_by_what_is_left_out() {
    for (strategy, workers) in [("sequential", 1), ("stages", 1), ("threads", 3), ("rayon", 2), ("processes", 2)] {
        let known_fps = 1e3 / MS * workers as f64;
        // Asked again if it is not right: somebody else may have had the cores.
        let found = (0..3).map(|_| known(strategy, workers)).find(|run| {
            // A sleep takes a little longer than asked for, and never less.
            let share = run.fps() / known_fps;
            (0.93..=1.005).contains(&share)
        });
        let run = found.unwrap_or_else(|| panic!("{strategy}: {:?}", known(strategy, workers).steady_rate));
        assert!(
            run.steady_rate.first_left_out >= 1 && run.steady_rate.frames < FRAMES,
            "{strategy}: {:?}",
            run.steady_rate
        );
    }
}
