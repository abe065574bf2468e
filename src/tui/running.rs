//! The run that goes on behind the screen, on a thread of its own. Knows neither screen nor keys.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use anyhow::{Context, Result, anyhow};
use framerace::compare::Plan;
use framerace::convert::{Conversion, convert_source};
use framerace::measure::Run;
use framerace::sink::Null;
use framerace::sink::video::VideoOptions;
use framerace::source::Source;
use framerace::strategy::{Watch, find, run_source};

use super::keys::Wanted;

/// A run that goes on.
pub struct Running {
    /// How it runs.
    pub wanted: Wanted,
    /// The file it writes, if it does.
    pub file: Option<PathBuf>,
    /// How it is looked at.
    pub watch: Arc<Watch>,
    /// Whether it was told to end or to stop.
    pub told: bool,
    thread: JoinHandle<Result<Run>>,
}

impl Running {
    /// Starts what is wanted of the plan, on frames of this source.
    ///
    /// # Errors
    /// When there is no such strategy, or no thread to be had.
    pub fn start(plan: &Plan, wanted: &Wanted, source: Box<dyn Source>, file: Option<PathBuf>) -> Result<Self> {
        let strategy = find(wanted.strategy).context("no such strategy")?;
        let (input, chain, settings) = (plan.input.clone(), wanted.chain(&plan.chain), wanted.settings(&plan.settings));
        let watch = Arc::new(Watch::default());
        let (watched, output) = (Arc::clone(&watch), file.clone());
        let work = move || match &output {
            None => {
                let ran = run_source(strategy, source, &chain, &mut Null::default(), &settings, &watched);
                ran.with_context(|| input.to_string())
            }
            Some(output) => {
                let (input, chain, settings, video) = (&input, &chain, &settings, &VideoOptions::default());
                let conversion = Conversion { input, output, chain, strategy, settings, video };
                convert_source(&conversion, source, &watched)
            }
        };
        let thread = Builder::new().name("run".into()).spawn(work).context("cannot start thread run")?;
        Ok(Self { wanted: wanted.clone(), file, watch, told: false, thread })
    }

    /// Lets it end. What writes a file ends in good order; anything else as soon as the frames in hand are done.
    pub fn stop(&mut self) {
        self.told = true;
        if self.file.is_some() { self.watch.end() } else { self.watch.stop() }
    }

    /// Lets it end in good order.
    pub fn end(&mut self) {
        self.told = true;
        self.watch.end();
    }

    /// Whether it has ended.
    pub fn is_over(&self) -> bool {
        self.thread.is_finished()
    }

    /// Waits for its end: what it gave.
    ///
    /// # Errors
    /// Those of the run.
    pub fn result(self) -> Result<Run> {
        self.thread.join().unwrap_or_else(|_| Err(anyhow!("the run panicked; please report this")))
    }
}
