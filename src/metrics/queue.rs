//! How full a queue between two stages was, weighted by time.

use std::time::{Duration, Instant};

use parking_lot::Mutex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::stage_name;
use super::timeline::{Buckets, Origin};

/// Follows the number of frames waiting in one queue.
#[derive(Debug)]
pub struct QueueMeter {
    name: String,
    capacity: usize,
    on: bool,
    /// Where the time line begins.
    origin: Origin,
    /// How many changes are recorded one by one.
    traced: usize,
    level: Mutex<Level>,
}

#[derive(Debug, Default)]
struct Level {
    depth: i64,
    since: Option<Instant>,
    fill: Fill,
    /// Seconds that frames waited, by when they did.
    waited: Buckets,
    /// The first changes: when, and how many frames from then on.
    changes: Vec<(Instant, u64)>,
}

/// How full a queue was, in sums over time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fill {
    depth_time: f64,
    full: Duration,
    empty: Duration,
    total: Duration,
}

impl Fill {
    /// `depth` frames waited for the time `passed`.
    fn add(&mut self, depth: i64, capacity: usize, passed: Duration) {
        self.depth_time += depth as f64 * passed.as_secs_f64();
        self.total += passed;
        if depth == capacity as i64 {
            self.full += passed;
        }
        if depth == 0 {
            self.empty += passed;
        }
    }

    /// What came since an earlier moment.
    pub(super) fn since(&self, earlier: &Self) -> Self {
        Self {
            depth_time: (self.depth_time - earlier.depth_time).max(0.0),
            full: self.full.saturating_sub(earlier.full),
            empty: self.empty.saturating_sub(earlier.empty),
            total: self.total.saturating_sub(earlier.total),
        }
    }
}

/// How full a queue was between its first and its last frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QueueReport {
    /// The two stages it joins.
    #[serde(deserialize_with = "stage_name::of_any_version")]
    pub name: String,
    /// Frames it can hold.
    pub capacity: usize,
    /// Frames waiting in it, averaged over time.
    pub mean_depth: f64,
    /// Share of the time it was full, 0 to 1.
    pub full: f64,
    /// Share of the time it was empty, 0 to 1.
    pub empty: f64,
}

impl QueueMeter {
    /// Records the first `traced` changes one by one.
    pub(super) fn new(name: &str, capacity: usize, on: bool, origin: Origin, traced: usize) -> Self {
        let level = Level { changes: Vec::with_capacity(traced), ..Level::default() };
        Self { name: name.to_owned(), capacity, on, origin, traced, level: Mutex::new(level) }
    }

    pub(super) fn take_changes(&self) -> Vec<(Instant, u64)> {
        std::mem::take(&mut self.level.lock().changes)
    }

    /// A frame went in.
    pub fn enter(&self) {
        self.change(1);
    }

    /// A frame came out.
    pub fn leave(&self) {
        self.change(-1);
    }

    fn change(&self, by: i64) {
        if !self.on {
            return;
        }
        let mut level = self.level.lock();
        let now = Instant::now();
        if let Some(since) = level.since {
            let passed = now.saturating_duration_since(since);
            // The two ends record their changes one after the other, so for an instant the count may be a few off.
            let depth = level.depth.clamp(0, self.capacity as i64);
            level.fill.add(depth, self.capacity, passed);
            if let Some(origin) = self.origin.get() {
                let after = |at: Instant| at.saturating_duration_since(*origin);
                level.waited.add_level(after(since), after(now), depth as f64);
            }
        }
        level.since = Some(now);
        level.depth += by;
        if level.changes.len() < self.traced {
            let depth = level.depth.clamp(0, self.capacity as i64);
            level.changes.push((now, depth.cast_unsigned()));
        }
    }

    /// Its name, its capacity, and by the time of the run how long frames waited in it, in frames times seconds.
    pub(super) fn waited(&self) -> (String, usize, Buckets) {
        let level = self.level.lock();
        (self.name.clone(), self.capacity, level.waited.clone())
    }

    /// The sums until now, including the time at the present depth.
    pub(super) fn so_far(&self, now: Instant) -> Fill {
        let level = self.level.lock();
        let mut fill = level.fill;
        if let Some(since) = level.since {
            fill.add(level.depth.clamp(0, self.capacity as i64), self.capacity, now.saturating_duration_since(since));
        }
        fill
    }

    /// The report so far.
    pub fn report(&self) -> QueueReport {
        let fill = self.level.lock().fill;
        self.report_of(&fill)
    }

    /// The same of other sums.
    pub(super) fn report_of(&self, fill: &Fill) -> QueueReport {
        let total = fill.total.as_secs_f64();
        let share = |part: f64| if total > 0.0 { part / total } else { 0.0 };
        QueueReport {
            name: self.name.clone(),
            capacity: self.capacity,
            mean_depth: share(fill.depth_time),
            full: share(fill.full.as_secs_f64()),
            empty: share(fill.empty.as_secs_f64()),
        }
    }
}
