//! What the ranking rests on, in words: the same in every form a person reads.
//!
//! It sees the report and nothing else, and knows neither table nor Markdown.

use std::collections::BTreeSet;

use super::live::{beside_keeping_up, claims, live, losses};
use super::number::{counted, percent, range, three_digits};
use super::{Confidence, Decision, Fairness, Outlier, Report, StrategyReport};
use crate::host::interference::Interference;
use crate::host::machine::Machine;
use crate::statistics::Estimate;

/// What is to be known before the figures are believed, a sentence each.
pub(super) fn basis(report: &Report) -> Vec<String> {
    let mut lines = ties(report);
    lines.extend(live(report));
    lines.extend(claims(report));
    lines.extend(report.strategies.iter().filter_map(unranked));
    lines.extend(decision(report));
    lines.extend(disturbance(report));
    lines.extend(report.fairness.iter().flat_map(fairness));
    lines.push([left_out(report), clock_cost(report)].into_iter().flatten().collect::<Vec<_>>().join("; "));
    lines.retain(|line| !line.is_empty());
    lines
}

/// What is to be known of figures at a glance, a sentence each: who is tied, the pixels, and who has no place and why.
pub(super) fn brief(report: &Report) -> Vec<String> {
    let tied = match &shared_places(report)[..] {
        [] => None,
        [all] if all.len() == report.strategies.len() => Some(format!("tied: all {}", all.len())),
        places => Some(format!("tied: {}", places.iter().map(|names| names.join(", ")).collect::<Vec<_>>().join("; "))),
    };
    let proven = report.strategies.iter().all(|strategy| strategy.same_pixels == Some(true));
    let same = (proven && report.strategies.len() > 1).then(|| "all same pixels ✓".to_owned());
    let mut lines = vec![tied.into_iter().chain(same).collect::<Vec<_>>().join(" · ")];
    // Who keeps up is the answer; values of a sweep have an answer of their own.
    if report.sweep.is_none() {
        lines.extend(beside_keeping_up(report));
        lines.extend(claims(report));
    }
    lines.extend(report.strategies.iter().filter_map(unranked));
    lines.retain(|line| !line.is_empty());
    lines
}

/// Why the figures are doubtful, the gravest reason first.
pub(super) fn doubts(report: &Report) -> Vec<String> {
    let open = report.decision.as_ref().filter(|decision| !decision.open.is_empty());
    let open = open.and_then(|decision| {
        let ((a, b), more) = (decision.open.first()?, if decision.open.len() > 1 { ", ..." } else { "" });
        Some(format!("not settled in {:.0} s (--budget): {a} or {b}{more}", decision.budget_s?))
    });
    let fairness = report.fairness.as_ref().filter(|fairness| fairness.confidence != Confidence::Good);
    let unfair = fairness.iter().flat_map(|fairness| fairness.unfair.iter().cloned());
    let (mut doubts, others): (Vec<_>, Vec<_>) = unfair.partition(|unfair| unfair.starts_with("not comparable"));
    // What is not comparable was disturbed most.
    let disturbed = disturbed(report).filter(|_| fairness.is_some() && doubts.is_empty());
    if let Some(Disturbed { count, of, others, stolen }) = disturbed {
        let most = percent(others.max(stolen));
        doubts.push(format!("others took up to {most} of the machine ({count} of {of} runs)"));
    }
    doubts.into_iter().chain(open).chain(others).collect()
}

/// Who cannot be told apart, place by place.
fn shared_places(report: &Report) -> Vec<Vec<&str>> {
    // What values of one axis have in common is told with the axis.
    if report.sweep.is_some() {
        return Vec::new();
    }
    let places: BTreeSet<usize> = report.strategies.iter().filter_map(|strategy| strategy.place).collect();
    let names = |place: usize| {
        let level = report.strategies.iter().filter(move |strategy| strategy.place == Some(place));
        level.map(|strategy| strategy.name()).collect::<Vec<_>>()
    };
    places.into_iter().map(names).filter(|names| names.len() > 1).collect()
}

