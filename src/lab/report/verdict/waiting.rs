//! Waiting: the slowest filter is at work, but its CPU time is not: it waits for a disk, a network, a device.

use super::case::{Case, Finding, Kind, Pace};
use super::evidence;

pub(super) fn find(case: &Case<'_>) -> Option<Finding> {
    let Pace::Slowest(slowest, next) = &case.pace else { return None };
    let named = slowest.by_time();
    // What the ends of the path wait for is the source and the sink.
    let inner = !matches!(slowest.stage.name.as_str(), "capture" | "sink");
    (inner && !named.is_computing(case.run.wall_s)).then(|| {
        let advice = evidence::chain_advice(case, &named, false);
        evidence::slowest_limits(case, slowest, *next, Kind::Waiting, advice)
    })
}
