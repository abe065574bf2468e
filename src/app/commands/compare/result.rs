//! The result of a race: what was measured, and what is tried beside it (the same at full speed, the predictions).

use std::time::Duration;

use anyhow::Result;
use framerace::host::environment::Surroundings;
use framerace::host::libraries;
use framerace::host::machine::Machine;
use framerace::lab::compare::{Comparison, Plan, Rounds, compare_recorded};
use framerace::lab::report::{
    Circumstances, Decision, InputReport, LeftOut, Recorded, Report, SettingsReport, Spread, summarize,
};
use framerace::lab::sweep;
use framerace::metrics::Run;
use framerace::pipeline::{Step, Watch};
use framerace::predict::{Bench, prove};
use framerace::source::Preloaded;

use crate::app::args::Race;
use crate::app::terminal::stderr::Stderr;
use crate::app::terminal::with_bar;

/// What came of a race, and why it was not run again at full speed, if that was wanted.
///
/// # Errors
/// When predictions cannot be tried out.
pub fn report(
    race: &Race,
    comparison: Comparison,
    surroundings: Surroundings,
    auto: Option<String>,
    watch: &Watch,
    stderr: &Stderr,
) -> Result<(Report, Option<String>)> {
    let runs: Vec<Run> = comparison.entries.iter().filter_map(|entry| entry.runs.last().cloned()).collect();
    let (lost, preloaded, cut) = (comparison.lost, comparison.preloaded.clone(), comparison.cut.clone());
    let mut report = measured(&race.plan, comparison, surroundings, auto)?;
    let mut no_full_speed = None;
    let what = if lost { format!("{} was ", race.plan.input) } else { String::new() };
    report.notes.extend(cut.map(|cut| what + &cut));
    report.sweep = race.sweep.as_ref().map(|sweep| sweep::summarize(sweep, &race.plan, &report));
    if race.record && !watch.is_ended() && !lost {
        let full_speed = with_bar(stderr, race.output.progress, watch, |on_step| {
            compare_recorded(&race.plan, frames_to_record(&report), watch, on_step)
        });
        match full_speed {
            Ok(comparison) => report.recorded = Some(recorded(comparison)),
            // What was measured until then is not thrown away.
            Err(_) if watch.is_ended() => {}
            Err(error) => no_full_speed = Some(format!("no race at full speed: {error:#}")),
        }
    }
    if let Some(budget) = race.prove {
        with_bar(stderr, race.output.progress, watch, |on_step| {
            prove_winner(race, budget, &runs, preloaded.as_ref(), &mut report, on_step)
        })?;
    }
    Ok((report, no_full_speed))
}

/// As many frames of a live input as the slowest does in about a second, and no more than come in three.
fn frames_to_record(report: &Report) -> u64 {
    const FEWEST: f64 = 12.0;
    let live = || report.strategies.iter().filter_map(|strategy| strategy.live);
    let slowest = live().filter_map(|live| live.possible_fps).fold(f64::INFINITY, f64::min);
    let came = live().map(|live| live.source_fps).fold(FEWEST, f64::max);
    slowest.min(3.0 * came).max(FEWEST) as u64
}

/// What came of the race on recorded frames, the fastest first.
fn recorded(comparison: Comparison) -> Recorded {
    let frames = comparison.source.frames.unwrap_or(0);
    let fps = |runs: Vec<Run>| Spread::over(runs.iter().map(Run::fps).collect()).median;
    let mut fps: Vec<_> = comparison.entries.into_iter().map(|entry| (entry.entrant.label, fps(entry.runs))).collect();
    fps.sort_by(|a, b| b.1.total_cmp(&a.1));
    Recorded { frames, fps }
}

/// Tries out what was predicted for the winner.
fn prove_winner(
    race: &Race,
    budget: Duration,
    runs: &[Run],
    preloaded: Option<&Preloaded>,
    report: &mut Report,
    on_step: &mut dyn FnMut(Step),
) -> Result<()> {
    let plan = &race.plan;
    let Some(winner) = report.strategies.first_mut() else { return Ok(()) };
    let strategy = plan.strategies.iter().copied().find(|strategy| strategy.name() == winner.name);
    let run = runs.iter().find(|run| run.strategy == winner.name);
    let Some((strategy, run)) = strategy.zip(run) else { return Ok(()) };
    let (input, chain, settings) = (&plan.input, &plan.chain, &plan.settings);
    let bench = Bench { strategy, input, preloaded, chain, settings, budget };
    prove(&bench, run, &mut winner.what_if, on_step)
}

/// What was measured, with all it rests on.
fn measured(plan: &Plan, comparison: Comparison, surroundings: Surroundings, auto: Option<String>) -> Result<Report> {
    let Comparison { source, entries, left_out, rounds, took, open, frames_a_run, .. } = comparison;
    let settings = &plan.settings;
    let budget = match plan.rounds {
        Rounds::Settle { budget, precision } => Some((budget.as_secs_f64(), precision)),
        Rounds::Fixed(_) => None,
    };
    let circumstances = Circumstances {
        command: std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect(),
        machine: Machine::here(),
        opencv: libraries::opencv_facts()?,
        input: InputReport {
            name: plan.input.to_string(),
            width: source.shape.width,
            height: source.shape.height,
            pixels: source.shape.pixels.to_string(),
            fps: source.fps,
            frames: source.frames,
            reader: source.reader,
        },
        chain: plan.chain.to_string(),
        settings: SettingsReport {
            workers: settings.workers,
            queue: settings.queue,
            overflow: Some(settings.overflow.to_string()),
            rounds,
            warmup: plan.warmup,
            seed: plan.seed,
            times: settings.opening.times,
            decode_threads: settings.opening.decode_threads,
            frame_timeout_s: settings.frame_timeout.as_secs_f64(),
            strict: settings.strict,
            auto,
            meters: settings.meters,
            writer: entries.first().and_then(|entry| entry.runs.first()?.writer.clone()),
        },
        decision: (plan.rounds != Rounds::Fixed(1)).then(|| Decision {
            rounds,
            seconds: took.as_secs_f64(),
            budget_s: budget.map(|budget| budget.0),
            precision: budget.map(|budget| budget.1),
            open: open.unwrap_or_default(),
            frames_a_run,
        }),
        left_out: left_out.into_iter().map(|(name, reason)| LeftOut { name, reason }).collect(),
        surroundings: Some(surroundings),
        // What is live is the same for all once it is in memory.
        comparable: (plan.preload && plan.input.is_live()
            || settings.limits.duration.is_none() && !settings.opening.is_live(&plan.input))
            && !settings.overflow.drop_frames()
            && plan.strategies.iter().all(|strategy| strategy.keeps_every_frame()),
    };
    let runs: Vec<_> = entries.into_iter().map(|entry| entry.runs).collect();
    Ok(summarize(&runs, circumstances))
}
