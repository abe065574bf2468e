//! One frame's work in a stage, as its clock sees it: where one part ends and the next begins, and where it waits for a
//! lock.

use std::time::Duration;

use super::clock::{Moment, StageClock};
use super::totals::Spent;
use super::trace::Activity;

/// One frame's work in a stage, which may be made of parts.
#[derive(Debug)]
pub struct Lap<'a> {
    pub(super) clock: &'a StageClock,
    /// Whether this one looks closely, be it that others do no more.
    pub(super) fine: bool,
    pub(super) start: Option<Moment>,
    pub(super) split: Option<Moment>,
    /// How long the thread had waited for a core at the last split.
    pub(super) queued: Duration,
    pub(super) locked: Duration,
    /// CPU time of other threads since the last split, and in all.
    pub(super) others: Duration,
    pub(super) others_in_all: Duration,
    /// The frame, and how many spans the log had before it; none if it is not traced.
    pub(super) traced: Option<(u64, usize)>,
}

impl Lap<'_> {
    /// Adds CPU time that other threads used for this frame.
    pub fn add_cpu(&mut self, cpu: Duration) {
        self.others += cpu;
        self.others_in_all += cpu;
    }

    /// A part ended here; it began where the last one ended.
    pub fn split(&mut self, part: usize) {
        if !self.fine {
            return;
        }
        let Some(from) = self.split.or(self.start) else { return };
        let Some(now) = self.clock.now(true) else { return };
        let queued = self.clock.queued(true);
        let mut totals = self.clock.totals.borrow_mut();
        if let Some((tally, service)) = totals.parts.get_mut(part) {
            let busy = now.wall - from.wall;
            let cpu = now.cpu.saturating_sub(from.cpu) + std::mem::take(&mut self.others);
            tally.add_frame(Spent { busy, cpu, queued: queued.saturating_sub(self.queued) });
            service.record(busy);
        }
        self.span(Activity::Busy, Some(part), from.wall, now.wall);
        self.split = Some(now);
        self.queued = queued;
    }

    /// Nothing came of it: this lap is left out.
    pub fn forget(&mut self) {
        self.start = None;
        self.forget_spans();
    }

    /// Waits for a lock: counted as neither busy nor part of what follows.
    pub fn locked<T>(&mut self, wait: impl FnOnce() -> T) -> T {
        let from = self.clock.now(self.fine);
        let done = wait();
        if let (Some(from), Some(now)) = (from, self.clock.now(self.fine)) {
            self.locked += now.wall - from.wall;
            self.span(Activity::Locked, None, from.wall, now.wall);
            self.split = Some(now);
            self.queued = self.clock.queued(self.fine);
        }
        done
    }
}
