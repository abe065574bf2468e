//! What limits a run: the stage, the kind of limit, the evidence in numbers, and what to try next.
//!
//! The stage that limits is the one that is occupied most of the time: whoever waits for others does not set the pace.
//! Two things blur that picture and are taken into account. A stage whose threads are ready but get no core looks
//! occupied too; so when the cores are full, the limit is the CPU, and the stage that uses most of it is named. And
//! where two stages are about equally occupied, naming one would be chance: the run is called balanced.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::number::{percent, three_digits};
use crate::measure::{LossReport, Run, StageReport};

/// From this share of the CPU's capacity on, the cores count as full. What is missing to 1 goes to the kernel, to
/// other programs, and to the beginning and end of the run.
const FULL: f64 = 0.9;
/// Two stages whose occupation differs by less than this part count as equal.
const EQUAL: f64 = 0.1;
/// A filter that takes at least this share of its chain is named in its place.
const DOMINANT: f64 = 0.6;
/// A stage that uses less CPU than this part of the time it is busy is waiting for something, not computing.
const COMPUTING: f64 = 0.5;

/// From this part of their busy time without a core on, workers are in each other's way.
const CROWDED: f64 = 0.5;
/// A stage that spends at least this part of its occupied time waiting for a lock is held up by it.
const HELD_UP: f64 = 0.25;

/// From this part of all workers' time without a worker in their place on, lost workers are the limit.
const LOST: f64 = 0.1;

/// What limits a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    /// The stage: `capture`, a filter, `chain` when no filter stands out, `deliver`; or `balanced`.
    pub stage: String,
    /// The kind of limit.
    pub kind: Kind,
    /// The numbers that say so.
    pub evidence: String,
    /// What to try next.
    pub advice: String,
}

/// The kind of limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Computing.
    CpuBound,
    /// Waiting for something that is not the CPU.
    Waiting,
    /// Waiting for a lock.
    Lock,
    /// Waiting for the source's next frame.
    Source,
    /// Waiting for the sink.
    Sink,
    /// More workers than cores: they wait for each other's turn.
    TooManyWorkers,
    /// Worker processes were lost, and the run waited for others in their place.
    LostWorkers,
    /// No stage stands out.
    Balanced,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CpuBound => "CPU-bound",
            Self::Waiting => "waiting",
            Self::Lock => "waiting for the lock",
            Self::Source => "waiting for the source",
            Self::Sink => "waiting for the sink",
            Self::TooManyWorkers => "too many workers for the cores",
            Self::LostWorkers => "workers were lost",
            Self::Balanced => "balanced",
        })
    }
}

/// A run with what is derived from it.
struct Case<'a> {
    run: &'a Run,
    capacity: f64,
    /// Share of the CPU's capacity that was used.
    used: f64,
}

/// Judges a run on a machine with `capacity` processors.
pub fn judge(run: &Run, capacity: f64) -> Verdict {
    let used = if run.wall_s > 0.0 { run.cpu_s / run.wall_s / capacity } else { 0.0 };
    let case = Case { run, capacity, used };
    if case.lost_time() >= LOST {
        return case.lost_workers();
    }
    let mut stages: Vec<_> = run.stages.iter().collect();
    stages.sort_by(|a, b| occupied(b).total_cmp(&occupied(a)));
    let Some(&first) = stages.first().filter(|stage| occupied(stage) > 0.0) else {
        return case.unknown();
    };
    if used >= FULL {
        let most = run.stages.iter().max_by(|a, b| a.cpu_s.total_cmp(&b.cpu_s)).unwrap_or(first);
        return case.cores_are_full(most);
    }
    match stages.get(1).filter(|second| occupied(second) > occupied(first) * (1.0 - EQUAL)) {
        Some(second) => case.balanced(first, second),
        None => case.limited_by(first),
    }
}

/// Share of its workers' time a stage was at work or held up by a lock, which is not waiting for another stage.
fn occupied(stage: &StageReport) -> f64 {
    stage.busy + stage.locked
}

/// The filter that dominates a stage, or the stage.
fn name(stage: &StageReport) -> &str {
    let dominant = stage.parts.iter().find(|part| part.share >= DOMINANT && stage.name == "chain");
    dominant.map_or(&stage.name, |part| &part.name)
}

