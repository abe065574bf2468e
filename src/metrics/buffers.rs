//! Frame buffers that had to be made while frames were running. In a steady state none is.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Counts frame buffers as they are made, and tells when the last one was.
#[derive(Debug, Default)]
pub struct Buffers {
    made: AtomicU64,
    last_at_frame: AtomicU64,
}

/// The frame buffers of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BufferReport {
    /// Buffers for whole images made during the run: captured, between filters, and output.
    pub made: u64,
    /// The frame at which the last one was made; from there on every buffer was used again.
    pub last_at_frame: u64,
}

impl Buffers {
    /// A buffer had to be made for this frame.
    pub fn made_at(&self, frame: u64) {
        self.made.fetch_add(1, Relaxed);
        self.last_at_frame.fetch_max(frame, Relaxed);
    }

    /// The counts so far.
    pub fn report(&self) -> BufferReport {
        BufferReport { made: self.made.load(Relaxed), last_at_frame: self.last_at_frame.load(Relaxed) }
    }

    /// Adds the buffers another process made.
    pub fn absorb(&self, other: BufferReport) {
        self.made.fetch_add(other.made, Relaxed);
        self.last_at_frame.fetch_max(other.last_at_frame, Relaxed);
    }
}
