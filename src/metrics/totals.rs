//! Sums of what the threads of a stage did: frames, and how the time was spent. They can be added over threads and processes,
//! and the difference of two is what happened in between. Knows no clock.

use std::ops::AddAssign;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::latency::Recorder;

/// What one thread of a stage did, or all of them.
#[derive(Debug, Default)]
pub(super) struct Totals {
    pub whole: Tally,
    /// Frames measured in detail, and the time at work on them: they stand for the others.
    pub detailed: (u64, Duration),
    pub service: Recorder,
    pub parts: Vec<(Tally, Recorder)>,
}

/// Sums of one stage, or of one part of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// Frames done.
    pub frames: u64,
    /// Time at work on frames.
    pub busy: Duration,
    /// Time waiting for a frame.
    pub starved: Duration,
    /// Time waiting for room downstream.
    pub blocked: Duration,
    /// Time waiting for a lock.
    pub locked: Duration,
    /// CPU time used while busy.
    pub cpu: Duration,
    /// Time waiting for a core while busy.
    pub queued: Duration,
    /// Time that filters said they waited for a device (a part of `busy`).
    pub waiting: Duration,
}

/// What one frame took in one stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Time at work.
    pub busy: Duration,
    /// CPU time used meanwhile.
    pub cpu: Duration,
    /// Time without a core meanwhile, although ready to compute.
    pub queued: Duration,
    /// Time waiting for a lock, beside the time at work.
    pub locked: Duration,
    /// Time waiting for a device, a part of the time at work.
    pub waiting: Duration,
}

impl AddAssign for Spent {
    fn add_assign(&mut self, other: Self) {
        self.busy += other.busy;
        self.cpu += other.cpu;
        self.queued += other.queued;
        self.locked += other.locked;
        self.waiting += other.waiting;
    }
}

impl Totals {
    pub(super) fn new(parts: usize) -> Self {
        Self { parts: vec![Default::default(); parts], ..Self::default() }
    }

    /// Adds what a frame took in one part; a part that does not exist is left out.
    pub(super) fn add_part(&mut self, part: usize, spent: Spent) {
        if let Some((tally, service)) = self.parts.get_mut(part) {
            tally.add_frame(spent);
            service.record(spent.busy);
        }
    }

    /// Adds what another one has.
    pub(super) fn absorb(&mut self, other: &Self) {
        self.absorb_sums(other);
        self.service.absorb(&other.service);
        for ((_, service), (_, other)) in self.parts.iter_mut().zip(&other.parts) {
            service.absorb(other);
        }
    }

    /// Where details are no longer measured, those measured before stand for the frames since.
    fn fill_in_details(&mut self, before: &Self) {
        let (frames, busy) = (self.whole.frames, self.whole.busy);
        if self.detailed.0 > 0 || before.detailed.1.is_zero() {
            return;
        }
        let part = busy.div_duration_f64(before.detailed.1);
        let scaled = |tally: &Tally| Tally {
            frames,
            busy: tally.busy.mul_f64(part),
            cpu: tally.cpu.mul_f64(part),
            queued: tally.queued.mul_f64(part),
            ..Tally::default()
        };
        let Tally { cpu, queued, .. } = scaled(&before.whole);
        (self.whole.cpu, self.whole.queued, self.detailed) = (cpu, queued, (frames, busy));
        for ((tally, _), (before, _)) in self.parts.iter_mut().zip(&before.parts) {
            *tally = scaled(before);
        }
    }

    fn absorb_sums(&mut self, other: &Self) {
        self.whole.absorb(&other.whole);
        self.detailed = (self.detailed.0 + other.detailed.0, self.detailed.1 + other.detailed.1);
        for ((tally, _), (other, _)) in self.parts.iter_mut().zip(&other.parts) {
            tally.absorb(other);
        }
    }

    /// Moves the sums to another one. The histograms behind percentiles are large and stay here until the end.
    pub(super) fn move_sums(&mut self, to: &mut Self) {
        to.absorb_sums(self);
        (self.whole, self.detailed) = Default::default();
        self.parts.iter_mut().for_each(|(tally, _)| *tally = Tally::default());
    }

    /// The sums, without percentiles.
    pub(super) fn sums(&self) -> Self {
        let parts = self.parts.iter().map(|(tally, _)| (*tally, Recorder::none())).collect();
        Self { whole: self.whole, detailed: self.detailed, service: Recorder::none(), parts }
    }

    /// The sums since an earlier moment.
    pub(super) fn since(&self, earlier: &Self) -> Self {
        let mut since = self.sums();
        since.whole = since.whole.since(&earlier.whole);
        since.detailed = (
            since.detailed.0 - earlier.detailed.0.min(since.detailed.0),
            since.detailed.1.saturating_sub(earlier.detailed.1),
        );
        for ((tally, _), (earlier, _)) in since.parts.iter_mut().zip(&earlier.parts) {
            *tally = tally.since(earlier);
        }
        since.fill_in_details(self);
        since
    }
}

impl Tally {
    /// Adds a frame that was done.
    pub(super) fn add_frame(&mut self, spent: Spent) {
        self.frames += 1;
        self.busy += spent.busy;
        self.cpu += spent.cpu;
        self.queued += spent.queued;
        self.locked += spent.locked;
        self.waiting += spent.waiting;
    }

    /// Adds another's sums. They may come from a worker process that sends anything, so nothing may overflow.
    pub(super) fn absorb(&mut self, other: &Tally) {
        self.frames = self.frames.saturating_add(other.frames);
        let times = [
            (&mut self.busy, other.busy),
            (&mut self.starved, other.starved),
            (&mut self.blocked, other.blocked),
            (&mut self.locked, other.locked),
            (&mut self.cpu, other.cpu),
            (&mut self.queued, other.queued),
            (&mut self.waiting, other.waiting),
        ];
        for (mine, theirs) in times {
            *mine = mine.saturating_add(theirs);
        }
    }

    /// What came since an earlier moment.
    fn since(&self, earlier: &Tally) -> Self {
        Self {
            frames: self.frames.saturating_sub(earlier.frames),
            busy: self.busy.saturating_sub(earlier.busy),
            starved: self.starved.saturating_sub(earlier.starved),
            blocked: self.blocked.saturating_sub(earlier.blocked),
            locked: self.locked.saturating_sub(earlier.locked),
            cpu: self.cpu.saturating_sub(earlier.cpu),
            queued: self.queued.saturating_sub(earlier.queued),
            waiting: self.waiting.saturating_sub(earlier.waiting),
        }
    }
}
