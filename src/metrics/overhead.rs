//! What measuring costs: the cost of one sample on this machine, how many samples a run took, and whether that is too
//! much. If it is, clocks stop measuring details.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::stage::StageMeter;
use crate::host::usage::thread_cpu;

/// If measuring costs more than this share of the CPU time, clocks measure wall time only from then on.
const TOO_MUCH: f64 = 0.01;
/// A cost below this share of one core is never too much: a run that mostly waits uses so little CPU time that any cost is
/// a large share of it.
const LITTLE: f64 = 0.001;

/// What each kind of sample costs on this machine.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ClockCost {
    /// A frame in a stage, by wall time only.
    plain: Duration,
    /// A frame in a stage, in detail.
    detailed: Duration,
    /// One more part of such a frame.
    part: Duration,
}

/// How many samples a run took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Samples {
    /// Frames in a stage, by wall time only.
    pub plain: u64,
    /// Frames in a stage, in detail.
    pub detailed: u64,
    /// Parts of such frames.
    pub parts: u64,
}

impl Samples {
    /// The samples of a run so far. A queue notes the time when a frame goes in and when it comes out, which is less than a
    /// part each.
    pub(super) fn at(stages: &[Arc<StageMeter>], queues: usize, frames: u64) -> Self {
        let own = Self { parts: 2 * queues as u64 * frames, ..Self::default() };
        stages.iter().fold(own, |sum, stage| {
            let (frames, detailed, parts) = stage.samples();
            Self { plain: sum.plain + frames - detailed, detailed: sum.detailed + detailed, parts: sum.parts + parts }
        })
    }

    /// The samples of a run whose clocks measured details of all `frames`. Clocks add their sums only at the end, so this is
    /// known before the samples can be counted.
    fn expected(stages: &[Arc<StageMeter>], queues: usize, frames: u64) -> Self {
        let parts: u64 = stages.iter().map(|stage| stage.parts.len() as u64).sum();
        Self { plain: 0, detailed: frames * stages.len() as u64, parts: frames * (parts + 2 * queues as u64) }
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
        let detailed = cost(&|| clock.busy(|_| ()));
        let with_part = cost(&|| clock.busy(|timer| timer.split(0)));
        meter.set_detailed(false);
        Self { plain: cost(&|| clock.busy(|_| ())), detailed, part: with_part.saturating_sub(detailed) }
    }

    /// What these samples cost.
    pub(super) fn of(&self, samples: Samples) -> Duration {
        let times = |one: Duration, n: u64| one.saturating_mul(u32::try_from(n).unwrap_or(u32::MAX));
        times(self.plain, samples.plain) + times(self.detailed, samples.detailed) + times(self.part, samples.parts)
    }
}

/// What some frames of a run took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Took {
    pub wall: Duration,
    pub cpu: Duration,
}

/// Whether the clocks of a run measure details. It is reviewed after twice as many frames each time.
#[derive(Debug)]
pub(super) struct ProfilingLevel {
    /// Shared with every stage.
    pub detailed: Arc<AtomicBool>,
    /// What each sample costs.
    pub cost: ClockCost,
    /// The share of the CPU time that details cost when they were given up, if they were.
    pub too_expensive: OnceLock<f64>,
    next_review: AtomicU64,
}

impl ProfilingLevel {
    /// Details are measured if clocks are `on`, until a review after `first_review` frames or later finds that too costly.
    pub(super) fn new(on: bool, first_review: u64) -> Self {
        Self {
            detailed: Arc::new(AtomicBool::new(on)),
            cost: if on { ClockCost::measured() } else { ClockCost::default() },
            too_expensive: OnceLock::new(),
            next_review: AtomicU64::new(first_review),
        }
    }

    /// Whether it is time for a review.
    pub(super) fn is_due(&self, frames: u64) -> bool {
        self.detailed.load(Relaxed) && frames >= self.next_review.load(Relaxed)
    }

    /// Stops measuring details if that costs too much of the CPU time that `frames` have used.
    pub(super) fn review(&self, frames: u64, stages: &[Arc<StageMeter>], queues: usize, took: Took) {
        self.next_review.store(frames.saturating_mul(2), Relaxed);
        self.decide(Samples::expected(stages, queues, frames), took);
    }

    fn decide(&self, samples: Samples, took: Took) {
        let cost = self.cost.of(samples);
        let share_of = share(cost, took.cpu);
        if share_of > TOO_MUCH && share(cost, took.wall) > LITTLE {
            self.detailed.store(false, Relaxed);
            self.too_expensive.get_or_init(|| share_of);
        }
    }
}

/// A part of a time, 0 to 1; 0 of no time.
pub(super) fn share(part: Duration, whole: Duration) -> f64 {
    if whole.is_zero() { 0.0 } else { part.as_secs_f64() / whole.as_secs_f64() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detailed_sample_costs_more_than_a_plain_one_and_both_cost_something() {
        let cost = ClockCost::measured();
        assert!(cost.detailed > cost.plain && cost.plain > Duration::ZERO, "{cost:?}");
        assert_eq!(cost.of(Samples { plain: 2, ..Samples::default() }), cost.plain * 2);
    }

    #[test]
    fn details_are_given_up_once_they_cost_more_than_a_hundredth() {
        let profiling = ProfilingLevel::new(true, 10);
        let samples = |detailed| Samples { detailed, ..Samples::default() };
        assert!(!profiling.is_due(9) && profiling.is_due(10));
        let all = |cpu| Took { wall: cpu, cpu };
        profiling.review(10, &[], 0, all(Duration::from_secs(1)));
        assert!(!profiling.is_due(19) && profiling.is_due(20));
        profiling.decide(samples(1), all(profiling.cost.detailed * 1000));
        // A camera of 30 frames a second, of which nothing is computed.
        profiling.decide(samples(1), Took { wall: profiling.cost.detailed * 5000, cpu: profiling.cost.detailed * 50 });
        assert!(profiling.too_expensive.get().is_none());
        profiling.decide(samples(1), all(profiling.cost.detailed * 50));
        assert!(profiling.too_expensive.get().is_some_and(|share| (share - 0.02).abs() < 1e-3), "{profiling:?}");
        assert!(!profiling.is_due(40), "there is nothing left to give up");
    }
}
