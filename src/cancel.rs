//! A token that tells work on other threads to end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Tells work that it is no longer wanted. Clones share one state; what is cancelled stays cancelled.
#[derive(Clone, Debug, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// Asks all work that holds a clone to end soon.
    pub fn cancel(&self) {
        self.0.store(true, Relaxed);
    }

    /// Whether the work is to end.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Relaxed)
    }
}
