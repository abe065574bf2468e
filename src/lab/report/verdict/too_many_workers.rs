//! Too many workers: more than there are cores, and they spend their time waiting for each other's turn.

use super::case::{Case, Finding, Kind, Measured, Pace};
use super::evidence;

/// From this part of their busy time waiting for a CPU on, workers are in each other's way: half would do as well.
/// Others may be many for a good reason: they wait for something else in turn.
const CROWDED: f64 = 0.5;

pub(super) fn find(case: &Case<'_>) -> Option<Finding> {
    // The cores need not be full of our work alone: where others have a part of them, there are fewer still.
    let (Pace::Cores(most) | Pace::Slowest(most, _)) = &case.pace else { return None };
    let (stage, capacity) = (most.stage, case.conditions.capacity);
    let crowded = if stage.busy > 0.0 { stage.cpu_wait / stage.busy } else { 0.0 };
    let measured = Measured { share: crowded, threshold: CROWDED };
    (stage.workers as f64 > capacity && measured.is_found()).then(|| {
        let words = format!("{}; {}", evidence::cores(case, most), evidence::occupation(case.run, stage));
        let advice = format!("-w {}; as fast, with less latency and memory", capacity.ceil());
        measured.limits(case.name(), Kind::TooManyWorkers, words, advice)
    })
}
