//! What the screen shows, as plain figures: made from looks at a run, and from nothing else. Knows no terminal.

use std::collections::VecDeque;

use framerace::lab::report::{Conditions, judge};
use framerace::metrics::{LedgerReport, Run, Snapshot, StageReport};

use super::keys::Wanted;

/// Samples a second, and so at most as many pictures, but for those that a key asks for.
pub const LOOKS: usize = 5;
/// What is judged, and shown of stages, are so many seconds.
const SECONDS: usize = 3;
/// Fewer frames than this are no rate.
pub const FEWEST: u64 = 3;
/// Points that a sparkline keeps.
const POINTS: usize = 120;

/// The last looks at one run.
#[derive(Default)]
pub struct Samples(VecDeque<Snapshot>);

impl Samples {
    /// One more look. What happened in the last second and in the last few; none at the first look.
    pub fn add(&mut self, now: Snapshot, wanted: &Wanted) -> Option<(Run, Run)> {
        self.0.truncate(LOOKS * SECONDS);
        let since = |earlier: &Snapshot| now.since(earlier, wanted.strategy, wanted.workers);
        let runs = self.0.get(LOOKS - 1).or(self.0.back()).map(since).zip(self.0.back().map(since));
        self.0.push_front(now);
        runs
    }
}

/// A filter or stage, with the link before it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    pub name: String,
    /// Whether it is a part of the stage above.
    pub is_part: bool,
    pub link: Option<Link>,
    pub workers: usize,
    /// Shares of its workers' time, 0 to 1; of a part its share of the stage's.
    pub busy: f64,
    pub blocked: f64,
    pub starved: f64,
    /// Milliseconds a frame.
    pub service_ms: Option<f64>,
}

/// A link, and how full it was.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    pub depth: f64,
    pub capacity: usize,
}

/// Figures by time, the latest last.
#[derive(Clone, Debug, Default)]
pub struct History {
    points: VecDeque<f64>,
}

impl History {
    pub(super) fn push(&mut self, value: f64) {
        self.points.push_back(value);
        let spare = self.points.len().saturating_sub(POINTS);
        self.points.drain(..spare);
    }

    /// The latest figure.
    pub fn last(&self) -> f64 {
        self.points.back().copied().unwrap_or(0.0)
    }

    /// The last so many, in tenths: a bar is a whole number.
    pub fn tenths(&self, count: usize) -> Vec<u64> {
        let skipped = self.points.len().saturating_sub(count);
        self.points.iter().skip(skipped).map(|value| (value * 10.0).round() as u64).collect()
    }
}

/// A lesson, as far as it is told.
#[derive(Clone, Debug, Default)]
pub struct Lesson {
    pub claim: String,
    /// Which of its steps this is.
    pub step: String,
    pub caption: String,
}

/// What the screen shows.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// The input, and what reads it.
    pub input: String,
    /// Where frames go.
    pub sink: String,
    /// `running`, or why not.
    pub state: String,
    pub rows: Vec<Row>,
    pub fps: History,
    /// The 95th percentile, in milliseconds.
    pub latency: History,
    /// Frames a second.
    pub drops: History,
    pub ledger: LedgerReport,
    /// The lesson it belongs to, if it does.
    pub lesson: Option<Lesson>,
    /// Frames a second that were predicted for these settings, and what that rests on, or why there is no prediction.
    pub predicted: Option<f64>,
    pub predicted_from: String,
    /// New frames a second of the last few seconds; none before there is enough to tell.
    pub measured: Option<f64>,
    /// Frames a second that are delivered, new or not, where not all of them are new.
    pub claimed: Option<f64>,
    /// What limits, and what to try next.
    pub verdict: String,
    /// The figures that say so.
    pub evidence: String,
    /// Said once.
    pub message: String,
    /// The filter that wishes are about.
    pub chosen: usize,
    /// Part of a core that looking and drawing cost.
    pub cost: f64,
}

impl Model {
    /// What happened in the last second and in the last few, and how the whole run stands.
    pub fn update(&mut self, second: &Run, few: &Run, whole: LedgerReport, conditions: &Conditions) {
        self.fps.push(second.fps());
        self.latency.push(second.latency_ms.p95);
        let lost = second.ledger.dropped + second.ledger.missed;
        self.drops.push(if second.wall_s > 0.0 { lost as f64 / second.wall_s } else { 0.0 });
        self.ledger = whole;
        self.rows = rows(few);
        // What the time before the first frame was good for is no rate.
        let before = self.ledger.delivered.saturating_sub(few.ledger.delivered);
        let enough = before > 0 && few.ledger.delivered >= FEWEST;
        self.measured = enough.then(|| few.fps());
        self.claimed = (few.ledger.duplicate > 0).then(|| few.ledger.delivered as f64 / few.wall_s);
        // Over less there is little to be judged.
        if few.ledger.delivered > 1 {
            let verdict = judge(few, conditions);
            self.verdict = format!("{}: {} → {}", verdict.stage, verdict.kind, verdict.advice);
            self.evidence = verdict.evidence;
        }
    }

    /// A new run: what was seen of the last one says nothing of it.
    pub fn begin(&mut self) {
        self.verdict.clear();
        self.evidence.clear();
        (self.measured, self.claimed) = (None, None);
    }
}

/// The stages in the order of the path, each with its parts.
fn rows(run: &Run) -> Vec<Row> {
    let mut rows = Vec::new();
    for (at, stage) in run.stages.iter().enumerate() {
        let link = at.checked_sub(1).and_then(|before| run.queues.get(before));
        let link = link.map(|link| Link { depth: link.mean_depth, capacity: link.capacity });
        rows.push(Row {
            name: stage.name.clone(),
            is_part: false,
            link,
            workers: stage.workers,
            busy: stage.busy,
            blocked: stage.blocked + stage.locked,
            starved: stage.starved,
            service_ms: service_ms(stage, run.wall_s),
        });
        // Of a stage that is one filter there is no more to be said.
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

/// Milliseconds a frame takes in a stage.
fn service_ms(stage: &StageReport, wall_s: f64) -> Option<f64> {
    let at_work = stage.busy * stage.workers as f64 * wall_s;
    (stage.frames > 0).then(|| at_work * 1e3 / stage.frames as f64)
}

#[cfg(test)]
mod tests {
    use framerace::metrics::Meters;

    use super::*;

    /// A run of two frames, with one link.
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
    fn rows_are_stages_with_their_links_and_parts() {
        let rows = rows(&run());
        let names: Vec<_> = rows.iter().map(|row| (row.name.as_str(), row.is_part, row.link.is_some())).collect();
        assert_eq!(names, [("capture", false, false), ("chain", false, true), ("a", true, false), ("b", true, false)]);
        assert!(rows[1].service_ms.is_some() && rows[0].service_ms.is_none());
    }

    #[test]
    fn figures_are_a_second_and_the_verdict_is_there() {
        let (mut model, run) = (Model::default(), run());
        model.update(&run, &run, run.ledger.clone(), &Conditions::cores(2.0));
        assert!(!model.verdict.is_empty() && model.ledger.delivered == 2, "{model:?}");
        assert_eq!(model.drops.last(), 0.0);
        model.begin();
        assert!(model.verdict.is_empty());
    }

    #[test]
    fn a_history_forgets() {
        let mut history = History::default();
        (0..300).for_each(|n| history.push(f64::from(n)));
        assert_eq!((history.points.len(), history.last(), history.tenths(2)), (POINTS, 299.0, vec![2980, 2990]));
    }
}
