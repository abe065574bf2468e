//! What a check finds in a run, and the verdict that the first finding becomes. Plain data; it knows no check.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::kind::Kind;

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

/// What a check measured, and the least that is worth a finding.
#[derive(Clone, Copy)]
pub(super) struct Measured {
    pub share: f64,
    pub threshold: f64,
}

impl Measured {
    /// That nothing can be said if the threshold is not reached.
    pub fn is_found(&self) -> bool {
        self.share >= self.threshold
    }

    /// It limits the run.
    pub fn limits(self, stage: &str, kind: Kind, evidence: String, advice: impl Into<String>) -> Finding {
        Finding {
            // Whoever asked fills in its name.
            check: String::new(),
            limits: true,
            share: self.share,
            threshold: self.threshold,
            stage: stage.to_owned(),
            kind,
            evidence,
            advice: advice.into(),
        }
    }

    /// It only costs something.
    pub fn costs(self, stage: &str, kind: Kind, evidence: String, advice: impl Into<String>) -> Finding {
        Finding { limits: false, ..self.limits(stage, kind, evidence, advice) }
    }
}
