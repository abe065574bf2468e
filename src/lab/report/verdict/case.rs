//! A run on its way through the checks, with what several of them need.

use super::pace::{Pace, pace};
use super::{Conditions, Finding, Kind};
use crate::metrics::Run;

/// A run with what is derived from it.
pub(super) struct Case<'a> {
    pub run: &'a Run,
    pub conditions: &'a Conditions,
    /// Share of the CPU's capacity that was used.
    pub used: f64,
    pub pace: Pace<'a>,
}

impl<'a> Case<'a> {
    pub fn new(run: &'a Run, conditions: &'a Conditions) -> Self {
        let used = if run.wall_s > 0.0 { run.cpu_s / run.wall_s / conditions.capacity } else { 0.0 };
        Self { run, conditions, used, pace: pace(run, used) }
    }

    /// Whether faster computing would make the run faster.
    pub fn is_computing(&self) -> bool {
        match &self.pace {
            Pace::Cores(_) => true,
            Pace::Slowest(slowest, _) => slowest.by_time().is_computing(self.run.wall_s),
            Pace::Level(..) | Pace::Unknown => false,
        }
    }

    /// The name of whoever sets the pace.
    pub fn name(&self) -> &'a str {
        match &self.pace {
            Pace::Cores(most) => most.by_cpu().name(),
            Pace::Slowest(slowest, _) => slowest.by_time().name(),
            Pace::Level(..) | Pace::Unknown => "balanced",
        }
    }

    /// The share of all CPU time that something took which costs so many CPU seconds.
    pub fn share_of_cpu(&self, seconds: f64) -> f64 {
        if self.run.cpu_s > 0.0 { seconds / self.run.cpu_s } else { 0.0 }
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
