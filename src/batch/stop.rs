//! Asking a batch to stop: nothing new is begun, and what is in work is given up. Knows nothing of signals.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

/// Lets another thread stop a batch.
#[derive(Debug, Default)]
pub struct Stop(AtomicBool);

impl Stop {
    /// Stops the batch: what is in work ends within a frame or two.
    pub fn stop(&self) {
        self.0.store(true, SeqCst);
    }

    /// Whether it was asked to stop.
    pub fn asked(&self) -> bool {
        self.0.load(SeqCst)
    }
}
