//! What the screen shows, as plain figures computed from snapshots of a run. Knows no terminal.

use std::collections::{BTreeMap, VecDeque};

use framerace::lab::report::{Conditions, judge};
use framerace::metrics::{LedgerReport, Run, Snapshot, StageReport};

use super::desired::DesiredSettings;

/// Snapshots per second. The screen is drawn as often, and after keys.
pub const SNAPSHOTS_PER_SECOND: usize = 5;
/// The seconds over which stages are shown and judged.
const JUDGED_SECONDS: usize = 3;
/// No rate is computed from fewer frames.
pub const FEWEST_FRAMES: u64 = 3;
/// Points that a sparkline keeps.
const POINTS: usize = 400;
/// Changes that are kept to be marked.
const CHANGES: usize = 40;

/// The last snapshots of one run, the latest first.
#[derive(Default)]
pub struct Snapshots(VecDeque<Snapshot>);

impl Snapshots {
    /// Adds a snapshot. Returns what happened in the last second and in the last few; none for the first snapshot.
    pub fn add(&mut self, now: Snapshot, settings: &DesiredSettings) -> Option<(Run, Run)> {
        self.0.truncate(SNAPSHOTS_PER_SECOND * JUDGED_SECONDS);
        let since = |earlier: &Snapshot| now.since(earlier, settings.strategy, settings.workers);
        let runs = self.0.get(SNAPSHOTS_PER_SECOND - 1).or(self.0.back()).map(since).zip(self.0.back().map(since));
        self.0.push_front(now);
        runs
    }
}

/// A stage, with the queue before it, or one of the filters of a stage.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    pub name: String,
    /// Whether it is a filter of the stage above.
    pub is_part: bool,
    pub queue: Option<QueueDepth>,
    pub workers: usize,
    /// Fractions of the time of its workers, 0 to 1; for a filter, fractions of the time of its stage.
    pub busy: f64,
    pub blocked: f64,
    pub starved: f64,
    /// Milliseconds per frame.
    pub service_ms: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QueueDepth {
    pub depth: f64,
    pub capacity: usize,
}

/// The values of a figure over time, the latest last.
#[derive(Clone, Debug, Default)]
pub struct History(VecDeque<f64>);

impl History {
    pub(super) fn push(&mut self, value: f64) {
        self.0.push_back(value);
        let spare = self.0.len().saturating_sub(POINTS);
        self.0.drain(..spare);
    }

    pub fn last(&self) -> f64 {
        self.0.back().copied().unwrap_or(0.0)
    }

    /// The last values, `count` at most.
    pub fn latest(&self, count: usize) -> Vec<f64> {
        let skipped = self.0.len().saturating_sub(count);
        self.0.iter().skip(skipped).copied().collect()
    }
}

/// A change of settings, to be marked in what is shown over time.
#[derive(Clone, Debug)]
pub struct Change {
    /// Points that the histories had before.
    pub at: u64,
    /// What is other than before.
    pub what: String,
}

#[derive(Clone, Debug, Default)]
pub struct Lesson {
    pub claim: String,
    pub step: String,
    pub caption: String,
}

#[derive(Clone, Debug, Default)]
pub struct Model {
    /// The input, and its reader.
    pub input: String,
    pub sink: String,
    /// `running`, or what else goes on.
    pub state: String,
    pub rows: Vec<Row>,
    pub fps: History,
    /// The 95th percentile, in milliseconds.
    pub latency: History,
    /// Frames dropped or not read per second.
    pub drops: History,
    /// How busy each stage and filter was, by its name.
    pub busy: BTreeMap<String, History>,
    /// Points that were added to every history so far.
    pub points: u64,
    /// The latest changes of settings, the latest last.
    pub changes: VecDeque<Change>,
    pub ledger: LedgerReport,
    pub lesson: Option<Lesson>,
    /// The rate predicted for these settings, in frames per second, and what that is based on, or why there is none.
    pub predicted: Option<f64>,
    pub predicted_from: String,
    /// New frames per second over the last few seconds, once there are enough of them.
    pub measured: Option<f64>,
    /// Delivered frames per second, new or not, if not all of them are new.
    pub claimed: Option<f64>,
    /// The bottleneck, and what to try next.
    pub verdict: String,
    pub evidence: String,
    /// A message, until the next key.
    pub message: String,
    /// Whether the keys are explained, over everything else.
    pub shows_keys: bool,
    /// The filter that keys slow down.
    pub chosen: usize,
    /// The fraction of a core that snapshots and drawing take.
    pub cost: f64,
}

