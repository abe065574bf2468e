//! Context switches: handing frames over in small pieces wakes threads, and waking costs.

use super::case::{Case, Finding, Kind, Measured};
use crate::lab::report::number::{percent, three_digits};

/// What a switch costs, in seconds of CPU time: 2 µs with what it does to the caches, the lower end of what Li, Ding
/// and Shen measured ("Quantifying the cost of context switch", 2007: 1.5 µs bare, and up to a millisecond).
const PRICE_S: f64 = 2e-6;
/// From this share of all CPU time on, switches are worth a word; strategies that share memory stay below a hundredth.
const WORTH: f64 = 0.05;

pub(super) fn find(case: &Case<'_>) -> Option<Finding> {
    let run = case.run;
    let share = case.share_of_cpu(run.context_switches as f64 * PRICE_S);
    let measured = Measured { share, threshold: WORTH };
    (run.ledger.new_frames() > 0 && measured.is_found()).then(|| {
        let a_frame = run.context_switches as f64 / run.ledger.new_frames() as f64;
        let evidence =
            format!("{} context switches a frame take about {} of the CPU time", three_digits(a_frame), percent(share));
        let advice = "larger frames or more work a frame: each is handed over too often for what is done with it";
        measured.costs("chain", Kind::ContextSwitches, evidence, advice)
    })
}
