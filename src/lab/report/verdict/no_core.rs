//! No core: the slowest stage was ready to compute, and others had the cores.

use super::case::{Case, Finding, Kind, Measured, Pace};
use crate::lab::report::number::percent;

/// From this part of its busy time waiting for a CPU on, a stage's pace is not its own. A stage that wakes for each
/// frame on a quiet machine stays far below.
const HELD_BACK: f64 = 0.2;

pub(super) fn find(case: &Case<'_>) -> Option<Finding> {
    // Where the cores are full of our own work, waiting for one is what is to be expected.
    let Pace::Slowest(slowest, _) = &case.pace else { return None };
    let stage = slowest.stage;
    let share = if stage.busy > 0.0 { stage.cpu_wait / stage.busy } else { 0.0 };
    let measured = Measured { share, threshold: HELD_BACK };
    measured.is_found().then(|| {
        let others = &case.run.interference;
        let evidence = format!(
            "{} had no core for {} of its busy time; other programs took {} of the machine, the hypervisor {}",
            stage.name,
            percent(share),
            percent(others.others),
            percent(others.stolen),
        );
        measured.costs(case.name(), Kind::NoCore, evidence, "measure again when the machine has nothing else to do")
    })
}