fn ties(report: &Report) -> Vec<String> {
    shared_places(report).iter().map(|names| format!("tied: {}", names.join(", "))).collect()
}

/// Why a strategy has no place: it did less work than the others, or other work.
fn unranked(strategy: &StrategyReport) -> Option<String> {
    let ledger = &strategy.run.ledger;
    let share = |frames: u64| percent(ledger.share(frames));
    let why = match (strategy.place, strategy.same_pixels) {
        (Some(_), _) => return None,
        _ if ledger.dropped > 0 => format!(
            "dropped {} of the frames{}",
            share(ledger.dropped),
            losses(ledger).map_or(String::new(), |places| format!(" ({places})"))
        ),
        _ if ledger.failed > 0 => format!("could not do {} of the frames", share(ledger.failed)),
        (None, Some(false)) => "made other pixels than sequential".to_owned(),
        (None, _) => return None,
    };
    Some(format!("unranked: {} {why}", strategy.name()))
}

/// Whether more rounds would tell more.
fn decision(report: &Report) -> Option<String> {
    const NAMED: usize = 3;
    let Decision { rounds, seconds, budget_s, open, .. } = report.decision.as_ref()?;
    let budget = (*budget_s)?;
    let more = if open.len() > NAMED { ", ..." } else { "" };
    let named: Vec<_> = open.iter().take(NAMED).map(|(a, b)| format!("{a} or {b}")).collect();
    Some(if named.is_empty() {
        format!("settled after {rounds} rounds in {seconds:.0} s")
    } else {
        let open = if report.sweep.is_some() { "more rounds would tell more".into() } else { named.join(", ") + more };
        format!("not settled after {rounds} rounds in {seconds:.0} s of {budget:.0} s (--budget): {open}")
    })
}

/// How much others got in the way; the result file says who was disturbed when.
fn disturbance(report: &Report) -> Option<String> {
    let Disturbed { count, of, others, stolen } = disturbed(report)?;
    Some(format!(
        "disturbed: {count} of {of} runs; other programs took up to {} of the machine, the hypervisor up to {}",
        percent(others),
        percent(stolen)
    ))
}

/// How many runs were disturbed, and the largest part of the machine that others took.
struct Disturbed {
    count: usize,
    of: usize,
    others: f64,
    stolen: f64,
}

fn disturbed(report: &Report) -> Option<Disturbed> {
    let runs = report.strategies.iter().flat_map(|strategy| &strategy.interference);
    let most = |share: fn(&Interference) -> f64| runs.clone().map(share).fold(0.0, f64::max);
    let (count, of) = (report.disturbances.len(), runs.clone().count());
    (count > 0).then(|| Disturbed { count, of, others: most(|run| run.others), stolen: most(|run| run.stolen) })
}

/// The conditions in one line, then what is wrong with them.
fn fairness(fairness: &Fairness) -> Vec<String> {
    let mut facts = vec![
        format!("OpenCV {}", counted(fairness.opencv_threads, "thread")),
        format!("decoder {}", counted(fairness.decode_threads, "thread")),
    ];
    if let Some(around) = &fairness.environment {
        facts.push(format!("{} of {} cores", around.cores_allowed, around.cores_online));
        facts.push(around.cpu_quota.map_or("no quota".into(), |quota| format!("quota {}", three_digits(quota))));
        facts.extend(around.governor.as_ref().map(|governor| format!("governor {governor}")));
        facts.extend(around.load_before.map(|load| format!("load {}", three_digits(load))));
        facts.push(format!("{} GB free", three_digits(around.free_memory as f64 / 1e9)));
    }
    let mut lines = vec![format!("conditions: {}; confidence {}", facts.join(", "), fairness.confidence)];
    lines.extend(fairness.unfair.iter().map(|unfair| match unfair.starts_with("not comparable") {
        true => unfair.clone(),
        false => format!("unfair: {unfair}"),
    }));
    lines.extend(outliers(&fairness.outliers));
    lines
}

