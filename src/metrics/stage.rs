//! What a stage did with its time: busy, starved (waited for input), blocked (waited for room downstream) or locked (waited
//! for a lock); and how much CPU time its threads got while busy.
//!
//! A stage has one [`StageMeter`]. Each of its threads owns a clock, and adds the clock's sums when the thread is done, or
//! after its current frame when somebody asks for the sums of a run that goes on.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use parking_lot::Mutex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::latency::{Percentiles, Recorder};
use super::stage_name;
use super::totals::{Tally, Totals};
use super::trace::span_log::{SpanLog, StageLogs};

/// One stage of one run, and what all its threads did.
#[derive(Debug)]
pub struct StageMeter {
    name: String,
    workers: usize,
    pub(super) parts: Vec<String>,
    /// Whether its clocks read the time.
    pub(super) on: bool,
    /// Frames with a smaller number are traced: 0 for none.
    traced: u64,
    clocks: AtomicUsize,
    /// How often somebody has asked for the sums so far. A clock that has not answered the latest request adds its sums.
    pub(super) requests: AtomicU64,
    /// Of the clocks that are done.
    pub(super) logs: Mutex<Vec<SpanLog>>,
    /// Whether its clocks measure details: CPU time, waiting for a core, and parts, beside wall time.
    detailed: Arc<AtomicBool>,
    pub(super) totals: Mutex<Totals>,
}

/// A stage in the report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StageReport {
    /// `capture`, a filter, `chain` (all filters of a worker), or `sink`.
    #[serde(deserialize_with = "stage_name::of_any_version")]
    pub name: String,
    /// How many threads or processes do this stage at once.
    pub workers: usize,
    /// Frames it did.
    pub frames: u64,
    /// Share of its workers' time at work, 0 to 1.
    pub busy: f64,
    /// Share of its workers' time at work but waiting for a CPU, though ready to compute, 0 to 1 (a part of `busy`).
    #[serde(alias = "queued")]
    pub cpu_wait: f64,
    /// Share of its workers' time waiting for input, 0 to 1.
    pub starved: f64,
    /// Share of its workers' time waiting for room downstream, 0 to 1.
    pub blocked: f64,
    /// Share of its workers' time waiting for a lock, 0 to 1.
    pub locked: f64,
    /// Share of its workers' time that filters said they waited for a device, a network or another program, 0 to 1 (a part
    /// of `busy`).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub waiting: f64,
    /// CPU seconds it used.
    pub cpu_s: f64,
    /// Time a frame takes in it, in milliseconds of wall time.
    pub service_ms: Percentiles,
    /// What it is made of, where that was measured: the filters of a chain, decoding and conversion of a capture.
    pub parts: Vec<PartReport>,
}

/// A part of a stage in the report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PartReport {
    /// The filter, or the step of the capture.
    #[serde(deserialize_with = "stage_name::of_any_version")]
    pub name: String,
    /// Share of its stage's busy time, 0 to 1.
    pub share: f64,
    /// Share of its stage's busy time waiting for a CPU, though ready to compute, 0 to 1 (a part of `share`).
    #[serde(default, alias = "queued")]
    pub cpu_wait: f64,
    /// CPU seconds it used.
    pub cpu_s: f64,
    /// Time a frame takes in it, in milliseconds of wall time.
    pub service_ms: Percentiles,
}

impl StageMeter {
    /// A meter for `workers` threads; with `on` false its clocks read no time at all.
    pub fn new(name: &str, workers: usize, parts: Vec<String>, on: bool) -> Arc<Self> {
        Self::traced(name, workers, parts, on, 0, Arc::new(AtomicBool::new(on)))
    }

    /// As [`new`](Self::new); its clocks also write down what they do with frames of a number below `traced`. The switch
    /// for details may be shared by all stages of a run.
    pub fn traced(
        name: &str,
        workers: usize,
        parts: Vec<String>,
        on: bool,
        traced: u64,
        detailed: Arc<AtomicBool>,
    ) -> Arc<Self> {
        let totals = Mutex::new(Totals::new(parts.len()));
        let (clocks, requests, logs) = Default::default();
        Arc::new(Self { name: name.to_owned(), workers, parts, on, traced, clocks, requests, logs, detailed, totals })
    }

    /// The sums of the stages of several inputs that have this name. Workers that are `shared` have noted their waits with
    /// every input.
    pub(super) fn of_all(stages: &[Arc<Self>], shared: bool) -> Arc<Self> {
        let mut parts: Vec<String> = stages.iter().flat_map(|stage| stage.parts.clone()).collect();
        let mut seen = BTreeSet::new();
        parts.retain(|part| seen.insert(part.clone()));
        let first = &stages[0];
        let is_shared = shared && first.workers > 1 && stages.iter().all(|stage| stage.workers == first.workers);
        let workers = if is_shared { first.workers } else { stages.iter().map(|stage| stage.workers).sum() };
        let all = Self::new(&first.name, workers, parts, first.on);
        for stage in stages {
            all.totals.lock().absorb_named(&stage.totals.lock(), |part| {
                all.parts.iter().position(|name| *name == stage.parts[part])
            });
        }
        if is_shared {
            all.totals.lock().whole.starved /= u32::try_from(stages.len()).unwrap_or(u32::MAX);
        }
        all
    }

