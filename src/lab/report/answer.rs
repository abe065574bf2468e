//! The answer of a result in a few lines, as a person would say it: who is fastest and by how much, what limits it,
//! and what to do next, as a command that can be pasted.

mod sweep;

use super::command_line::{compare, run_with};
use super::live::keeping_up;
use super::number::{listed, percent, signed, three_digits};
use super::verdict::{Kind, Verdict, loses_what_comes};
use super::{Report, StrategyReport};
use crate::predict::{Prediction, Scenario};
use crate::statistics::Estimate;

/// The answer, a sentence each.
pub(super) fn answer(report: &Report) -> Vec<String> {
    match &report.sweep {
        Some(swept) => sweep::answer(swept),
        None => [Some(format!("{}.", headline(report))), limit(report), tried(report)].into_iter().flatten().collect(),
    }
}

/// The command to go on with; none where no one is the first, and where the work is done.
pub(super) fn next(report: &Report) -> Option<String> {
    let (workers, several) = (report.settings.workers, report.strategies.len() > 1);
    if let Some(swept) = &report.sweep {
        return sweep::next(report, swept);
    }
    if let [one] = &report.strategies[..] {
        let better = proven_best(one).and_then(|prediction| match prediction.scenario {
            Scenario::Workers(workers) => Some(run_with(report, one.name(), workers)),
            Scenario::Queue(queue) => Some(format!("{} -q {queue}", run_with(report, one.name(), workers))),
            _ => None,
        });
        let chosen = || report.settings.auto.as_ref().map(|_| run_with(report, one.name(), one.run.workers));
        let written = report.settings.writer.is_some();
        return better.or_else(chosen).or_else(|| Some(compare(report))).filter(|_| !written);
    }
    let first = report.strategies.iter().filter(|s| s.place == Some(1) && several);
    if let Some(baseline) = first.clone().find(|s| s.is_baseline()).filter(|_| !report.is_live()) {
        let open = report.decision.as_ref().is_some_and(|decision| !decision.open.is_empty());
        // More time tells more, unless there is nothing to tell.
        return Some(match open {
            true => format!("{} --budget 180", compare(report)),
            false => run_with(report, baseline.name(), workers),
        });
    }
    // Of those that keep up with a live input the one that leaves most of the machine to others.
    let best = match report.is_live() {
        true => first.min_by(|a, b| a.cpu_ms_per_frame.total_cmp(&b.cpu_ms_per_frame)),
        false => first.reduce(|first, _| first),
    };
    best.map(|best| run_with(report, best.name(), workers))
}

/// The change that was tried and gave most, beyond the noise.
fn proven_best(strategy: &StrategyReport) -> Option<&Prediction> {
    let better = strategy.what_if.iter().filter(|p| p.measured.is_some_and(|measured| measured.low > 1.0));
    better.max_by(|a, b| gain(a).total_cmp(&gain(b)))
}

fn gain(prediction: &Prediction) -> f64 {
    prediction.measured.map_or(0.0, |measured| measured.value)
}

/// What the changes gave that were tried: `-w 3 helps most: +12 % (97 % CI +10 to +14 %), predicted +13 %`.
fn tried(report: &Report) -> Option<String> {
    let fastest = report.strategies.iter().find(|s| s.what_if.iter().any(|p| p.measured.is_some()))?;
    let Some(best) = proven_best(fastest) else {
        return Some("no change that was tried measurably helps".to_owned());
    };
    let Estimate { value, low, high, level } = best.measured?;
    Some(format!(
        "{} helps most: {} ({} CI {} to {}), predicted {}",
        best.scenario,
        signed(value),
        percent(level),
        signed(low),
        signed(high),
        signed(best.gain)
    ))
}

/// Who is fastest, in a sentence.
pub(super) fn headline(report: &Report) -> String {
    if let (Some(answer), [first, others @ ..]) = (keeping_up(report), &report.strategies[..]) {
        return if others.is_empty() { format!("{}: {answer}", first.name()) } else { capital(&answer) };
    }
    let first: Vec<_> = report.strategies.iter().filter(|s| s.place == Some(1)).collect();
    let Some(best) = first.first() else { return "No strategy delivered every frame as it should be".into() };
    let fps = three_digits(best.fps.median);
    if report.strategies.len() == 1 {
        return format!("{}: {fps} FPS", best.name());
    }
    let names: Vec<_> = first.iter().map(|s| s.name()).collect();
    if let Some(baseline) = first.iter().find(|s| s.is_baseline()).filter(|_| names.len() > 1) {
        return format!("No strategy is measurably faster than sequential: {} FPS", three_digits(baseline.fps.median));
    }
    let times = best.speedup.filter(|_| !best.is_baseline());
    let times = times.map_or(String::new(), |times| format!(", {} × sequential", three_digits(times)));
    match names.as_slice() {
        [name] => format!("{name} is fastest: {fps} FPS{times}"),
        names if names.len() > 3 => format!("{} strategies share the first place: {fps} FPS{times}", names.len()),
        names => format!("{} share the first place: {fps} FPS{times}", listed(names)),
    }
}

/// A sentence that begins like one.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// What limits most of them, and what could be done about it: `edges limits 5 of 8 (CPU-bound): make edges cheaper`.
fn limit(report: &Report) -> Option<String> {
    let alike = |a: &Verdict, b: &Verdict| (&a.stage, a.kind) == (&b.stage, b.kind);
    let count = |s: &StrategyReport| report.strategies.iter().filter(|o| alike(&o.verdict, &s.verdict)).count();
    // Of groups of one size the one that holds the fastest.
    let first = report.strategies.iter().rev().max_by_key(|s| count(s))?;
    let (Verdict { stage, kind, advice, .. }, several) = (&first.verdict, report.strategies.len() > 1);
    // Then there is nothing to be done.
    if *kind == Kind::Source && !loses_what_comes(&first.run) {
        return None;
    }
    let of = if several { format!("{} of {}", count(first), report.strategies.len()) } else { "it".into() };
    Some(match kind {
        Kind::Balanced if several => format!("{of} are balanced: {advice}"),
        Kind::Balanced => format!("balanced: {advice}"),
        _ => format!("{stage} limits {of} ({kind}): {advice}"),
    })
}
