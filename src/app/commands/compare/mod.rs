//! `compare` and `run`: race, and show what came of it.

pub mod args;
mod outcome;
mod result;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use framerace::host::environment::Before;
use framerace::host::libraries;
use framerace::lab::compare::{Comparison, Entrant, compare};
use framerace::lab::report::{Detail, Report, to_table};
use framerace::lab::sweep;
use framerace::pipeline::Watch;
use framerace::sink::window::check_display;

use self::outcome::End;
use super::auto::settle;
use super::convert::{race_of_one, race_to_file};
use super::files::Files;
use super::target::print;
use super::window::race_to_window;
use crate::app::args::Race;
use crate::app::interrupt::{Interrupted, on_interrupt, on_interrupts};
use crate::app::terminal::stderr::Stderr;
use crate::app::terminal::with_bar;
use crate::app::tui;

/// Races, and shows the result.
///
/// # Errors
/// One line for the user.
pub fn run(mut race: Race, stderr: &Stderr) -> Result<()> {
    if race.window {
        check_display()?;
    }
    libraries::prepare(race.opencv_threads, race.output.verbose)?;
    // Asked for before the race: a result that cannot be written must not cost a race.
    let files = Files::open(&race.files)?;
    let watch = Arc::new(Watch::default());
    heed_interrupts(&race, &watch)?;
    let auto = settle(&mut race, &watch, stderr).map_err(|error| interrupted(error, &watch))?;
    let before = Before::now();
    let (comparison, closed) = measure(&mut race, &watch, stderr).map_err(|error| interrupted(error, &watch))?;
    let lost = comparison.lost;
    let (report, no_full_speed) = result::report(&race, comparison, before.since(), auto, &watch, stderr)?;
    show(&race, files, &report, stderr)?;
    // Whoever closes the window has seen enough; that is no interruption.
    End { lost, interrupted: watch.is_ended() && !closed, no_full_speed }.judge(&race.plan, &report)
}

/// What Ctrl-C does: what has no end of its own is ended by it, in good order.
fn heed_interrupts(race: &Race, watch: &Arc<Watch>) -> Result<()> {
    let asked = Arc::clone(watch);
    if race.on_screen {
        on_interrupts(move || asked.end(), tui::restore)
    } else if race.window || race.plan.settings.opening.is_live(&race.plan.input) {
        on_interrupt(move || asked.end())
    } else if race.video.is_some() {
        on_interrupt(move || asked.stop())
    } else {
        Ok(())
    }
}

/// Runs what is asked for, wherever its frames go; also whether the user ended it by closing the window.
fn measure(race: &mut Race, watch: &Watch, stderr: &Stderr) -> Result<(Comparison, bool)> {
    if race.on_screen {
        return Ok((run_on_screen(race, watch)?, false));
    }
    if let Some((to, video)) = &race.video {
        return Ok((race_to_file(race, to, video, watch, stderr)?, false));
    }
    if race.window {
        return race_to_window(race, watch);
    }
    let comparison = with_bar(stderr, race.output.progress, watch, |on_step| match &race.sweep {
        Some(sweep) => sweep::run(sweep, &race.plan, watch, on_step),
        None => compare(&race.plan, watch, on_step),
    })?;
    Ok((comparison, false))
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

/// Writes and prints the result.
fn show(race: &Race, files: Files, report: &Report, stderr: &Stderr) -> Result<()> {
    let (output, to_stdout) = (&race.output, files.to_stdout());
    files.write(report)?;
    if !output.quiet && !to_stdout {
        print(&to_table(report, if output.verbose { Detail::Full } else { Detail::Brief }, output.color))?;
    }
    for left_out in &report.left_out {
        stderr.line(&format!("left out: {}: {}", left_out.name, left_out.reason));
    }
    for note in &report.notes {
        stderr.line(&format!("note: {note}"));
    }
    Ok(())
}
