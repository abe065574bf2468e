//! The report of a comparison: what was measured, and what is measured beside it (the comparison at full speed, the
//! experiments for predictions).

use anyhow::Result;
use framerace::host::environment::Environment;
use framerace::lab::compare::{Comparison, Rounds, compare_recorded};
use framerace::lab::report::{Circumstances, Decision, LeftOut, Recorded, Report, SettingsReport, Spread, summarize};
use framerace::lab::sweep;
use framerace::metrics::Run;
use framerace::pipeline::Watch;

use super::args::CompareOptions;
use crate::app::results::circumstances::circumstances;
use crate::app::results::outcome::test_predictions;
use crate::app::terminal::stderr::Stderr;
use crate::app::terminal::with_bar;

/// The report, and the reason if the comparison at full speed was asked for and failed. Fails when an experiment fails.
pub fn report(
    options: &CompareOptions,
    comparison: Comparison,
    environment: Environment,
    watch: &Watch,
    stderr: &Stderr,
) -> Result<(Report, Option<String>)> {
    let plan = &options.plan;
    let last_run =
        |entry: &framerace::lab::compare::Entry| Some((entry.candidate.strategy, entry.runs.last()?.clone()));
    let runs: Vec<_> = comparison.entries.iter().filter_map(last_run).collect();
    let (lost, preloaded, interruption) =
        (comparison.lost, comparison.preloaded.clone(), comparison.interruption.clone());
    let mut report = measured(options, comparison, environment)?;
    let subject = if lost { format!("{} was ", plan.input) } else { String::new() };
    report.notes.extend(interruption.map(|interruption| subject + &interruption));
    report.sweep = options.sweep.as_ref().map(|sweep| sweep::summarize(sweep, plan, &report));
    let mut not_at_full_speed = None;
    if options.at_full_speed && !watch.is_ended() && !lost {
        let frames = frames_to_record(&report);
        let at_full_speed = with_bar(stderr, options.work.console.progress(), watch, |on_step| {
            compare_recorded(plan, frames, watch, on_step)
        });
        match at_full_speed {
            Ok(comparison) => report.recorded = Some(recorded(comparison)),
            // Interrupted. The live comparison is complete, and is reported.
            Err(_) if watch.is_ended() => {}
            Err(error) => not_at_full_speed = Some(format!("no race at full speed: {error:#}")),
        }
    }
    test_predictions(&options.work, &runs, preloaded.as_ref(), &mut report, watch, stderr)?;
    Ok((report, not_at_full_speed))
}

/// Frames to record: as many as the slowest strategy does in about a second, but no more than arrive in three.
fn frames_to_record(report: &Report) -> u64 {
    const FEWEST: f64 = 12.0;
    let live = || report.strategies.iter().filter_map(|strategy| strategy.live);
    let slowest = live().filter_map(|live| live.possible_fps).fold(f64::INFINITY, f64::min);
    let arriving = live().map(|live| live.source_fps).fold(FEWEST, f64::max);
    slowest.min(3.0 * arriving).max(FEWEST) as u64
}

/// The result of the comparison on recorded frames, the fastest strategy first.
fn recorded(comparison: Comparison) -> Recorded {
    let frames = comparison.source.frames.unwrap_or(0);
    let fps = |runs: Vec<Run>| Spread::over(runs.iter().map(Run::fps).collect()).median;
    let mut fps: Vec<_> =
        comparison.entries.into_iter().map(|entry| (entry.candidate.label, fps(entry.runs))).collect();
    fps.sort_by(|a, b| b.1.total_cmp(&a.1));
    Recorded { frames, fps }
}

fn measured(options: &CompareOptions, comparison: Comparison, environment: Environment) -> Result<Report> {
    let plan = &options.plan;
    let Comparison { source, entries, left_out, rounds, took, open, frames_a_run, .. } = comparison;
    let (budget_s, precision) = match plan.rounds {
        Rounds::Settle { budget, precision } => (Some(budget.as_secs_f64()), Some(precision)),
        Rounds::Fixed(_) => (None, None),
    };
    let decision = Decision { rounds, seconds: took.as_secs_f64(), budget_s, precision, open, frames_a_run };
    let one_round = circumstances(&options.work, &plan.strategies, source, environment)?;
    let circumstances = Circumstances {
        settings: SettingsReport { rounds, warmup: plan.warmup, seed: plan.seed, ..one_round.settings },
        decision: (plan.rounds != Rounds::Fixed(1)).then_some(decision),
        left_out: left_out.into_iter().map(|(name, reason)| LeftOut { name, reason }).collect(),
        ..one_round
    };
    let runs: Vec<_> = entries.into_iter().map(|entry| entry.runs).collect();
    Ok(summarize(&runs, circumstances))
}
