//! A run on its way through the checks, with what several of them need.

use super::pace::{Pace, pace};
use crate::metrics::Run;

/// What a run's numbers have to be held against.
#[derive(Clone, Copy, Debug)]
pub struct Conditions {
    /// How many processors' worth of time there was in a second.
    pub capacity: f64,
    /// Threads OpenCV's own loops may use.
    pub opencv_threads: usize,
    /// Threads the video decoder may use.
    pub decode_threads: usize,
}

impl Conditions {
    /// So many processors, and no hidden threads.
    pub fn cores(capacity: f64) -> Self {
        Self { capacity, opencv_threads: 1, decode_threads: 1 }
    }
}

/// A run with what is derived from it.
pub(super) struct Case<'a> {
    pub run: &'a Run,
    pub conditions: &'a Conditions,
    /// Share of the CPU's capacity that was used.
    pub used: f64,
    pub pace: Pace<'a>,
}

impl<'a> Case<'a> {
    pub fn new(run: &'a Run, conditions: &'a Conditions) -> Self {
        let used = if run.wall_s > 0.0 { run.cpu_s / run.wall_s / conditions.capacity } else { 0.0 };
        Self { run, conditions, used, pace: pace(run, used) }
    }

    /// Whether faster computing would make the run faster.
    pub fn is_computing(&self) -> bool {
        match &self.pace {
            Pace::Cores(_) => true,
            Pace::Slowest(slowest, _) => slowest.by_time().is_computing(self.run.wall_s),
            Pace::Level(..) | Pace::Unknown => false,
        }
    }

    /// The name of whoever sets the pace.
    pub fn name(&self) -> &'a str {
        match &self.pace {
            Pace::Cores(most) => most.by_cpu().name(),
            Pace::Slowest(slowest, _) => slowest.by_time().name(),
            Pace::Level(..) | Pace::Unknown => "balanced",
        }
    }

    /// The share of all CPU time that something took which costs so many CPU seconds.
    pub fn share_of_cpu(&self, seconds: f64) -> f64 {
        if self.run.cpu_s > 0.0 { seconds / self.run.cpu_s } else { 0.0 }
    }
}
