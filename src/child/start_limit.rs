//! A limit on how many child processes start at once: each keeps a core busy while it starts, and hundreds that start
//! together would all exceed their time limit.

use parking_lot::{Condvar, Mutex};

/// A counting semaphore.
pub(crate) struct StartLimit {
    free: Mutex<usize>,
    changed: Condvar,
}

/// The permission to start one process, given back when dropped.
pub(crate) struct StartPermit<'a>(&'a StartLimit);

impl StartLimit {
    /// At most `permits` at once.
    pub(crate) fn new(permits: usize) -> Self {
        Self { free: Mutex::new(permits), changed: Condvar::new() }
    }

    /// Waits until a start is permitted.
    pub(crate) fn acquire(&self) -> StartPermit<'_> {
        let mut free = self.free.lock();
        self.changed.wait_while(&mut free, |free| *free == 0);
        *free -= 1;
        StartPermit(self)
    }
}

impl Drop for StartPermit<'_> {
    fn drop(&mut self) {
        *self.0.free.lock() += 1;
        self.0.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    #[test]
    fn no_more_than_the_limit_hold_a_permit_and_all_get_one() {
        let (limit, holding, most, done) =
            (StartLimit::new(3), AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|s| {
            for _ in 0..20 {
                s.spawn(|| {
                    let permit = limit.acquire();
                    most.fetch_max(holding.fetch_add(1, SeqCst) + 1, SeqCst);
                    std::thread::sleep(std::time::Duration::from_millis(2));
                    holding.fetch_sub(1, SeqCst);
                    drop(permit);
                    done.fetch_add(1, SeqCst);
                });
            }
        });
        assert!(most.into_inner() <= 3);
        assert_eq!(done.into_inner(), 20);
    }
}
