//! Sinks: where finished frames go, and the deliver stage that puts them in order first.
//!
//! A sink sees frames in capture order, each once. It never sees a channel, a strategy or a source.

mod deliver;
mod null;

use std::ops::ControlFlow;

use anyhow::Result;

use crate::frame::Frame;

pub use deliver::Deliver;
pub use null::Null;

/// Something that takes finished frames.
pub trait Sink: Send {
    /// Takes the next frame. Breaking ends the run: this frame counts as delivered, none after it is.
    ///
    /// # Errors
    /// Whatever ends the run as a failure.
    fn write(&mut self, frame: &Frame) -> Result<ControlFlow<()>>;

    /// A hash over every frame taken so far, for sinks that make one.
    fn hash(&self) -> Option<String> {
        None
    }
}
