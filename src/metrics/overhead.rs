//! What measuring costs: the price of a look at the clocks on this machine, how many looks there were, and whether
//! that is too much.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::stage::StageMeter;
use crate::host::usage::thread_cpu;

/// Above this share of the CPU time, measuring costs too much: clocks look less closely from then on.
const TOO_MUCH: f64 = 0.01;
/// What takes less of a core than this is never too much: a run that waits has hardly any CPU time to hold it against.
const LITTLE: f64 = 0.001;

/// What each kind of look costs on this machine.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ClockCost {
    /// A frame in a stage, by wall time only.
    plain: Duration,
    /// A frame in a stage, looked at closely.
    fine: Duration,
    /// One more part of such a frame.
    part: Duration,
}

/// How many looks there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Looks {
    /// Frames in a stage, by wall time only.
    pub plain: u64,
    /// Frames in a stage, looked at closely.
    pub fine: u64,
    /// Parts of such frames.
    pub parts: u64,
}

impl Looks {
    /// Those of a run so far. A queue notes the time when a frame goes in and when it comes out, which is less than a
    /// part each.
    pub(super) fn at(stages: &[Arc<StageMeter>], queues: usize, frames: u64) -> Self {
        let own = Self { parts: 2 * queues as u64 * frames, ..Self::default() };
        stages.iter().fold(own, |sum, stage| {
            let (frames, fine, parts) = stage.samples();
            Self { plain: sum.plain + frames - fine, fine: sum.fine + fine, parts: sum.parts + parts }
        })
    }

    /// Those of a run whose clocks all looked closely at so many frames, and have not told yet.
    fn expected(stages: &[Arc<StageMeter>], queues: usize, frames: u64) -> Self {
        let parts: u64 = stages.iter().map(|stage| stage.part_count() as u64).sum();
        Self { plain: 0, fine: frames * stages.len() as u64, parts: frames * (parts + 2 * queues as u64) }
    }
}

impl ClockCost {
    /// Measures it, in some milliseconds.
    pub(super) fn measured() -> Self {
        const TIMES: u32 = 200;
        let meter = StageMeter::new("calibration", 1, vec!["part".into()], true);
        let clock = meter.clock();
        let once = |work: &dyn Fn()| {
            let from = thread_cpu();
            (0..TIMES).for_each(|_| work());
            thread_cpu().saturating_sub(from) / TIMES
        };
        // Caches are cold at first, and others may share the core: the cheapest of some tries.
        let cost = |work: &dyn Fn()| (0..5).map(|_| once(work)).min().unwrap_or_default();
        let fine = cost(&|| clock.busy(|_| ()));
        let with_part = cost(&|| clock.busy(|timer| timer.split(0)));
        meter.set_detailed(false);
        Self { plain: cost(&|| clock.busy(|_| ())), fine, part: with_part.saturating_sub(fine) }
    }

    /// What so many looks cost.
    pub(super) fn of(&self, looks: Looks) -> Duration {
        let times = |one: Duration, n: u64| one.saturating_mul(u32::try_from(n).unwrap_or(u32::MAX));
        times(self.plain, looks.plain) + times(self.fine, looks.fine) + times(self.part, looks.parts)
    }
}

/// What some frames of a run took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Took {
    pub wall: Duration,
    pub cpu: Duration,
}

/// Whether the clocks of a run look closely; it reviews itself after twice as many frames each time.
#[derive(Debug)]
pub(super) struct Closeness {
    /// Shared with every stage.
    pub fine: Arc<AtomicBool>,
    /// What each look costs.
    pub cost: ClockCost,
    too_dear: OnceLock<f64>,
    next_review: AtomicU64,
}

impl Closeness {
    /// Clocks that look closely if they are `on`, to be reviewed after so many frames.
    pub(super) fn new(on: bool, first_review: u64) -> Self {
        Self {
            fine: Arc::new(AtomicBool::new(on)),
            cost: if on { ClockCost::measured() } else { ClockCost::default() },
            too_dear: OnceLock::new(),
            next_review: AtomicU64::new(first_review),
        }
    }

