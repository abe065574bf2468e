//! What a filter is told about the frame it works on, and how it says that it waits.
//!
//! It reaches the timer of the stage and nothing else: a filter knows no clock, thread or strategy.

use std::time::Duration;

use crate::frame::Stamp;
use crate::metrics::StageTimer;

/// The frame that a filter works on, and the means to report waits.
#[derive(Debug)]
pub struct FrameContext<'a> {
    /// The frame's number and time.
    pub stamp: Stamp,
    /// None where no clock runs, or where several threads do one frame together.
    timer: Option<&'a StageTimer<'a>>,
}

impl<'a> FrameContext<'a> {
    /// The context of a frame whose work this timer measures.
    pub fn new(stamp: Stamp, timer: &'a StageTimer<'a>) -> Self {
        Self { stamp, timer: Some(timer) }
    }

    /// A context that measures nothing: for tests of a filter, and for bands of a frame that several threads do at once.
    pub fn untimed(stamp: Stamp) -> Self {
        Self { stamp, timer: None }
    }

    /// The timer of the stage, if this frame is timed.
    pub(crate) fn timer(&self) -> Option<&'a StageTimer<'a>> {
        self.timer
    }

    /// Waits for a lock with `wait`. The meters count the time as locked, not as busy.
    pub fn locked<T>(&self, wait: impl FnOnce() -> T) -> T {
        match self.timer {
            Some(timer) => timer.locked(wait),
            None => wait(),
        }
    }

    /// Counts time that was spent waiting for a lock, where the one who waited has measured it: reading the clocks that
    /// [`locked`](Self::locked) reads would keep the lock from others for longer.
    pub fn was_locked(&self, time: Duration) {
        if let Some(timer) = self.timer {
            timer.was_locked(time);
        }
    }

    /// Waits for a device, a network or another program with `wait`. The meters count the time as waiting, a part of busy:
    /// the worker cannot take another frame meanwhile.
    pub fn waiting<T>(&self, wait: impl FnOnce() -> T) -> T {
        match self.timer {
            Some(timer) => timer.waiting(wait),
            None => wait(),
        }
    }
}
