//! Asking a batch to stop: no new file is begun, and files in work are given up. Knows nothing of signals.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

/// Lets another thread stop a batch.
#[derive(Debug, Default)]
pub struct Stop(AtomicBool);

impl Stop {
    /// Stops the batch: files in work are given up after a frame or two.
    pub fn stop(&self) {
        self.0.store(true, SeqCst);
    }

    /// Whether the batch was asked to stop.
    pub fn asked(&self) -> bool {
        self.0.load(SeqCst)
    }
}
