//! A time limit for what the other process does: for a whole frame, however many sends and receives that takes.
//!
//! Every wait for a descriptor goes through one, so that no peer holds up this process longer, whether it sends nothing,
//! reads nothing, or goes on byte by byte.

use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use anyhow::Result;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::cancel::CancelToken;

/// How often a wait checks whether the run is over; and the most that counts from one check to the next.
const SLICE: Duration = Duration::from_millis(50);

/// How long the other side may still take when the run is over.
pub(super) const GRACE: Duration = Duration::from_millis(300);

/// Time that passes while this process waits for another one.
pub(super) struct Deadline(Option<Limit>);

struct Limit {
    limit: Duration,
    waited: Duration,
    /// When it was last checked.
    checked: Instant,
    stopped: CancelToken,
    /// What had been waited when the run was seen to be over.
    waited_at_stop: Option<Duration>,
}

/// Why a wait was given up.
#[derive(Debug, thiserror::Error)]
pub(super) enum Overdue {
    #[error("it took longer than {} s", .0.as_secs_f64())]
    TimedOut(Duration),
    #[error("the run is over")]
    Stopped,
}

impl Deadline {
    /// None: a worker waits for its parent as long as there is one. Its descriptors block.
    pub(super) fn none() -> Self {
        Self(None)
    }

    /// `limit` from now on, or [`GRACE`] from when the run is over.
    pub(super) fn new(limit: Duration, stopped: &CancelToken) -> Self {
        let (checked, stopped) = (Instant::now(), stopped.clone());
        Self(Some(Limit { limit, waited: Duration::ZERO, checked, stopped, waited_at_stop: None }))
    }

    /// Time passes again: what this process did meanwhile does not count.
    pub(super) fn resume(&mut self) {
        if let Some(limit) = &mut self.0 {
            limit.checked = Instant::now();
        }
    }

    /// Waits until a descriptor is ready or has ended.
    ///
    /// # Errors
    /// [`Overdue`] once the time is over.
    pub(super) fn wait(&mut self, fd: impl AsFd, ready: PollFlags) -> Result<()> {
        while let Some(left) = self.check()? {
            let slice = Timespec::try_from(left.min(SLICE))?;
            match poll(&mut [PollFd::new(&fd, ready)], Some(&slice)) {
                Ok(0) | Err(Errno::INTR) => {}
                Ok(_) => break,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// What is left; nothing where there is no limit.
    ///
    /// # Errors
    /// [`Overdue`] once the time is over.
    pub(super) fn check(&mut self) -> Result<Option<Duration>, Overdue> {
        let Some(Limit { limit, waited, checked, stopped, waited_at_stop }) = &mut self.0 else { return Ok(None) };
        let since = std::mem::replace(checked, Instant::now());
        // No more than a slice counts: this process may have been suspended together with the other one.
        *waited += checked.saturating_duration_since(since).min(SLICE);
        if *waited >= *limit {
            return Err(Overdue::TimedOut(*limit));
        }
        if stopped.is_cancelled() && *waited >= *waited_at_stop.get_or_insert(*waited) + GRACE {
            return Err(Overdue::Stopped);
        }
        Ok(Some(*limit - *waited))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::pipe::pipe;

    fn overdue(deadline: &mut Deadline) -> Overdue {
        let (idle, _open) = pipe().unwrap();
        deadline.wait(&idle, PollFlags::IN).unwrap_err().downcast().unwrap()
    }

    #[test]
    fn time_counts_over_all_waits_and_not_between_them() {
        let mut deadline = Deadline::new(Duration::from_millis(40), &CancelToken::default());
        let (ready, other) = pipe().unwrap();
        drop(other);
        let begun = Instant::now();
        // Each wait ends at once, as with a worker that sends a byte at a time.
        while deadline.wait(&ready, PollFlags::IN).is_ok() {
            assert!(begun.elapsed() < Duration::from_secs(60), "it is never over");
        }
        assert!(begun.elapsed() >= Duration::from_millis(40));
        let mut deadline = Deadline::new(Duration::from_millis(40), &CancelToken::default());
        std::thread::sleep(Duration::from_millis(60));
        deadline.resume();
        assert!(deadline.wait(&ready, PollFlags::IN).is_ok(), "it was not waited for");
        assert!(matches!(overdue(&mut deadline), Overdue::TimedOut(_)));
    }

    #[test]
    fn a_run_that_is_over_waits_a_moment_longer_and_no_more() {
        let stopped = CancelToken::default();
        let mut deadline = Deadline::new(Duration::from_secs(60), &stopped);
        stopped.cancel();
        let begun = Instant::now();
        assert!(matches!(overdue(&mut deadline), Overdue::Stopped) && begun.elapsed() >= GRACE);
    }
}