impl Case<'_> {
    fn is_sequential(&self) -> bool {
        self.run.links.is_empty()
    }

    fn verdict(&self, stage: &str, kind: Kind, evidence: String, advice: impl Into<String>) -> Verdict {
        Verdict { stage: stage.to_owned(), kind, evidence, advice: advice.into() }
    }

    /// Share of the workers' time in which nobody stood in a worker's place.
    fn lost_time(&self) -> f64 {
        let (losses, all) = (&self.run.losses, self.run.wall_s * self.run.workers as f64);
        if all > 0.0 { losses.workers as f64 * losses.recovery_ms.mean / 1e3 / all } else { 0.0 }
    }

    fn lost_workers(&self) -> Verdict {
        let LossReport { workers, recovery_ms, .. } = &self.run.losses;
        let evidence = format!(
            "{workers} worker processes were lost; for {} of their time workers were missing, {} ms each time",
            percent(self.lost_time()),
            three_digits(recovery_ms.mean)
        );
        self.verdict(
            "chain",
            Kind::LostWorkers,
            evidence,
            "find out why they die: the notes say how and at which frame",
        )
    }

    fn unknown(&self) -> Verdict {
        let evidence = "nothing was timed".to_owned();
        self.verdict("balanced", Kind::Balanced, evidence, "run more frames, with meters on")
    }

    fn balanced(&self, first: &StageReport, second: &StageReport) -> Verdict {
        let evidence = format!("{} and {}", self.occupation(first), self.occupation(second));
        let advice = if self.is_sequential() {
            "threads or stages: any strategy that lets the stages overlap"
        } else {
            "nothing stands out; to gain, every stage must get faster"
        };
        self.verdict("balanced", Kind::Balanced, evidence, advice)
    }

    fn cores_are_full(&self, most: &StageReport) -> Verdict {
        let share = if self.run.cpu_s > 0.0 { (most.cpu_s / self.run.cpu_s).min(1.0) } else { 0.0 };
        let mut evidence = format!(
            "{} of {} cores used, {} of that in {}",
            percent(self.used.min(1.0)),
            three_digits(self.capacity).trim_end_matches(".00"),
            percent(share),
            most.name
        );
        evidence += &self.part_evidence(most);
        // Workers that mostly wait for their turn on a core are too many; others may be many for a good reason.
        if most.workers as f64 > self.capacity && most.queued >= CROWDED * most.busy {
            let fewer = self.capacity.ceil();
            return self.verdict(
                name(most),
                Kind::TooManyWorkers,
                evidence,
                format!("-w {fewer}; as fast, with less latency and memory"),
            );
        }
        let advice = format!("make {} cheaper or frames smaller (resize first): all cores are busy", name(most));
        self.verdict(name(most), Kind::CpuBound, evidence, advice)
    }

    fn limited_by(&self, stage: &StageReport) -> Verdict {
        let mut evidence = self.occupation(stage) + &self.part_evidence(stage);
        evidence += &self.neighbours(stage);
        let busy_s = stage.busy * stage.workers as f64 * self.run.wall_s;
        // Who is ready to compute but has no core is computing, too, as far as the stage goes.
        let computing = busy_s > 0.0 && stage.cpu_s / busy_s + stage.queued / stage.busy >= COMPUTING;
        let at = name(stage);
        let (kind, advice) = match stage.name.as_str() {
            _ if stage.locked >= HELD_UP * occupied(stage) => {
                (Kind::Lock, "threads or processes; they need no common lock".to_owned())
            }
            "capture" if !computing => (
                Kind::Source,
                "nothing; frames come no faster, and a cheaper strategy would keep up as well".to_owned(),
            ),
            "deliver" if !computing => (Kind::Sink, "a faster sink; nothing before it can help".to_owned()),
            "capture" => (Kind::CpuBound, "--decode-threads 2, or an input that is cheaper to decode".to_owned()),
            "deliver" => (Kind::CpuBound, "a cheaper sink".to_owned()),
            _ => (if computing { Kind::CpuBound } else { Kind::Waiting }, self.chain_advice(stage, at, computing)),
        };
        self.verdict(at, kind, evidence, advice)
    }

    fn chain_advice(&self, stage: &StageReport, at: &str, computing: bool) -> String {
        let workers = self.run.workers;
        if self.is_sequential() {
            format!("threads; other frames could go on while {at} has one")
        } else if stage.name != "chain" {
            format!("threads; there {at} has several workers")
        } else if workers > stage.workers {
            // All workers do one frame together.
            format!("threads; there several frames are in {at} at once")
        } else if computing && workers as f64 >= self.capacity {
            format!("make {at} cheaper, or take more cores")
        } else {
            format!("-w {}; the cores have room for another worker", workers + 1)
        }
    }

    /// `capture is busy 97 % of the time`, with the number of workers where there are several.
    fn occupation(&self, stage: &StageReport) -> String {
        let workers = if stage.workers > 1 { format!(" ({} workers)", stage.workers) } else { String::new() };
        let mut text = if self.is_sequential() {
            format!("{} takes {} of the time", stage.name, percent(stage.busy))
        } else {
            format!("{}{workers} is busy {} of the time", stage.name, percent(stage.busy))
        };
        if stage.queued > 0.1 {
            text += &format!(" ({} of it without a core)", percent(stage.queued / stage.busy));
        }
        if stage.locked > 0.005 {
            text += &format!(" and waits for the lock {}", percent(stage.locked));
        }
        text
    }

    fn part_evidence(&self, stage: &StageReport) -> String {
        let most = stage.parts.iter().max_by(|a, b| a.share.total_cmp(&b.share)).filter(|_| stage.parts.len() > 1);
        most.map_or(String::new(), |part| format!(", of which {} is {}", part.name, percent(part.share)))
    }

    /// What the stages before and after it do meanwhile.
    fn neighbours(&self, stage: &StageReport) -> String {
        if self.is_sequential() {
            return String::new();
        }
        let at = self.run.stages.iter().position(|other| other.name == stage.name).unwrap_or(0);
        let mut text = String::new();
        if let Some(before) = at.checked_sub(1).and_then(|before| self.run.stages.get(before)) {
            text += &format!(", {} is blocked {}", before.name, percent(before.blocked));
        }
        if let Some(after) = self.run.stages.get(at + 1) {
            text += &format!(", {} is starved {}", after.name, percent(after.starved));
        }
        text
    }
}
