//! `compare` and `run`: race, and show what came of it.

use anyhow::{Context, Result, bail};
use framerace::compare::{Comparison, Entrant, Plan, Rounds, Step, compare, compare_recorded};
use framerace::globals;
use framerace::machine::Machine;
use framerace::measure::Run;
use framerace::report::{
    Circumstances, Decision, Detail, InputReport, LeftOut, Recorded, Report, SettingsReport, Spread, StrategyReport,
    summarize, to_table,
};
use framerace::sink::window::check_display;
use framerace::source::Preloaded;
use framerace::strategy::Watch;
use framerace::surroundings::{Before, Surroundings};
use framerace::sweep;
use framerace::what_if::{Bench, prove};
use std::sync::Arc;
use std::time::Duration;

use super::auto::settle;
use super::convert::{race_of_one, race_to_file};
use super::diff::GateTripped;
use super::files::Files;
use super::target::print;
use super::window::race_to_window;
use crate::cli::Race;
use crate::interrupt::{Interrupted, on_interrupt, on_interrupts};
use crate::progress::with_bar;
use crate::stderr::Stderr;
use crate::tui;

/// Races, and shows the result.
///
/// # Errors
/// One line for the user.
pub fn run(mut race: Race, stderr: &Stderr) -> Result<()> {
    if race.window {
        check_display()?;
    }
    globals::prepare(race.opencv_threads, race.output.verbose)?;
    // Asked for before the race: a result that cannot be written must not cost a race.
    let files = Files::open(&race.files)?;
    let watch = Arc::new(Watch::default());
    let asked = Arc::clone(&watch);
    if race.on_screen {
        on_interrupts(move || asked.end(), tui::restore)?;
    } else if race.window || race.plan.settings.opening.is_live(&race.plan.input) {
        // What is live has no end of its own: this is how one asks for it.
        on_interrupt(move || asked.end())?;
    } else if race.video.is_some() {
        on_interrupt(move || asked.stop())?;
    }
    let auto = settle(&mut race, &watch, stderr).map_err(|error| interrupted(error, &watch))?;
    let before = Before::now();
    let on_screen = race
        .on_screen
        .then(|| run_on_screen(&mut race, &watch))
        .transpose()
        .map_err(|error| interrupted(error, &watch))?;
    let (race, output) = (&race, &race.output);
    // Whoever closes the window has seen enough; that is no interruption.
    let mut closed = false;
    let comparison = match (on_screen, &race.video) {
        (Some(comparison), _) => comparison,
        (None, Some((to, video))) => {
            race_to_file(race, to, video, &watch, stderr).map_err(|error| interrupted(error, &watch))?
        }
        (None, None) if race.window => {
            let (comparison, by_user) = race_to_window(race, &watch).map_err(|error| interrupted(error, &watch))?;
            closed = by_user;
            comparison
        }
        (None, None) => with_bar(stderr, output.progress, &watch, |on_step| match &race.sweep {
            Some(sweep) => sweep::run(sweep, &race.plan, &watch, on_step),
            None => compare(&race.plan, &watch, on_step),
        })
        .map_err(|error| interrupted(error, &watch))?,
    };
    let runs: Vec<Run> = comparison.entries.iter().filter_map(|entry| entry.runs.last().cloned()).collect();
    let preloaded = comparison.preloaded.clone();
    let (cut, lost) = (comparison.cut.clone(), comparison.lost);
    let mut no_full_speed = None;
    let mut report = report(&race.plan, comparison, before.since(), auto)?;
    let what = if lost { format!("{} was ", race.plan.input) } else { String::new() };
    report.notes.extend(cut.map(|cut| what + &cut));
    report.sweep = race.sweep.as_ref().map(|sweep| sweep::summarize(sweep, &race.plan, &report));
    if race.record && !watch.is_ended() && !lost {
        let full_speed = with_bar(stderr, output.progress, &watch, |on_step| {
            compare_recorded(&race.plan, frames_to_record(&report), &watch, on_step)
        });
        match full_speed {
            Ok(comparison) => report.recorded = Some(recorded(comparison)),
            // What was measured until then is not thrown away.
            Err(_) if watch.is_ended() => {}
            Err(error) => no_full_speed = Some(format!("no race at full speed: {error:#}")),
        }
    }
    if let Some(budget) = race.prove {
        with_bar(stderr, output.progress, &watch, |on_step| {
            prove_winner(race, budget, &runs, preloaded.as_ref(), &mut report, on_step)
        })?;
    }
    let to_stdout = files.to_stdout();
    files.write(&report)?;
    if !output.quiet && !to_stdout {
        print(&to_table(&report, if output.verbose { Detail::Full } else { Detail::Brief }, output.color))?;
    }
    for left_out in &report.left_out {
        stderr.line(&format!("left out: {}: {}", left_out.name, left_out.reason));
    }
    for note in &report.notes {
        stderr.line(&format!("note: {note}"));
    }
    let outages = report.strategies.iter().map(|strategy| strategy.outages);
    if lost || outages.into_iter().any(|outages| outages.for_good) {
        bail!("{} was lost; what was measured until then is above", race.plan.input);
    }
    if let Some(why) = no_full_speed {
        bail!("{why}; what was measured until then is above");
    }
    if watch.is_ended() && !closed {
        bail!(Interrupted("interrupted; what was measured until then is above".into()));
    }
    if race.plan.settings.strict
        && report.strategies.len() > 1
        && let Some(why) = unfair(&report)
    {
        bail!(GateTripped(format!("not comparable (--strict): {why}")));
    }
    let differ = |strategy: &&StrategyReport| strategy.same_pixels == Some(false);
    let different: Vec<_> = report.strategies.iter().filter(differ).map(|s| s.name.as_str()).collect();
    if !different.is_empty() {
        // A damaged file decoded on several threads is the one honest way to get here.
        bail!(
            "not the frames of sequential: {}; those are not ranked. Is the input the same every time it is read?",
            different.join(", ")
        );
    }
    Ok(())
}

