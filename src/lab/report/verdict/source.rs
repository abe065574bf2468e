//! The source: capture waits for frames that come no faster.

use super::case::{ACCIDENT, Case, Finding, Kind, Pace};
use super::evidence;
use crate::metrics::Run;

pub(super) fn find(case: &Case<'_>) -> Option<Finding> {
    let Pace::Slowest(slowest, next) = &case.pace else { return None };
    (slowest.stage.name == "capture" && !slowest.is_computing(case.run.wall_s)).then(|| {
        let advice = match loses_what_comes(case.run) {
            true => "a longer queue (-q), where frames come in bursts: no stage is near what it could do",
            false => "nothing; frames come no faster, and a cheaper strategy would keep up as well",
        };
        evidence::slowest_limits(case, slowest, *next, Kind::Source, advice)
    })
}

/// Whether frames of a live source are lost, and not by accident.
pub(in crate::lab::report) fn loses_what_comes(run: &Run) -> bool {
    run.setup.live && run.ledger.lost_share() >= ACCIDENT
}
