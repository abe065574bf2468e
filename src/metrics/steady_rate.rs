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
    /// Whether capture has ended: from then on the pipeline drains.
    pub capture_stopped: bool,
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
