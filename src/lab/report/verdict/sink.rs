//! The sink: it waits for whatever takes the frames.

use super::case::{Case, Finding, Kind, Pace};
use super::evidence;

pub(super) fn find(case: &Case<'_>) -> Option<Finding> {
    let Pace::Slowest(slowest, next) = &case.pace else { return None };
    (slowest.stage.name == "sink" && !slowest.is_computing(case.run.wall_s)).then(|| {
        let named = slowest.by_time();
        let advice = evidence::deliver_advice(named.name(), "a faster sink; nothing before it can help");
        evidence::slowest_limits(case, slowest, *next, Kind::Sink, advice)
    })
}
