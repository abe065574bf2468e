//! How to run: workers, queues, limits, memory. Plain data.

use std::thread::available_parallelism;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::policies::Policies;
use crate::child::WorkerCommand;
use crate::child::sandbox::Level;
use crate::source::{Limits, OpenOptions};

/// How to run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Settings {
    /// Workers of the filter stage.
    pub workers: usize,
    /// Frames a queue between two stages can hold.
    pub queue: usize,
    /// What happens when a queue is full.
    pub overflow: Policies,
    /// The most memory frame buffers may take, in bytes.
    pub memory: Option<u64>,
    /// When to stop before the source ends.
    pub limits: Limits,
    /// How to open the input.
    pub open: OpenOptions,
    /// Whether clocks are read. Frames are counted either way.
    pub meters: bool,
    /// Frames with a smaller number are traced: 0 for none.
    pub trace_frames: u64,
    /// The longest a worker process may take for a frame before it counts as hung.
    pub frame_timeout: Duration,
    /// The share of the frames, 0 to 1, that a second worker process does, too, to compare.
    #[serde(default)]
    pub verify_workers: f64,
    /// Whether a frame that no worker process survives ends the run.
    pub strict: bool,
    /// How far worker processes are locked in.
    #[serde(default)]
    pub sandbox: Level,
    /// What worker processes are started from. Without it there are no worker processes.
    pub worker_command: Option<WorkerCommand>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            workers: available_parallelism().map_or(1, usize::from),
            queue: 4,
            overflow: Policies::default(),
            memory: None,
            limits: Limits::default(),
            open: OpenOptions::default(),
            meters: true,
            trace_frames: 0,
            frame_timeout: Duration::from_secs(30),
            verify_workers: 0.0,
            strict: false,
            sandbox: Level::default(),
            worker_command: None,
        }
    }
}
