//! The kinds of limit, and how people read them.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
            Self::NoCore => "without a core",
            Self::HiddenThreads => "hidden threads",
            Self::ContextSwitches => "context switches",
            Self::Balanced => "balanced",
        })
    }
}
