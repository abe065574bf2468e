//! What the crash lab is to try: plain data. Running the trials is not its business.

use std::time::Duration;

use super::fault::Fault;
use crate::child::WorkerCommand;
use crate::source::Input;
use crate::strategy::Strategy;

/// What to try.
#[derive(Clone)]
pub struct FaultPlan {
    /// The input; it must give the same frames every time.
    pub input: Input,
    /// What is done to each frame, as text; the fault comes last.
    pub chain: String,
    /// The strategies that are tried.
    pub strategies: Vec<&'static dyn Strategy>,
    /// The faults that are injected.
    pub faults: Vec<&'static Fault>,
    /// Frames of each trial, at most.
    pub frames: u64,
    /// Kills in a trial of the fault `kill`.
    pub kills: usize,
    /// Decides which frames are hit, and which worker is killed.
    pub seed: u64,
    /// Workers of the filter stage.
    pub workers: usize,
    /// Frames a queue can hold.
    pub queue: usize,
    /// The longest a worker process may take for a frame.
    pub frame_timeout: Duration,
    /// What children under test and their workers are started from.
    pub worker_command: WorkerCommand,
}
