//! A run on its way through the checks: who sets its pace, and what else several checks need. With it comes what a check
//! gives back.
//!
//! The pace is set by the stage that could do the fewest frames a second, or by the cores. A stage's load is the rate
//! asked of it over the rate it could do: the share of its workers' time at work or held up by a lock (which is the
//! stage's own doing), without the time it was ready but had no core (which is not). The stage with the highest load is
//! the ceiling; the others wait for it, or would if they had a thread of their own. One thing blurs that picture: when
//! all cores are busy, no stage needs to reach its ceiling. Then whoever uses most CPU time sets the pace.

use crate::metrics::{PartReport, Run, StageReport};

pub(super) use super::finding::{Finding, Kind, Measured};

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

/// From this share of the cores on, they count as full. What is missing to 1 goes to the kernel, to other programs,
/// and to the beginning and end of the run.
pub(super) const FULL: f64 = 0.9;
/// Two loads that differ by less than this part count as equal. It lies between what the clocks are off on a quiet
/// machine (some percent) and a difference that is worth a name (a fifth).
pub(super) const EQUAL: f64 = 0.1;
/// A filter that takes at least this part of its chain, or the encoder of what is delivered, is named in its place:
/// making it cheaper helps more than making all others cheaper. The three hundredths over a half keep noise from
/// choosing between two equal filters.
const DOMINANT: f64 = 0.53;
/// A stage that uses less CPU than this part of the time it is at work is waiting for something, not computing.
const COMPUTING: f64 = 0.5;

/// Who sets the pace.
pub(super) enum Pace<'a> {
    /// Nothing was timed.
    Unknown,
    /// All cores are busy, mostly with this one.
    Cores(Load<'a>),
    /// This one is slowest, with so much load on the next.
    Slowest(Load<'a>, f64),
    /// Two are about equal, so naming one would be chance.
    Level(Load<'a>, Load<'a>),
}

/// A stage, or the filter that stands in its place, and what was asked of it.
#[derive(Clone, Copy)]
pub(super) struct Load<'a> {
    /// The stage.
    pub stage: &'a StageReport,
    /// The filter that stands in its place, if one does.
    pub part: Option<&'a PartReport>,
    /// Asked over could: 1 is all it can do.
    pub load: f64,
    /// CPU seconds.
    pub cpu_s: f64,
}

pub(super) fn is_sequential(run: &Run) -> bool {
    run.queues.is_empty()
}

/// The share of its workers' time a stage needs for what was asked of it, 0 to 1.
pub(in crate::lab::report) fn load(stage: &StageReport) -> f64 {
    (stage.busy + stage.locked - stage.cpu_wait).max(0.0)
}

/// From this part of the time on that the one thread of `sequential` waits for a live source, more could be done if more
/// came.
const SPARE: f64 = 0.1;

/// From this share of the frames that came on, losses are no accident where a stage is near what it can do.
pub(super) const ACCIDENT: f64 = 0.01;

/// The load of a stage in this run. Capture that waits for a live source is asked for all that came, and delivers the part
/// that is not lost: that part is the load of the source. But where a stage is near its ceiling and frames are lost,
/// nobody waits for the source: what capture does beside waiting is its load then. A single thread that waits for one has
/// time to spare.
fn load_in(run: &Run, stage: &StageReport) -> f64 {
    let usual = load(stage);
    if !run.setup.live || stage.name != "capture" || run.wall_s <= 0.0 {
        return usual;
    }
    let (at_work, lost) = (stage.cpu_s / run.wall_s, run.ledger.lost_share());
    let others = run.stages.iter().filter(|other| other.name != stage.name).map(load);
    let busiest = if is_sequential(run) { others.sum() } else { others.fold(0.0, f64::max) };
    if lost >= ACCIDENT && busiest >= FULL {
        return at_work;
    }
    let by_share = if is_sequential(run) { usual - at_work >= SPARE } else { lost > 0.0 };
    if by_share { at_work.max(1.0 - lost) } else { usual }
}

/// Who sets the pace of a run that used such a share of the cores.
pub(super) fn pace(run: &Run, used: f64) -> Pace<'_> {
    let of_stage = |stage| Load { stage, part: None, load: load_in(run, stage), cpu_s: stage.cpu_s };
    let mut loads: Vec<_> = run.stages.iter().map(of_stage).collect();
    loads.sort_by(|a, b| b.load.total_cmp(&a.load));
    let Some(&first) = loads.first().filter(|first| first.load > 0.0) else { return Pace::Unknown };
    if used >= FULL && !is_sequential(run) {
        return busiest(loads);
    }
    match loads.get(1) {
        Some(second) if is_equal(first.load, second.load) => Pace::Level(first, *second),
        second => Pace::Slowest(first, second.map_or(0.0, |second| second.load)),
    }
}

/// Who uses most CPU time; among equals, who is nearest to its own ceiling. `loads` come highest first.
fn busiest(mut loads: Vec<Load<'_>>) -> Pace<'_> {
    let most = loads.iter().map(|load| load.cpu_s).fold(0.0, f64::max);
    loads.retain(|load| load.cpu_s == most || is_equal(most, load.cpu_s));
    match loads[..] {
        [first, second, ..] if is_equal(first.load, second.load) => Pace::Level(first, second),
        [first, ..] => Pace::Cores(first),
        [] => Pace::Unknown,
    }
}

fn is_equal(more: f64, less: f64) -> bool {
    less > more * (1.0 - EQUAL)
}

/// The share of its stage's time a part needs, without the time it had no core.
fn work(stage: &StageReport, part: &PartReport) -> f64 {
    ((part.share - part.cpu_wait) * stage.busy).max(0.0)
}

impl<'a> Load<'a> {
    /// The filter that takes most of its time, if that is one, in its place.
    pub fn by_time(self) -> Self {
        self.dominant(|part| work(self.stage, part))
    }

    /// The filter that takes most of its CPU time, if that is one, in its place.
    pub fn by_cpu(self) -> Self {
        self.dominant(|part| part.cpu_s)
    }

    fn dominant(self, of: impl Fn(&PartReport) -> f64) -> Self {
        if !matches!(self.stage.name.as_str(), "chain" | "sink") {
            return self;
        }
        let all: f64 = self.stage.parts.iter().map(&of).sum();
        let part = self.stage.parts.iter().find(|part| all > 0.0 && of(part) >= DOMINANT * all);
        Self { part, cpu_s: part.map_or(self.cpu_s, |part| part.cpu_s), ..self }
    }

    /// The filter's name, or the stage's.
    pub fn name(&self) -> &'a str {
        self.part.map_or(&self.stage.name, |part| &part.name)
    }

    /// Whether it computes rather than waits, in a run of so many seconds.
    pub fn is_computing(&self, wall_s: f64) -> bool {
        let work = self.part.map_or(self.stage.busy - self.stage.cpu_wait, |part| work(self.stage, part));
        let seconds = work * self.stage.workers as f64 * wall_s;
        self.cpu_s > 0.0 && self.cpu_s >= COMPUTING * seconds
    }
}
