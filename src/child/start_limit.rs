//! Lets a few through at once: a process that starts keeps a core busy, and hundreds of them that start together are
//! all late.

use parking_lot::{Condvar, Mutex};

/// A way in for so many at once.
pub(crate) struct Turnstile {
    free: Mutex<usize>,
    changed: Condvar,
}

/// A place inside, given up when dropped.
pub(crate) struct Turn<'a>(&'a Turnstile);

impl Turnstile {
    /// Room for `places` at once.
    pub(crate) fn new(places: usize) -> Self {
        Self { free: Mutex::new(places), changed: Condvar::new() }
    }

    /// Waits for a place.
    pub(crate) fn enter(&self) -> Turn<'_> {
        let mut free = self.free.lock();
        self.changed.wait_while(&mut free, |free| *free == 0);
        *free -= 1;
        Turn(self)
    }
}

impl Drop for Turn<'_> {
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
    fn no_more_than_there_are_places_are_inside_and_all_get_in() {
        let (turnstile, inside, most, through) =
            (Turnstile::new(3), AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|s| {
            for _ in 0..20 {
                s.spawn(|| {
                    let turn = turnstile.enter();
                    most.fetch_max(inside.fetch_add(1, SeqCst) + 1, SeqCst);
                    std::thread::sleep(std::time::Duration::from_millis(2));
                    inside.fetch_sub(1, SeqCst);
                    drop(turn);
                    through.fetch_add(1, SeqCst);
                });
            }
        });
        assert!(most.into_inner() <= 3);
        assert_eq!(through.into_inner(), 20);
    }
}
