//! What limits a run: the stage, the kind of limit, the evidence in numbers, and what to try next.
//!
//! Every suspicion is a check in a file of its own: it looks at one run, and says what it found or nothing. Which
//! stage sets the pace is worked out once, before, in [`pace`]; a check never reaches another.
//!
//! A new check costs one file here, its `mod` line and its line in [`CHECKS`].

mod case;
mod evidence;
mod kind;
mod pace;

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

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::metrics::Run;
use case::Case;

pub use kind::Kind;
pub(super) use pace::load;

/// Every check, by precedence: a cause that blurs what the checks after it look at comes before them. The first
/// finding that limits is the verdict.
pub const CHECKS: &[Check] = &[
    Check {
        name: "lost-workers",
        asks: "did the run wait for workers in the place of lost ones?",
        find: lost_workers::find,
    },
    Check {
        name: "too-many-workers",
        asks: "do workers wait for each other's turn on a core?",
        find: too_many_workers::find,
    },
    Check { name: "page-faults", asks: "how much CPU time goes into fresh memory?", find: page_faults::find },
    Check { name: "full-cores", asks: "are all cores busy, and with what?", find: full_cores::find },
    Check { name: "lock", asks: "do workers wait for a lock?", find: lock::find },
    Check { name: "source", asks: "do frames come no faster?", find: source::find },
    Check { name: "sink", asks: "does the sink take frames no faster?", find: sink::find },
    Check { name: "waiting", asks: "does the slowest filter wait rather than compute?", find: waiting::find },
    Check { name: "computing", asks: "does the slowest stage compute?", find: computing::find },
    Check { name: "balanced", asks: "does no stage stand out?", find: balanced::find },
    Check { name: "no-core", asks: "was the slowest stage ready, but had no core?", find: no_core::find },
    Check {
        name: "hidden-threads",
        asks: "do OpenCV or the decoder have threads beside ours?",
        find: hidden_threads::find,
    },
    Check {
        name: "context-switches",
        asks: "how much CPU time goes into changing threads?",
        find: context_switches::find,
    },
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

/// What limits a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    /// The stage: `capture`, a filter, `chain` when no filter stands out, `deliver`; or `balanced`.
    pub stage: String,
    /// The kind of limit.
    pub kind: Kind,
    /// The numbers that say so.
    pub evidence: String,
    /// What to try next.
    pub advice: String,
}

/// What one check found in a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The check that found it.
    pub check: String,
    /// Whether it can be what limits the run; others only cost something.
    pub limits: bool,
    /// What the check measured: a share of time, of CPU time or of the cores, as its evidence says. Mostly 0 to 1.
    pub share: f64,
    /// The share from which on the check finds something.
    pub threshold: f64,
    /// The stage: `capture`, a filter, `chain` when no filter stands out, `deliver`; or `balanced`.
    pub stage: String,
    /// The kind of limit.
    pub kind: Kind,
    /// The numbers that say so.
    pub evidence: String,
    /// What to try next.
    pub advice: String,
}

impl Finding {
    /// The finding as a verdict.
    pub fn verdict(&self) -> Verdict {
        let Self { stage, kind, evidence, advice, .. } = self.clone();
        Verdict { stage, kind, evidence, advice }
    }
}

/// What a run's numbers have to be held against.
#[derive(Clone, Copy, Debug)]
pub struct Conditions {
    /// How many processors' worth of time there was in a second.
    pub capacity: f64,
    /// Threads OpenCV's own loops may use.
    pub opencv_threads: usize,
    /// Threads the video decoder may use.
    pub decode_threads: usize,
}

impl Conditions {
    /// So many processors, and no hidden threads.
    pub fn cores(capacity: f64) -> Self {
        Self { capacity, opencv_threads: 1, decode_threads: 1 }
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
    let found = findings(run, conditions);
    let mut verdict = found.first().map_or_else(|| balanced::nothing_timed().verdict(), Finding::verdict);
    verdict.evidence += &evidence::dropped_by_policy(run);
    verdict
}