    /// Whether it is time for a review.
    pub(super) fn is_due(&self, frames: u64) -> bool {
        self.fine.load(Relaxed) && frames >= self.next_review.load(Relaxed)
    }

    /// Gives up looking closely where the looks cost too much of the CPU time that `frames` have used.
    pub(super) fn review(&self, frames: u64, stages: &[Arc<StageMeter>], queues: usize, took: Took) {
        self.next_review.store(frames.saturating_mul(2), Relaxed);
        self.judge(Looks::expected(stages, queues, frames), took);
    }

    fn judge(&self, looks: Looks, took: Took) {
        let cost = self.cost.of(looks);
        let share_of = share(cost, took.cpu);
        if share_of > TOO_MUCH && share(cost, took.wall) > LITTLE {
            self.fine.store(false, Relaxed);
            self.too_dear.get_or_init(|| share_of);
        }
    }

    /// The share of the CPU time that made looking closely too dear, if it was.
    pub(super) fn too_dear(&self) -> Option<f64> {
        self.too_dear.get().copied()
    }
}

/// A part of a time; nothing of no time.
pub(super) fn share(part: Duration, whole: Duration) -> f64 {
    if whole.is_zero() { 0.0 } else { part.as_secs_f64() / whole.as_secs_f64() }
}

#[cfg(test)]
mod tests {
    use super::super::totals::Spent;
    use super::*;

    #[test]
    fn a_close_look_costs_more_than_a_plain_one_and_both_cost_something() {
        let cost = ClockCost::measured();
        assert!(cost.fine > cost.plain && cost.plain > Duration::ZERO, "{cost:?}");
        assert_eq!(cost.of(Looks { plain: 2, ..Looks::default() }), cost.plain * 2);
    }

    #[test]
    fn looking_closely_is_given_up_once_it_costs_more_than_a_hundredth() {
        let closeness = Closeness::new(true, 10);
        let looks = |fine| Looks { fine, ..Looks::default() };
        assert!(!closeness.is_due(9) && closeness.is_due(10));
        let all = |cpu| Took { wall: cpu, cpu };
        closeness.review(10, &[], 0, all(Duration::from_secs(1)));
        assert!(!closeness.is_due(19) && closeness.is_due(20));
        closeness.judge(looks(1), all(closeness.cost.fine * 1000));
        // A camera of 30 frames a second, of which nothing is computed.
        closeness.judge(looks(1), Took { wall: closeness.cost.fine * 5000, cpu: closeness.cost.fine * 50 });
        assert!(closeness.too_dear().is_none());
        closeness.judge(looks(1), all(closeness.cost.fine * 50));
        assert!(closeness.too_dear().is_some_and(|share| (share - 0.02).abs() < 1e-3), "{closeness:?}");
        assert!(!closeness.is_due(40), "there is nothing left to give up");
    }

    #[test]
    fn who_looks_no_more_goes_on_counting_and_the_looks_before_stand_for_the_rest() {
        let meter = StageMeter::new("s", 1, vec!["a".into()], true);
        let spent = |busy| Spent {
            busy: Duration::from_millis(busy),
            cpu: Duration::from_millis(busy / 2),
            ..Spent::default()
        };
        let clock = meter.clock();
        for _ in 0..3 {
            clock.note(spent(4));
            clock.note_part(0, spent(4));
        }
        meter.set_detailed(false);
        (0..9).for_each(|_| clock.note(spent(4)));
        drop(clock);
        assert_eq!(meter.samples(), (12, 3, 3));
        let report = meter.report(Duration::from_millis(96));
        assert_eq!((report.frames, report.busy, report.parts[0].share), (12, 0.5, 1.0));
        assert!((report.cpu_s - 0.024).abs() < 1e-9 && (report.parts[0].cpu_s - 0.024).abs() < 1e-9, "{report:?}");
    }
}
