//! `run` without an output: frames are hashed, counted and discarded.

use anyhow::{Context, Result, bail};
use framerace::lab::compare::preload;
use framerace::pipeline::{Step, Watch};
use framerace::run::run_source;
use framerace::sink::Null;
use framerace::source::{Source, open_unless};

use super::args::RunOptions;
use super::measured::Measured;
use crate::app::args::work::Work;
use crate::app::terminal::stderr::Stderr;
use crate::app::terminal::with_bar;

/// Runs, with a progress bar.
///
/// # Errors
/// When the input cannot be opened or has no frames, or the strategy cannot do the work.
pub fn run(options: &RunOptions, watch: &Watch, stderr: &Stderr) -> Result<Measured> {
    with_bar(stderr, options.work.console.progress(), watch, |on_step| measure(options, watch, on_step))
}

fn measure(options: &RunOptions, watch: &Watch, on_step: &mut dyn FnMut(Step)) -> Result<Measured> {
    let (Work { input, chain, .. }, strategy) = (&options.work, options.strategy);
    let mut settings = options.work.settings.clone();
    let mut source = open_unless(&watch.ended(), input, &settings.open)?;
    let mut preloaded = None;
    if options.work.preload {
        let frames = preload(input, source, &settings, watch)?;
        // The duration is how long the input is read, not how long the strategy runs.
        settings.limits.duration = settings.limits.duration.filter(|_| !frames.info().paced);
        source = Box::new(frames.again());
        preloaded = Some(frames);
    }
    let info = source.info().clone();
    if let Some(why) = strategy.unfit(chain, &settings).or_else(|| strategy.unfit_for(&info)) {
        bail!("{} cannot do this: {why}", strategy.name());
    }
    on_step(Step { strategy: strategy.name().into(), round: 1, rounds: 1, done: 0.0 });
    let run = run_source(strategy, source, chain, &mut Null::default(), &settings, watch)
        .with_context(|| input.to_string())?;
    if run.ledger.delivered == 0 {
        if watch.is_ended() {
            bail!("stopped before anything was measured");
        }
        bail!("{input} has no frames to run on");
    }
    Ok(Measured { preloaded, ..Measured::new(info, run) })
}
