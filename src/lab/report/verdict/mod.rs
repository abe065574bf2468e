//! What limits a run: the stage, the kind of limit, the evidence in numbers, and what to try next.
//!
//! Every suspicion is a check in a file of its own: it looks at one run, and says what it found or nothing. Which
//! stage sets the pace is worked out once, before, in [`case`]; a check never reaches another.
//!
//! A new check costs one file here, its `mod` line and its line in [`CHECKS`].

mod case;
mod evidence;
mod finding;

mod balanced;
mod computing;
mod context_switches;
mod full_cores;
mod hidden_threads;
mod lock;
mod lost_workers;
mod no_core;
mod page_faults;
mod sink;
mod source;
mod too_many_workers;
mod waiting;

use crate::metrics::Run;
use case::Case;

pub use case::Conditions;
pub(super) use case::load;
pub use finding::{Finding, Kind, Verdict};
pub(super) use source::loses_what_comes;

/// Every check, by precedence: a cause that blurs what the checks after it look at comes before them. The first
/// finding that limits is the verdict.
pub const CHECKS: &[Check] = &[
    Check::new("lost-workers", "did the run wait for workers in the place of lost ones?", lost_workers::find),
    Check::new("too-many-workers", "do workers wait for each other's turn on a core?", too_many_workers::find),
    Check::new("page-faults", "how much CPU time goes into fresh memory?", page_faults::find),
    Check::new("full-cores", "are all cores busy, and with what?", full_cores::find),
    Check::new("lock", "do workers wait for a lock?", lock::find),
    Check::new("source", "do frames come no faster?", source::find),
    Check::new("sink", "does the sink take frames no faster?", sink::find),
    Check::new("waiting", "does the slowest filter wait rather than compute?", waiting::find),
    Check::new("computing", "does the slowest stage compute?", computing::find),
    Check::new("balanced", "does no stage stand out?", balanced::find),
    Check::new("no-core", "was the slowest stage ready, but had no core?", no_core::find),
    Check::new("hidden-threads", "do OpenCV or the decoder have threads beside ours?", hidden_threads::find),
    Check::new("context-switches", "how much CPU time goes into changing threads?", context_switches::find),
];

/// One suspicion: what it asks of a run.
#[derive(Debug)]
pub struct Check {
    /// Its name, that of its file.
    pub name: &'static str,
    /// The question, for people.
    pub asks: &'static str,
    find: fn(&Case<'_>) -> Option<Finding>,
}

impl Check {
    const fn new(name: &'static str, asks: &'static str, find: fn(&Case<'_>) -> Option<Finding>) -> Self {
        Self { name, asks, find }
    }
}

/// All that holds of a run, the verdict first: what limits before what only costs, each in the order of [`CHECKS`].
pub fn findings(run: &Run, conditions: &Conditions) -> Vec<Finding> {
    let case = Case::new(run, conditions);
    let found = |check: &Check| (check.find)(&case).map(|found| Finding { check: check.name.into(), ..found });
    let mut findings: Vec<_> = CHECKS.iter().filter_map(found).collect();
    // Stable: within both halves the order of the list stays.
    findings.sort_by_key(|finding| !finding.limits);
    findings
}

/// Judges a run: the first of its [`findings`]. Whoever sets the pace, a check answers for it, so there is one.
pub fn judge(run: &Run, conditions: &Conditions) -> Verdict {
    let found = findings(run, conditions).into_iter().next();
    let mut verdict = found.unwrap_or_else(balanced::nothing_timed).verdict;
    verdict.evidence += &evidence::lost(run);
    verdict
}
