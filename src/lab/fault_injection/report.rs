//! The results of the trials, as plain data.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::host::machine::{Machine, OpenCvFacts};
use crate::lab::report::ResultFile;

/// A result of the crash lab.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "framerace crash-lab result")]
pub struct CrashReport {
    /// Version of this form.
    pub schema: u32,
    /// Version of framerace.
    pub framerace: String,
    /// The machine.
    pub machine: Machine,
    /// OpenCV and its own threads.
    pub opencv: OpenCvFacts,
    /// What was run on.
    pub input: String,
    /// What was done to each frame.
    pub chain: String,
    /// Frames of a run without a fault.
    pub frames: u64,
    /// Workers of the filter stage.
    pub workers: usize,
    /// Frames a queue can hold.
    pub queue: usize,
    /// Seconds a worker process may take for a frame before it counts as hung.
    pub frame_timeout_s: f64,
    /// What decided where the faults were.
    pub seed: u64,
    /// Fault by fault, strategy by strategy.
    pub trials: Vec<FaultTrial>,
}

impl ResultFile for CrashReport {
    const SCHEMA: u32 = 1;
    const COMMANDS: &'static str = "crash-lab";
    const OWN_FIELD: &'static str = "trials";
}

/// One strategy with one fault.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Trial")]
pub struct FaultTrial {
    /// The fault's name.
    pub fault: String,
    /// The strategy's name.
    pub strategy: String,
    /// The frame at which the (first) fault happens.
    pub at: u64,
    /// Faults brought about.
    pub faults: u64,
    /// Frames the subject delivered.
    pub delivered: u64,
    /// Frames it should have delivered and did not.
    pub lost: u64,
    /// The first few of the lost frames that others were delivered after.
    pub missing: Vec<u64>,
    /// Whether the delivered frames came in order, each once.
    pub in_order: bool,
    /// Whether every delivered frame had the pixels of `sequential` without a fault.
    pub same_pixels: bool,
    /// The longest pause that the fault made between two deliveries, beyond the usual one, in milliseconds; none if
    /// the run did not get over it.
    pub recovery_ms: Option<f64>,
    /// Worker processes lost and replaced.
    pub workers_replaced: u64,
    /// How the subject ended: an exit code, a signal, or `hangs` when it had to be killed.
    pub exit: String,
    /// Processes of the subject that were still there after its end.
    pub left_behind: u64,
    /// Memory of the subject's own (without its workers) when the first fault happened and towards the end, in
    /// millions of bytes; none if it did not get there.
    pub own_memory_mb: Option<[f64; 2]>,
    /// Descriptors the subject had open at the same two moments.
    pub descriptors: Option<[u64; 2]>,
    /// What it said on standard error.
    pub said: String,
    /// Seconds from the first delivered frame to the last.
    pub wall_s: f64,
    /// Whether the run went to its end without the loss of any frame that could be done.
    pub survived: bool,
    /// Whether all that is promised of this strategy was kept.
    pub kept_promise: bool,
}
