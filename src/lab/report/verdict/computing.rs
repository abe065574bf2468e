//! Computing: the slowest stage computes on all the cores it can use, and there are more of them.

use super::case::{Case, Finding, Kind, Pace};
use super::evidence;
use crate::metrics::Topology;

pub(super) fn find(case: &Case<'_>) -> Option<Finding> {
    let Pace::Slowest(slowest, next) = &case.pace else { return None };
    let named = slowest.by_time();
    named.is_computing(case.run.wall_s).then(|| {
        let advice = match slowest.stage.name.as_str() {
            // All its decoders are at work already.
            "capture" if case.run.setup.topology == Topology::Segments => {
                "an input that is cheaper to decode, or one with more key pictures".to_owned()
            }
            "capture" => "--decode-threads 2, or an input that is cheaper to decode".to_owned(),
            "sink" => evidence::deliver_advice(named.name(), "a cheaper sink").to_owned(),
            _ => evidence::chain_advice(case, &named, true),
        };
        evidence::slowest_limits(case, slowest, *next, Kind::CpuBound, advice)
    })
}
