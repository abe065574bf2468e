//! Evidence in words: what a stage did with its time, what the stages and queues around it did meanwhile, and what
//! each could do. And the advice that several checks share.

use super::case::{Case, EQUAL, Finding, Kind, Load, Measured, is_sequential};
use crate::lab::report::number::{percent, three_digits};
use crate::lab::report::rates::{Rate, rates};
use crate::metrics::{PartReport, Run, StageReport};

/// From this share of the time on, a full queue before a stage and an empty one after it bear it out.
const CORROBORATES: f64 = 0.5;
/// What is less than this share of the time goes without saying.
const SILENT: f64 = 0.005;
/// And so does time waiting for a CPU that is less than this share.
const CROWDED: f64 = 0.1;

/// All that is known of the slowest stage or filter.
pub(super) fn of_slowest(case: &Case<'_>, slowest: &Load<'_>) -> String {
    let (run, stage) = (case.run, slowest.stage);
    occupation(run, stage) + &largest_part(stage, |part| part.share) + &around(run, stage) + &could(case, stage)
}

/// The slowest limits the run: how it stands out is its load over what the `next` one needed.
pub(super) fn slowest_limits(
    case: &Case<'_>,
    slowest: &Load<'_>,
    next: f64,
    kind: Kind,
    advice: impl Into<String>,
) -> Finding {
    let measured = Measured { share: slowest.load, threshold: next / (1.0 - EQUAL) };
    measured.limits(slowest.by_time().name(), kind, of_slowest(case, slowest), advice)
}

/// `capture is busy 97 % of the time`, with the number of workers where there are several.
pub(super) fn occupation(run: &Run, stage: &StageReport) -> String {
    let workers = if stage.workers > 1 { format!(" ({} workers)", stage.workers) } else { String::new() };
    let mut text = if is_sequential(run) {
        format!("{} takes {} of the time", stage.name, percent(stage.busy))
    } else {
        format!("{}{workers} is busy {} of the time", stage.name, percent(stage.busy))
    };
    if stage.cpu_wait > CROWDED {
        text += &format!(" ({} of it waiting for a CPU)", percent(stage.cpu_wait / stage.busy));
    }
    if stage.locked > SILENT {
        text += &format!(" and waits for the lock {}", percent(stage.locked));
    }
    text
}

/// `, of which blur is 92 %`: the part of a stage whose share is largest, of its time or of its CPU time.
fn largest_part(stage: &StageReport, share: impl Fn(&PartReport) -> f64) -> String {
    let most = stage.parts.iter().max_by(|a, b| share(a).total_cmp(&share(b))).filter(|_| stage.parts.len() > 1);
    most.map_or(String::new(), |part| format!(", of which {} is {}", part.name, percent(share(part))))
}

/// `98 % of 2 cores used, 75 % of that in chain, of which edges is 92 %`. The part that uses most CPU time need not be the
/// one that takes longest.
pub(super) fn cores(case: &Case<'_>, most: &Load<'_>) -> String {
    let parts: f64 = most.stage.parts.iter().map(|part| part.cpu_s).sum();
    let largest = if parts > 0.0 { largest_part(most.stage, |part| part.cpu_s / parts) } else { String::new() };
    format!(
        "{} of {} cores used, {} of that in {}{largest}",
        percent(case.used.min(1.0)),
        three_digits(case.conditions.capacity).trim_end_matches(".00"),
        percent(case.share_of_cpu(most.stage.cpu_s).min(1.0)),
        most.stage.name,
    )
}

/// What the stages before and after it do meanwhile, and what the queues between them bear out: queue n joins stage n and
/// the next.
fn around(run: &Run, stage: &StageReport) -> String {
    let at = run.stages.iter().position(|other| other.name == stage.name).unwrap_or(0);
    let before = at.checked_sub(1).filter(|_| !is_sequential(run));
    let after = Some(at + 1).filter(|_| !is_sequential(run));
    let mut text = String::new();
    if let Some(before) = before.and_then(|before| run.stages.get(before)) {
        text += &format!(", {} is blocked {}", before.name, percent(before.blocked));
    }
    if let Some(after) = after.and_then(|after| run.stages.get(after)) {
        text += &format!(", {} is starved {}", after.name, percent(after.starved));
    }
    if let Some(queue) = before.and_then(|before| run.queues.get(before)).filter(|queue| queue.full >= CORROBORATES) {
        text += &format!("; the queue before it is full {}", percent(queue.full));
    }
    if let Some(queue) = run.queues.get(at).filter(|queue| queue.empty >= CORROBORATES) {
        text += &format!("; the queue after it is empty {}", percent(queue.empty));
    }
    text
}

/// `; blur could do 84.1 FPS, capture 412`: the stage, and the one that could do least beside it.
pub(super) fn could(case: &Case<'_>, stage: &StageReport) -> String {
    let rates = rates(case.run, case.conditions.capacity);
    let of_stage = |rate: &&Rate| case.run.stages.iter().any(|stage| stage.name == rate.name);
    let mut known: Vec<_> =
        rates.iter().filter(of_stage).filter_map(|rate| Some((rate.name.as_str(), rate.could_fps?))).collect();
    known.sort_by(|a, b| a.1.total_cmp(&b.1));
    let Some(own) = known.iter().find(|(name, _)| *name == stage.name) else { return String::new() };
    let mut text = format!("; {} could do {} FPS", own.0, three_digits(own.1));
    if let Some((next, fps)) = known.iter().find(|(name, _)| *name != stage.name) {
        text += &format!(", {next} {}", three_digits(*fps));
    }
    text
}

/// `; 67 % of the frames were dropped by policy (drop-oldest)`, `; 12 % were not read in time`: what a run is spared that
/// cannot keep up.
pub(super) fn lost(run: &Run) -> String {
    let ledger = &run.ledger;
    let mut text = dropped_by_policy(run);
    if ledger.unread > 0 {
        let unread = ledger.unread as f64 / ledger.came() as f64;
        text += &format!("; {} of the frames were not read in time", percent(unread));
    }
    text
}

fn dropped_by_policy(run: &Run) -> String {
    let ledger = &run.ledger;
    let mut policies: Vec<_> =
        ledger.drops.iter().filter(|drops| drops.is_by_policy()).map(|drops| drops.policy.as_str()).collect();
    policies.dedup();
    if policies.is_empty() {
        return String::new();
    }
    let share = ledger.share(ledger.dropped_by_policy());
    format!("; {} of the frames were dropped by policy ({})", percent(share), policies.join(", "))
}

/// What to do about the end of the path: a faster encoder if it is that.
pub(super) fn deliver_advice<'a>(name: &str, otherwise: &'a str) -> &'a str {
    if name == "encode" { "a faster --preset, more --encode-threads, or another --codec" } else { otherwise }
}

/// What to do about a chain or filter that is too slow by itself.
pub(super) fn chain_advice(case: &Case<'_>, slowest: &Load<'_>, computing: bool) -> String {
    let (workers, at, stage) = (case.run.workers, slowest.name(), slowest.stage);
    if is_sequential(case.run) && computing && case.conditions.capacity <= 1.0 {
        format!("make {at} cheaper; there is one core")
    } else if is_sequential(case.run) {
        format!("threads; other frames could go on while {at} has one")
    } else if stage.name != "chain" {
        format!("threads; there {at} has several workers")
    } else if workers > stage.workers {
        // All workers do one frame together.
        format!("threads; there several frames are in {at} at once")
    } else if computing && workers as f64 >= case.conditions.capacity {
        format!("make {at} cheaper, or take more cores")
    } else {
        format!("-w {}; the cores have room for another worker", workers + 1)
    }
}
