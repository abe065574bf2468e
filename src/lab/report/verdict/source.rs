//! The source: capture waits for frames that come no faster.

use super::case::{ACCIDENT, Case, Finding, Kind, Pace};
use super::evidence;

pub(super) fn find(case: &Case<'_>) -> Option<Finding> {
    let Pace::Slowest(slowest, next) = &case.pace else { return None };
    (slowest.stage.name == "capture" && !slowest.is_computing(case.run.wall_s)).then(|| {
        let advice = match case.run.ledger.lost_share() {
            lost if case.run.setup.live && lost >= ACCIDENT => {
                "a longer queue (-q), where frames come in bursts: no stage is near what it could do"
            }
            _ => "nothing; frames come no faster, and a cheaper strategy would keep up as well",
        };
        evidence::slowest_limits(case, slowest, *next, Kind::Source, advice)
    })
}