/// Runs on the whole screen; what the last run gave. The plan becomes what that did.
fn run_on_screen(race: &mut Race, watch: &Watch) -> Result<Comparison> {
    let (source, run) = tui::run(&mut race.plan, watch, race.output.color)?;
    let strategy = race.plan.strategies.first().copied().context("a run has a strategy")?;
    let took = Duration::from_secs_f64(run.wall_s);
    Ok(race_of_one(Entrant::new(strategy, &race.plan), source, run, took))
}

/// What to say of an error: if it only came of being told to stop, nothing but that.
fn interrupted(error: anyhow::Error, watch: &Watch) -> anyhow::Error {
    if watch.is_ended() {
        Interrupted("interrupted before anything was measured".into()).into()
    } else if watch.is_stopped() {
        Interrupted("interrupted; nothing was written".into()).into()
    } else {
        error
    }
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

/// What makes the comparison unfair, if anything does.
fn unfair(report: &Report) -> Option<String> {
    let disturbed = report.disturbances.len();
    if let Some(first) = report.disturbances.first() {
        return Some(format!("{disturbed} runs were disturbed; {first}"));
    }
    report.fairness.as_ref()?.unfair.first().cloned()
}

fn report(plan: &Plan, comparison: Comparison, surroundings: Surroundings, auto: Option<String>) -> Result<Report> {
    let Comparison { source, entries, left_out, rounds, took, open, frames_a_run, .. } = comparison;
    let settings = &plan.settings;
    let budget = match plan.rounds {
        Rounds::Settle { budget, precision } => Some((budget.as_secs_f64(), precision)),
        Rounds::Fixed(_) => None,
    };
    let circumstances = Circumstances {
        command: std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect(),
        machine: Machine::here(),
        opencv: globals::opencv_facts()?,
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
