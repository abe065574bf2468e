//! `run --window`: the frames are shown in a window as they are done, until the input ends or the window is closed.

use std::thread::{Builder, scope};

use anyhow::{Context, Result, anyhow};
use framerace::pipeline::Watch;
use framerace::run::run_source;
use framerace::sink::window::Viewer;
use framerace::source::open_unless;

use super::args::RunOptions;
use super::measured::Measured;
use crate::app::args::work::Work;

/// Runs on a thread of its own, because a window has to be driven by the main thread of a program.
///
/// # Errors
/// When the input or the window cannot be opened, or the run fails.
pub fn run(options: &RunOptions, watch: &Watch) -> Result<Measured> {
    let (Work { input, chain, settings, .. }, strategy) = (&options.work, options.strategy);
    let source = open_unless(&watch.ended(), input, &settings.open)?;
    let info = source.info().clone();
    let (mut viewer, mut window) = Viewer::open(&format!("framerace: {input}"))?;
    let (run, window_closed) = scope(|s| {
        let work = || run_source(strategy, source, chain, &mut window, settings, watch);
        let run = Builder::new().name("run".into()).spawn_scoped(s, work).context("no thread for the run")?;
        let closed = viewer.show_while(|| watch.ledger(0), || !run.is_finished());
        if !matches!(closed, Ok(false)) {
            watch.end();
        }
        // Frames under way are still delivered, and must not wait for a window that is gone.
        drop(viewer);
        let run = run.join().map_err(|_| anyhow!("the run broke down; please report this"))?;
        anyhow::Ok((run.with_context(|| input.to_string())?, closed?))
    })?;
    Ok(Measured { window_closed, ..Measured::new(info, run) })
}
