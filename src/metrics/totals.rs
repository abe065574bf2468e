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
    /// What they took.
    pub spent: Spent,
    /// Time waiting for a frame.
    pub starved: Duration,
    /// Time waiting for room downstream.
    pub blocked: Duration,
}

/// What one frame took in one stage, or many frames together. Between processes its times are whole nanoseconds, so that
/// none is too long to be added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "[u64; 5]", from = "[u64; 5]")]
pub struct Spent {
    /// Time at work.
    pub busy: Duration,
    /// CPU time used meanwhile.
    pub cpu: Duration,
    /// Time waiting for a CPU meanwhile, although ready to compute.
    pub cpu_wait: Duration,
    /// Time waiting for a lock, beside the time at work.
    pub locked: Duration,
    /// Time that filters said they waited for a device, a part of the time at work.
    pub waiting: Duration,
}

impl Spent {
    /// The same, if a process can have spent it in `wall` and with so much CPU time, as far as another process knows. What
    /// is longer by little, because clocks that are read one after the other differ, is cut.
    pub fn within(self, wall: Duration, cpu: Duration) -> Option<Self> {
        const DIFFER: Duration = Duration::from_millis(10);
        let fits = |time: Duration, most: Duration| time <= most + most / 10 + DIFFER;
        let possible =
            fits(self.busy.saturating_add(self.locked), wall) && fits(self.cpu_wait, wall) && fits(self.cpu, cpu);
        let most = Self { busy: wall, cpu, cpu_wait: wall, locked: wall, waiting: wall };
        possible.then(|| self.zip(most, Duration::min))
    }

    /// Combines each time with the same time of `other`.
    fn zip(self, other: Self, both: impl Fn(Duration, Duration) -> Duration) -> Self {
        Self {
            busy: both(self.busy, other.busy),
            cpu: both(self.cpu, other.cpu),
            cpu_wait: both(self.cpu_wait, other.cpu_wait),
            locked: both(self.locked, other.locked),
            waiting: both(self.waiting, other.waiting),
        }
    }
}

impl From<Spent> for [u64; 5] {
    fn from(Spent { busy, cpu, cpu_wait, locked, waiting }: Spent) -> Self {
        [busy, cpu, cpu_wait, locked, waiting].map(|time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
    }
}

impl From<[u64; 5]> for Spent {
    fn from(nanoseconds: [u64; 5]) -> Self {
        let [busy, cpu, cpu_wait, locked, waiting] = nanoseconds.map(Duration::from_nanos);
        Self { busy, cpu, cpu_wait, locked, waiting }
    }
}

impl AddAssign for Spent {
    /// Adds up without overflow: some times come from worker processes, which may send anything.
    fn add_assign(&mut self, other: Self) {
        *self = self.zip(other, Duration::saturating_add);
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

    /// Adds what another one has whose parts stand elsewhere: `at` says where each of them is here.
    pub(super) fn absorb_named(&mut self, other: &Self, at: impl Fn(usize) -> Option<usize>) {
        self.whole.absorb(&other.whole);
        self.detailed = (self.detailed.0 + other.detailed.0, self.detailed.1 + other.detailed.1);
        self.service.absorb(&other.service);
        for (part, (tally, service)) in other.parts.iter().enumerate() {
            if let Some(mine) = at(part).and_then(|at| self.parts.get_mut(at)) {
                mine.0.absorb(tally);
                mine.1.absorb(service);
            }
        }
    }

    /// Where details are no longer measured, those measured before stand for the frames since.
    fn fill_in_details(&mut self, before: &Self) {
        let (frames, busy) = (self.whole.frames, self.whole.spent.busy);
        if self.detailed.0 > 0 || before.detailed.1.is_zero() {
            return;
        }
        let part = busy.div_duration_f64(before.detailed.1);
        let scaled = |Spent { busy, cpu, cpu_wait, .. }: Spent| Spent {
            busy: busy.mul_f64(part),
            cpu: cpu.mul_f64(part),
            cpu_wait: cpu_wait.mul_f64(part),
            ..Spent::default()
        };
        let whole = scaled(before.whole.spent);
        (self.whole.spent.cpu, self.whole.spent.cpu_wait, self.detailed) = (whole.cpu, whole.cpu_wait, (frames, busy));
        for ((tally, _), (before, _)) in self.parts.iter_mut().zip(&before.parts) {
            *tally = Tally { frames, spent: scaled(before.spent), ..Tally::default() };
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
        self.spent += spent;
    }

    /// Adds another's sums. They may come from a worker process that sends anything, so nothing may overflow.
    pub(super) fn absorb(&mut self, other: &Tally) {
        self.frames = self.frames.saturating_add(other.frames);
        self.spent += other.spent;
        self.starved = self.starved.saturating_add(other.starved);
        self.blocked = self.blocked.saturating_add(other.blocked);
    }

    /// The sums of all of these.
    pub fn sum(tallies: &[Self]) -> Self {
        tallies.iter().fold(Self::default(), |mut sum, tally| {
            sum.absorb(tally);
            sum
        })
    }

    /// What came since an earlier moment.
    fn since(&self, earlier: &Tally) -> Self {
        Self {
            frames: self.frames.saturating_sub(earlier.frames),
            spent: self.spent.zip(earlier.spent, Duration::saturating_sub),
            starved: self.starved.saturating_sub(earlier.starved),
            blocked: self.blocked.saturating_sub(earlier.blocked),
        }
    }
}
