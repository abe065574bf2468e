//! `run --window`: one run whose frames are shown as they are done, until it is over or the window is closed.

use std::thread::{Builder, scope};
use std::time::Instant;

use anyhow::{Context, Result, anyhow};
use framerace::lab::compare::{Comparison, Entrant};
use framerace::pipeline::Watch;
use framerace::run::run_source;
use framerace::sink::window::Viewer;
use framerace::source::open_unless;

use super::convert::race_of_one;
use crate::app::args::Race;

/// Runs and shows, as a race of one; also whether the user ended it at the window. Windows want the thread that a program
/// begins with, so the run gets another.
///
/// # Errors
/// One line for the user.
pub fn race_to_window(race: &Race, watch: &Watch) -> Result<(Comparison, bool)> {
    let plan = &race.plan;
    let strategy = plan.strategies.first().copied().context("a run has a strategy")?;
    let source = open_unless(&watch.ended(), &plan.input, &plan.settings.opening)?;
    let info = source.info().clone();
    let (mut viewer, mut window) = Viewer::open(&format!("framerace: {}", plan.input))?;
    let begin = Instant::now();
    let (run, closed) = scope(|s| {
        let work = || run_source(strategy, source, &plan.chain, &mut window, &plan.settings, watch);
        let run = Builder::new().name("run".into()).spawn_scoped(s, work).context("no thread for the run")?;
        let closed = viewer.show_while(|| watch.ledger(), || !run.is_finished());
        if !matches!(closed, Ok(false)) {
            watch.end();
        }
        // What is still in hand is delivered, but nobody looks any more.
        drop(viewer);
        let run = run.join().map_err(|_| anyhow!("the run broke down; please report this"))?;
        anyhow::Ok((run.with_context(|| plan.input.to_string())?, closed?))
    })?;
    Ok((race_of_one(Entrant::new(strategy, plan), info, run, begin.elapsed()), closed))
}
