//! Asking a batch to stop: nothing new is begun, and what is in work is given up. Knows nothing of signals.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};

use crate::strategy::Watch;

/// Lets another thread stop a batch.
#[derive(Debug, Default)]
pub struct Stop {
    asked: AtomicBool,
    at_work: Mutex<Vec<Arc<Watch>>>,
}

impl Stop {
    /// Stops the batch: what is in work ends within a frame or two.
    pub fn stop(&self) {
        self.asked.store(true, SeqCst);
        self.at_work().iter().for_each(|watch| watch.stop());
    }

    /// Whether it was asked to stop.
    pub fn asked(&self) -> bool {
        self.asked.load(SeqCst)
    }

    /// Does `work`, which can be stopped by this watch.
    pub(super) fn with<T>(&self, watch: &Arc<Watch>, work: impl FnOnce() -> T) -> T {
        self.at_work().push(Arc::clone(watch));
        // Asked for between the caller's look and now.
        if self.asked() {
            watch.stop();
        }
        let result = work();
        self.at_work().retain(|other| !Arc::ptr_eq(other, watch));
        result
    }

    fn at_work(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Watch>>> {
        self.at_work.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