/// Rounds that stand out, and why.
fn outliers(outliers: &[Outlier]) -> Option<String> {
    const NAMED: usize = 3;
    let one = |outlier: &Outlier| {
        let (off, cause) = (outlier.off * 100.0, outlier.cause.as_deref().unwrap_or("cause unknown"));
        format!("{} in round {} ({off:+.0} %: {cause})", outlier.strategy, outlier.round)
    };
    let named: Vec<_> = outliers.iter().take(NAMED).map(one).collect();
    let more = outliers.len() - named.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!named.is_empty()).then(|| format!("outliers, counted all the same: {}{more}", named.join("; ")))
}

/// Which frames the rates are without; nothing where they are of whole runs.
fn left_out(report: &Report) -> Option<String> {
    let range = |frames: fn(&StrategyReport) -> u64| {
        let all = || report.strategies.iter().map(frames);
        match (all().min()?, all().max()?) {
            (least, most) if least == most => Some(most.to_string()),
            (least, most) => Some(format!("{least} to {most}")),
        }
    };
    report.strategies.iter().find(|s| s.run.steady_rate.first_left_out + s.run.steady_rate.last_left_out > 0)?;
    let (first, last) = (range(|s| s.run.steady_rate.first_left_out)?, range(|s| s.run.steady_rate.last_left_out)?);
    Some(format!("rates leave out the first {first} and the last {last} frames of a run"))
}

fn clock_cost(report: &Report) -> Option<String> {
    if !report.settings.meters {
        return Some("no clocks were read".to_owned());
    }
    let most = report.strategies.iter().max_by(|a, b| a.run.meter_share.total_cmp(&b.run.meter_share))?;
    let cost = percent(most.run.meter_share);
    let cores = most.run.meter_share * most.cpu_ms_per_frame / 1e3 * most.fps.median;
    // Of nearly nothing it can be much, and is nearly nothing.
    let of_core = match most.run.meter_share > 0.01 {
        true if cores < 0.001 => ", less than 0.1 % of a core".to_owned(),
        true => format!(", {} of a core", percent(cores)),
        false => String::new(),
    };
    Some(match report.strategies.len() {
        1 => format!("measuring cost {cost} of the CPU time{of_core}"),
        _ => format!("measuring cost {cost} of the CPU time at most ({}{of_core})", most.name()),
    })
}

/// Where a figure may really be: `283–301`; a dash of a single round.
pub(super) fn interval(estimate: Option<Estimate>) -> String {
    estimate.map_or("–".into(), |at| range(at.low, at.high))
}

/// The half-width of an interval: `±0.05`; nothing of a single round.
pub(super) fn margin(estimate: Option<Estimate>) -> String {
    estimate.map_or(String::new(), |ratio| match ratio.uncertainty() {
        // Two or three rounds can leave anything open.
        width if width > 1.0 => "±?".to_owned(),
        width => format!("±{}", three_digits(width * ratio.value)),
    })
}

/// What reads, and what writes if something does, with their hidden threads.
pub(super) fn ends(report: &Report) -> String {
    let writer = report.settings.writer.as_ref();
    writer.map_or_else(|| report.input.reader.clone(), |writer| format!("{} · {writer}", report.input.reader))
}

/// How many cores there are, and what a control group grants of them.
pub(super) fn cores(machine: &Machine) -> String {
    let quota = machine.cpu_quota.map_or(String::new(), |quota| format!(", quota {}", three_digits(quota)));
    format!("{} cores{quota}", machine.cores)
}

/// The frames of a run: `120 frames`, or how many of a longer input.
pub(super) fn frames(report: &Report) -> String {
    let frames = report.strategies.first().map_or(0, |strategy| strategy.frames);
    let cut = report.decision.as_ref().and_then(|decision| decision.frames_a_run);
    cut.map_or(counted(frames, "frame"), |cut| format!("the first {cut} frames"))
}