impl Model {
    /// Shows what happened in the last second and in the last few, and the ledger of the whole run.
    pub fn update(&mut self, second: &Run, few: &Run, whole: LedgerReport, conditions: &Conditions) {
        self.fps.push(second.fps());
        self.latency.push(second.latency_ms.p95);
        let lost = second.ledger.dropped + second.ledger.unread;
        self.drops.push(if second.wall_s > 0.0 { lost as f64 / second.wall_s } else { 0.0 });
        self.points += 1;
        self.ledger = whole;
        self.rows = rows(few);
        self.busy.retain(|name, _| self.rows.iter().any(|row| row.name == *name));
        for row in &self.rows {
            self.busy.entry(row.name.clone()).or_default().push(row.busy);
        }
        // The time before the first frame must not count.
        let before = self.ledger.delivered.saturating_sub(few.ledger.delivered);
        let enough = before > 0 && few.ledger.delivered >= FEWEST_FRAMES;
        self.measured = enough.then(|| few.fps());
        self.claimed = (few.ledger.duplicate > 0).then(|| few.ledger.delivered as f64 / few.wall_s);
        // One frame is too little to judge.
        if few.ledger.delivered > 1 {
            let verdict = judge(few, conditions);
            self.verdict = format!("{}: {} → {}", verdict.stage, verdict.kind, verdict.advice);
            self.evidence = verdict.evidence;
        }
    }

    /// Settings change from here on.
    pub fn mark_change(&mut self, what: String) {
        self.changes.push_back(Change { at: self.points, what });
        let spare = self.changes.len().saturating_sub(CHANGES);
        self.changes.drain(..spare);
    }

    /// A new run starts: the verdict and the rates of the last one are cleared.
    pub fn begin_run(&mut self) {
        self.verdict.clear();
        self.evidence.clear();
        (self.measured, self.claimed) = (None, None);
    }
}

/// The stages in the order of the path, each with its parts.
fn rows(run: &Run) -> Vec<Row> {
    let mut rows = Vec::new();
    for (at, stage) in run.stages.iter().enumerate() {
        let queue = at.checked_sub(1).and_then(|before| run.queues.get(before));
        let queue = queue.map(|queue| QueueDepth { depth: queue.mean_depth, capacity: queue.capacity });
        rows.push(Row {
            name: stage.name.clone(),
            is_part: false,
            queue,
            workers: stage.workers,
            busy: stage.busy,
            blocked: stage.blocked + stage.locked,
            starved: stage.starved,
            service_ms: service_ms(stage, run.wall_s),
        });
        // A stage that is one filter has no more to show.
        let several = stage.parts.len() > 1 && stage.name == "chain";
        rows.extend(stage.parts.iter().filter(|_| several).map(|part| Row {
            name: part.name.clone(),
            is_part: true,
            busy: part.share * stage.busy,
            ..Row::default()
        }));
    }
    rows
}

/// How long a stage works on a frame, in milliseconds.
fn service_ms(stage: &StageReport, wall_s: f64) -> Option<f64> {
    let at_work = stage.busy * stage.workers as f64 * wall_s;
    (stage.frames > 0).then(|| at_work * 1e3 / stage.frames as f64)
}

#[cfg(test)]
mod tests {
    use framerace::metrics::Meters;

    use super::*;

    /// A run of two frames, with one queue.
    fn run() -> Run {
        let meters = Meters::new(true, 1);
        let (_, chain) = (meters.stage("capture", 1, vec![]), meters.stage("chain", 2, vec!["a".into(), "b".into()]));
        meters.queue("capture-chain", 4);
        let clock = chain.clock();
        for _ in 0..2 {
            meters.ledger.capture();
            clock.busy(|timer| {
                timer.split(0);
                timer.split(1);
            });
            meters.ledger.deliver();
        }
        drop(clock);
        Run { wall_s: 2.0, ..meters.run("threads", 2, None) }
    }

    #[test]
    fn rows_are_stages_with_their_queues_and_filters() {
        let rows = rows(&run());
        let names: Vec<_> = rows.iter().map(|row| (row.name.as_str(), row.is_part, row.queue.is_some())).collect();
        assert_eq!(names, [("capture", false, false), ("chain", false, true), ("a", true, false), ("b", true, false)]);
        assert!(rows[1].service_ms.is_some() && rows[0].service_ms.is_none());
    }

    #[test]
    fn an_update_sets_rates_and_verdict() {
        let (mut model, run) = (Model::default(), run());
        model.update(&run, &run, run.ledger.clone(), &Conditions::cores(2.0));
        assert!(!model.verdict.is_empty() && model.ledger.delivered == 2, "{model:?}");
        assert_eq!((model.drops.last(), model.points, model.busy["chain"].latest(9).len()), (0.0, 1, 1));
        model.mark_change("workers 3".into());
        assert_eq!(model.changes[0].at, 1);
        model.begin_run();
        assert!(model.verdict.is_empty());
    }

    #[test]
    fn a_history_keeps_its_latest_values() {
        let mut history = History::default();
        (0..900).for_each(|n| history.push(f64::from(n)));
        assert_eq!((history.0.len(), history.last(), history.latest(2)), (POINTS, 899.0, vec![898.0, 899.0]));
    }
}
