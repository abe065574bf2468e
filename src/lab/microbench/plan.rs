//! What is to be measured, and what was: plain data, filled by the rounds and read by the summary.

use std::time::Duration;

use super::parts::Touch;
use crate::child::WorkerCommand;
use crate::frame::Shape;
use crate::metrics::Run;
use crate::strategy::Strategy;

/// What to measure.
#[derive(Clone, Debug)]
pub struct MicrobenchPlan {
    /// The size of the frames.
    pub shape: Shape,
    /// Workers of a run.
    pub workers: usize,
    /// Rounds; each measures everything once.
    pub rounds: usize,
    /// How long a run lasts, without its start.
    pub duration: Duration,
    /// How worker processes are started.
    pub worker_command: WorkerCommand,
}

/// What a run is to measure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Purpose {
    /// One tiny frame and one worker: the time to start.
    Start,
    /// One worker, grayscale alone: memory and the time to hand over a frame.
    OneWorker,
    /// At least two workers, grayscale alone: memory, time to hand over, context switches.
    MoreWorkers,
    /// All workers, and a chain that takes so many milliseconds: speed.
    Speed(f64),
}

/// The runs of one strategy for one purpose, one in each round.
pub(super) struct Series {
    pub strategy: &'static dyn Strategy,
    pub purpose: Purpose,
    pub runs: Vec<Run>,
}

/// Everything that was measured.
#[derive(Default)]
pub(super) struct Measured {
    pub thread_start_us: Vec<f64>,
    pub handoff_us: Vec<f64>,
    pub touches: Vec<Touch>,
    pub series: Vec<Series>,
}
