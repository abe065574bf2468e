//! Sinks: where finished frames go, and the sink stage that puts them in order first.
//!
//! A sink sees frames in capture order, each once. It never sees a channel, a strategy or a source.

mod null;
pub mod video;
pub mod window;

use std::ops::ControlFlow;
use std::time::Duration;

use anyhow::Result;

use crate::frame::Frame;
use crate::metrics::StageTimer;

pub use null::Null;

/// Something that takes finished frames.
pub trait Sink: Send {
    /// Takes the next frame. Breaking ends the run: this frame counts as delivered, none after it is.
    ///
    /// # Errors
    /// Whatever ends the run as a failure.
    fn write(&mut self, frame: &Frame, timer: &StageTimer<'_>) -> Result<ControlFlow<()>>;

    /// What writing is made of, for the parts of the sink stage.
    fn parts(&self) -> Vec<String> {
        Vec::new()
    }

    /// Whether it shows a frame as it was captured, too.
    fn shows_input(&self) -> bool {
        false
    }

    /// Whether it does nothing but count and hash frames, so that this can be done where they are.
    fn only_hashes(&self) -> bool {
        false
    }

    /// There are no more frames: whatever is still held back is written. Returns the CPU time of threads of its own. A
    /// run that was stopped or failed has no end, and does not call this.
    ///
    /// # Errors
    /// Whatever makes the run a failure.
    fn finish(&mut self) -> Result<Duration> {
        Ok(Duration::ZERO)
    }

    /// What writes, with its hidden threads, for sinks that have some: `libav libx264, 2 threads`.
    fn writer(&self) -> Option<String> {
        None
    }

    /// A hash over every frame taken so far, for sinks that make one.
    fn hash(&self) -> Option<String> {
        None
    }
}
