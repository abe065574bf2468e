//! Failures of worker processes and their consequences: workers replaced, frames done again, frames given up.

use std::time::Duration;

use parking_lot::Mutex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::latency::{Percentiles, Recorder};

/// Counts of a run that goes on; shared by the threads that supervise worker processes.
#[derive(Debug, Default)]
pub struct Losses(Mutex<Counts>);

/// How many failures are described one by one.
const FIRST: usize = 3;

#[derive(Debug, Default)]
struct Counts {
    report: LossReport,
    recovery: Recorder,
}

/// The losses of a finished run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LossReport {
    /// Worker processes that died, hung or gave a wrong answer while they were needed.
    pub workers: u64,
    /// The first of them: at which frame, and how.
    #[serde(default)]
    pub first: Vec<String>,
    /// Times a frame was given to a worker once more.
    pub redone: u64,
    /// From when a lost worker was last waited for until another stood in its place, in milliseconds.
    pub recovery_ms: Percentiles,
    /// Frames that were given up, because every worker was lost over them.
    pub poison: Vec<PoisonFrame>,
}

/// A frame that was given up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PoisonFrame {
    /// Its number, from 0.
    pub frame: u64,
    /// Where it belongs on the source's time line, in seconds.
    pub time_s: f64,
    /// How many workers it has cost.
    pub workers: u32,
    /// How the last of them was lost.
    pub reason: String,
}

impl Losses {
    /// A worker failed; `how` says at which frame and how.
    pub fn worker(&self, how: impl FnOnce() -> String) {
        let report = &mut self.0.lock().report;
        report.workers += 1;
        if report.first.len() < FIRST {
            report.first.push(how());
        }
    }

    /// So many frames are given to another worker.
    pub fn redo(&self, frames: usize) {
        self.0.lock().report.redone += frames as u64;
    }

    /// Another worker has replaced one that failed; `after` is the time since that one was last waited for.
    pub fn recovered(&self, after: Duration) {
        self.0.lock().recovery.record(after);
    }

    /// A frame is given up.
    pub fn poison(&self, frame: PoisonFrame) {
        self.0.lock().report.poison.push(frame);
    }

    /// The counts so far; poison frames by number.
    pub fn report(&self) -> LossReport {
        let counts = self.0.lock();
        let mut report = LossReport { recovery_ms: counts.recovery.percentiles(), ..counts.report.clone() };
        report.poison.sort_by_key(|poison| poison.frame);
        report
    }
}

impl std::fmt::Display for PoisonFrame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { frame, time_s, workers, reason } = self;
        write!(f, "frame {frame} (at {time_s:.3} s) was given up after {workers} workers were lost over it: {reason}")
    }
}
