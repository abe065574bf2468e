//! What a check finds in a run: what limits it, and how. The first finding is the verdict. Plain data; it knows no check.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::metrics::stage_name;

/// What limits a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    /// The stage: `capture`, a filter, `chain` when no filter stands out, `sink`; or `balanced`.
    #[serde(deserialize_with = "stage_name::of_any_version")]
    pub stage: String,
    /// The kind of limit.
    pub kind: Kind,
    /// The numbers that say so.
    pub evidence: String,
    /// What to try next.
    pub advice: String,
}

impl Verdict {
    /// What limits the run, in words: `blur limits it (CPU-bound)`.
    pub(in crate::lab::report) fn limit(&self) -> String {
        match self.stage.as_str() {
            "balanced" => self.stage.clone(),
            stage => format!("{stage} limits it ({})", self.kind),
        }
    }

    /// All of it in a line.
    pub(in crate::lab::report) fn in_a_line(&self) -> String {
        format!("{}, {}: {}; {}", self.stage, self.kind, self.evidence, self.advice)
    }
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
    /// The stage, the kind of limit, the evidence and the advice. In the file they stand beside the others.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// The kind of limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Computing.
    CpuBound,
    /// Waiting for something that is not the CPU: a disk, a network, a device.
    Waiting,
    /// Waiting for a lock.
    Lock,
    /// Waiting for the source's next frame.
    Source,
    /// Waiting for the sink.
    Sink,
    /// More workers than cores: they wait for each other's turn.
    TooManyWorkers,
    /// Fresh memory: the kernel makes pages rather than the filters pictures.
    PageFaults,
    /// Worker processes were lost, and the run waited for others in their place.
    LostWorkers,
    /// Ready to compute, but other programs had the cores.
    NoCore,
    /// Threads of OpenCV or of the decoder beside the workers.
    HiddenThreads,
    /// Changing from thread to thread.
    ContextSwitches,
    /// No stage stands out.
    Balanced,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CpuBound => "CPU-bound",
            Self::Waiting => "waiting for I/O",
            Self::Lock => "waiting for the lock",
            Self::Source => "waiting for the source",
            Self::Sink => "waiting for the sink",
            Self::TooManyWorkers => "too many workers for the cores",
            Self::PageFaults => "page faults",
            Self::LostWorkers => "workers were lost",
            Self::NoCore => "waiting for a CPU",
            Self::HiddenThreads => "hidden threads",
            Self::ContextSwitches => "context switches",
            Self::Balanced => "balanced",
        })
    }
}

/// What a check measured, and the least that is worth a finding.
#[derive(Clone, Copy)]
pub(super) struct Measured {
    pub share: f64,
    pub threshold: f64,
}

impl Measured {
    /// True if the share reaches the threshold.
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
            verdict: Verdict { stage: stage.to_owned(), kind, evidence, advice: advice.into() },
        }
    }

    /// It only costs something.
    pub fn costs(self, stage: &str, kind: Kind, evidence: String, advice: impl Into<String>) -> Finding {
        Finding { limits: false, ..self.limits(stage, kind, evidence, advice) }
    }
}
