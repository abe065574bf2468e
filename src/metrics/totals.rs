//! Sums of what the threads of a stage did: frames, and where the time went. They add up over threads and processes, and
//! the difference of two is what happened in between. Knows no clock.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::latency::Recorder;

/// What one thread of a stage did, or all of them.
#[derive(Debug, Default)]
pub(super) struct Totals {
    pub whole: Tally,
    /// Frames that were looked at closely, and the time at work on them: they stand for the others.
    pub fine: (u64, Duration),
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
}

impl Totals {
    pub(super) fn new(parts: usize) -> Self {
        Self { parts: vec![Default::default(); parts], ..Self::default() }
    }

    /// Adds what another one has.
    pub(super) fn absorb(&mut self, other: &Self) {
        self.absorb_sums(other);
        self.service.absorb(&other.service);
        for ((_, service), (_, other)) in self.parts.iter_mut().zip(&other.parts) {
            service.absorb(other);
        }
    }

    /// Where clocks look closely no more, what they saw before stands for what they would have seen.
    fn stand_in(&mut self, before: &Self) {
        let (frames, busy) = (self.whole.frames, self.whole.busy);
        if self.fine.0 > 0 || before.fine.1.is_zero() {
            return;
        }
        let part = busy.div_duration_f64(before.fine.1);
        let scaled = |tally: &Tally| Tally {
            frames,
            busy: tally.busy.mul_f64(part),
            cpu: tally.cpu.mul_f64(part),
            queued: tally.queued.mul_f64(part),
            ..Tally::default()
        };
        let Tally { cpu, queued, .. } = scaled(&before.whole);
        (self.whole.cpu, self.whole.queued, self.fine) = (cpu, queued, (frames, busy));
        for ((tally, _), (before, _)) in self.parts.iter_mut().zip(&before.parts) {
            *tally = scaled(before);
        }
    }

    fn absorb_sums(&mut self, other: &Self) {
        self.whole.absorb(&other.whole);
        self.fine = (self.fine.0 + other.fine.0, self.fine.1 + other.fine.1);
        for ((tally, _), (other, _)) in self.parts.iter_mut().zip(&other.parts) {
            tally.absorb(other);
        }
    }

    /// Moves the sums to another one. What percentiles are made of is much, and stays until the end.
    pub(super) fn hand_over(&mut self, to: &mut Self) {
        to.absorb_sums(self);
        (self.whole, self.fine) = Default::default();
        self.parts.iter_mut().for_each(|(tally, _)| *tally = Tally::default());
    }

    /// The sums, without percentiles.
    pub(super) fn sums(&self) -> Self {
        let parts = self.parts.iter().map(|(tally, _)| (*tally, Recorder::none())).collect();
        Self { whole: self.whole, fine: self.fine, service: Recorder::none(), parts }
    }

    /// The sums since an earlier moment.
    pub(super) fn since(&self, earlier: &Self) -> Self {
        let mut since = self.sums();
        since.whole = since.whole.since(&earlier.whole);
        since.fine = (since.fine.0 - earlier.fine.0.min(since.fine.0), since.fine.1.saturating_sub(earlier.fine.1));
        for ((tally, _), (earlier, _)) in since.parts.iter_mut().zip(&earlier.parts) {
            *tally = tally.since(earlier);
        }
        since.stand_in(self);
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
    }

    /// Adds another's sums, which may come from a process that says anything.
    pub(super) fn absorb(&mut self, other: &Tally) {
        self.frames = self.frames.saturating_add(other.frames);
        let times = [
            (&mut self.busy, other.busy),
            (&mut self.starved, other.starved),
            (&mut self.blocked, other.blocked),
            (&mut self.locked, other.locked),
            (&mut self.cpu, other.cpu),
            (&mut self.queued, other.queued),
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
        }
    }
}