    /// How many threads or processes do it.
    pub(super) fn workers(&self) -> usize {
        self.workers
    }

    /// Its name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// A log for one more clock, if there are frames to trace.
    pub(super) fn log(&self) -> Option<SpanLog> {
        let clock = self.clocks.fetch_add(1, Relaxed);
        if self.on { SpanLog::new(self.traced, self.parts.len(), clock) } else { None }
    }

    /// The logs of all clocks that are done.
    pub(super) fn take_logs(&self) -> StageLogs {
        let logs = std::mem::take(&mut *self.logs.lock());
        StageLogs { name: self.name.clone(), workers: self.workers, logs }
    }

    /// Whether its clocks measure CPU time and parts.
    pub fn is_detailed(&self) -> bool {
        self.on && self.detailed.load(Relaxed)
    }

    /// Sets whether its clocks measure CPU time and parts.
    pub fn set_detailed(&self, detailed: bool) {
        self.detailed.store(detailed, Relaxed);
    }

    /// Frames, those measured in detail, and their parts: the cost of measuring depends on them.
    pub(super) fn samples(&self) -> (u64, u64, u64) {
        let totals = self.totals.lock();
        let parts = totals.parts.iter().map(|(tally, _)| tally.frames).sum();
        (totals.whole.frames, totals.detailed.0, parts)
    }

    /// The sums so far, without percentiles. Threads add theirs after their current frame, so what they do now is in the
    /// next answer.
    pub(super) fn so_far(&self) -> Totals {
        self.requests.fetch_add(1, Relaxed);
        self.totals.lock().sums()
    }

    /// The sums of the parts so far: what a worker process sends to its parent at the end.
    pub fn part_tallies(&self) -> Vec<Tally> {
        let totals = self.totals.lock();
        totals.parts.iter().map(|(tally, _)| *tally).collect()
    }

    /// Adds sums of the parts that another process measured.
    pub fn absorb_parts(&self, tallies: &[Tally]) {
        let mut totals = self.totals.lock();
        for ((mine, service), theirs) in totals.parts.iter_mut().zip(tallies) {
            mine.absorb(theirs);
            // Only sums are sent between processes: their mean stands for every frame.
            if theirs.frames > 0 {
                service.record(theirs.spent.busy.div_f64(theirs.frames as f64));
            }
        }
    }

    /// Shares of `wall` (times the number of workers).
    pub fn report(&self, wall: Duration) -> StageReport {
        self.report_of(&self.totals.lock(), wall)
    }

    /// The same of other sums.
    pub(super) fn report_of(&self, totals: &Totals, wall: Duration) -> StageReport {
        let all = wall.as_secs_f64() * self.workers as f64;
        let share = |part: Duration| if all > 0.0 { (part.as_secs_f64() / all).min(1.0) } else { 0.0 };
        let whole = &totals.whole;
        // Frames measured in detail stand for those that were not.
        let scale = match totals.detailed.1 {
            Duration::ZERO => 1.0,
            detailed => whole.spent.busy.as_secs_f64() / detailed.as_secs_f64(),
        };
        // Sending a frame to a worker process is timed for every frame.
        let weight = |tally: &Tally| if tally.frames < whole.frames { scale } else { 1.0 };
        let busy = |tally: &Tally| tally.spent.busy.as_secs_f64() * weight(tally);
        let parts_busy: f64 = totals.parts.iter().map(|(tally, _)| busy(tally)).sum();
        let of_busy = |seconds: f64| if parts_busy > 0.0 { seconds / parts_busy } else { 0.0 };
        let part = |(name, (tally, service)): (&String, &(Tally, Recorder))| PartReport {
            name: name.clone(),
            share: of_busy(busy(tally)),
            cpu_wait: of_busy(tally.spent.cpu_wait.as_secs_f64() * weight(tally)),
            cpu_s: tally.spent.cpu.as_secs_f64() * weight(tally),
            service_ms: service.percentiles(),
        };
        StageReport {
            name: self.name.clone(),
            workers: self.workers,
            frames: whole.frames,
            busy: share(whole.spent.busy),
            cpu_wait: share(whole.spent.cpu_wait.mul_f64(scale)),
            starved: share(whole.starved),
            blocked: share(whole.blocked),
            locked: share(whole.spent.locked),
            waiting: share(whole.spent.waiting),
            cpu_s: whole.spent.cpu.as_secs_f64() * scale,
            service_ms: totals.service.percentiles(),
            parts: self.parts.iter().zip(&totals.parts).map(part).collect(),
        }
    }
}

impl StageReport {
    /// The share of its workers' time that the stage needs for what was asked of it, 0 to 1: at work or waiting for a lock,
    /// without the time it was ready to compute but had no core.
    pub fn load(&self) -> f64 {
        (self.busy + self.locked - self.cpu_wait).max(0.0)
    }
}

/// A figure that most runs do not have is left out of their results.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(share: &f64) -> bool {
    *share == 0.0
}
