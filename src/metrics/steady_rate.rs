//! The rate of a run without its first and last frames, because it cannot work at its full rate while the pipeline fills
//! or drains.
//!
//! The rate is measured from the first delivery to the last one before capture stopped, so that every stage has work in
//! between. Workers that take equally long deliver in bursts; therefore FPS is measured over multiples of `workers` frames,
//! so that a part of a burst does not bias it. `sequential` leaves out one frame. If more than half of the frames would be
//! left out, the whole run is measured, from the first frame asked for to the last one delivered.

use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the rate of a run is taken over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SteadyRate {
    /// Delivered new frames that count.
    pub frames: u64,
    /// Seconds in which they were delivered.
    pub seconds: f64,
    /// Delivered new frames before them, while the pipeline filled.
    pub first_left_out: u64,
    /// Delivered new frames after them, while it drained.
    pub last_left_out: u64,
}

impl SteadyRate {
    /// Delivered new frames a second; 0 when nothing was delivered.
    pub fn fps(&self) -> f64 {
        if self.seconds > 0.0 { self.frames as f64 / self.seconds } else { 0.0 }
    }
}

/// Follows the deliveries of a run.
#[derive(Debug, Default)]
pub(super) struct Steady {
    /// FPS is measured over a multiple of so many frames.
    pub multiple: u64,
    first: Option<Delivery>,
    last: Option<Delivery>,
    capture_stopped: bool,
}

/// So many new frames had been delivered at this moment.
#[derive(Clone, Copy, Debug)]
struct Delivery {
    at: Instant,
    frames: u64,
}

impl Steady {
    /// A frame was delivered at this moment; with it, `frames` new ones have been.
    pub(super) fn deliver(&mut self, at: Instant, frames: u64) {
        let now = Delivery { at, frames };
        let first = self.first.get_or_insert(now);
        let is_multiple = (frames - first.frames.min(frames)).is_multiple_of(self.multiple.max(1));
        if is_multiple && !self.capture_stopped {
            self.last = Some(now);
        }
    }

    /// Capture has ended: from now on the pipeline drains.
    pub(super) fn stop_capture(&mut self) {
        self.capture_stopped = true;
    }

    /// The rate of a run of so many new frames that took `whole`.
    pub(super) fn rate(&self, frames: u64, whole: Duration) -> SteadyRate {
        let whole = SteadyRate { frames, seconds: whole.as_secs_f64(), ..SteadyRate::default() };
        let (Some(first), Some(last)) = (self.first, self.last) else { return whole };
        let counted = last.frames.saturating_sub(first.frames);
        let seconds = last.at.saturating_duration_since(first.at).as_secs_f64();
        if counted == 0 || counted * 2 < frames || seconds <= 0.0 {
            return whole;
        }
        let last_left_out = frames.saturating_sub(last.frames);
        SteadyRate { frames: counted, seconds, first_left_out: first.frames, last_left_out }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rate of a run whose frames are delivered at these milliseconds; capture stops after `before_stop` of them.
    fn rate(multiple: u64, at_ms: &[u64], before_stop: usize) -> SteadyRate {
        let (begin, mut steady) = (Instant::now(), Steady { multiple, ..Steady::default() });
        for (frames, ms) in (1..).zip(at_ms) {
            if frames > before_stop as u64 {
                steady.stop_capture();
            }
            steady.deliver(begin + Duration::from_millis(*ms), frames);
        }
        steady.rate(at_ms.len() as u64, Duration::from_millis(at_ms.last().copied().unwrap_or(0)))
    }

    #[test]
    fn filling_and_draining_are_left_out() {
        // Filled after 50 ms, then a frame each 10 ms; the last two come slowly.
        let run = rate(1, &[50, 60, 70, 80, 90, 100, 180, 300], 6);
        assert_eq!(run, SteadyRate { frames: 5, seconds: 0.05, first_left_out: 1, last_left_out: 2 });
        assert!((run.fps() - 100.0).abs() < 1e-9);
    }

    #[test]
    fn a_burst_of_all_workers_gains_nothing() {
        // Three workers deliver together, each 30 ms: 100 a second, wherever capture stopped.
        let at: Vec<u64> = (0..20).flat_map(|burst| [30 * burst + 30; 3]).collect();
        for before_stop in 40..60 {
            assert!((rate(3, &at, before_stop).fps() - 100.0).abs() < 1e-9, "{before_stop}");
        }
    }

    #[test]
    fn one_frame_after_the_other_counts_all_but_the_first() {
        let run = rate(1, &[10, 20, 30, 40], 4);
        assert_eq!((run.frames, run.first_left_out, run.last_left_out), (3, 1, 0));
        assert!((run.fps() - 100.0).abs() < 1e-9);
    }

    #[test]
    fn short_runs_are_measured_whole_and_empty_ones_are_zero() {
        let whole = |frames, seconds| SteadyRate { frames, seconds, ..SteadyRate::default() };
        assert_eq!(rate(1, &[10, 20, 30, 40, 50], 3), whole(5, 0.05), "two of five are less than half");
        assert_eq!(rate(1, &[10], 1), whole(1, 0.01));
        assert_eq!(rate(4, &[10, 10, 10], 3), whole(3, 0.01));
        assert_eq!(rate(1, &[10, 10, 10], 3), whole(3, 0.01), "no time between them");
        assert_eq!((rate(1, &[], 0), rate(1, &[], 0).fps()), (SteadyRate::default(), 0.0));
    }
}
