//! What strategies are wired from: queues, the capture and sink stages, reordering, and the threads of a run.
//!
//! It knows stages and what lies between them, not how a strategy connects them.

mod capture;
mod control;
mod deliver;
mod duplicates;
mod inputs;
mod intake;
mod job;
mod lanes;
mod overflow;
mod policies;
mod progress;
mod queue;
mod reorder;
mod segment_capture;
mod settings;
pub(crate) mod threads;

pub use capture::Capture;
pub use control::Watch;
pub use deliver::Deliver;
pub(crate) use inputs::run_paths;
pub use inputs::{InputJob, InputPath, SharedWorker, SharedWorkers, side_by_side};
pub use intake::Intake;
pub use job::Job;
pub use lanes::{End, LaneFrame, LaneSender, Lanes};
pub use overflow::Overflow;
pub use policies::Policies;
pub use progress::{Standing, Step};
pub use queue::{Receiver, Sender, bounded, leaky};
pub use reorder::Reorder;
pub use segment_capture::{Reading, SegmentCapture};
pub use settings::Settings;

pub use crate::source::Limits;
