//! The run that goes on behind the screen, on a thread of its own. Knows neither screen nor keys.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};

use framerace::metrics::Run;
use framerace::pipeline::Watch;
use framerace::run::run_source;
use framerace::sink::Null;
use framerace::sink::video::VideoOptions;
use framerace::source::Source;
use framerace::strategy::find;
use framerace::transcode::{Conversion, convert_source};

use super::keys::Wanted;
use super::pipeline::Pipeline;

/// The time for frames under way to be done, when other settings are to begin.
const PATIENCE: Duration = Duration::from_millis(400);

/// A run that goes on.
pub struct Running {
    /// How it runs.
    pub wanted: Wanted,
    /// The file it writes, if it does.
    pub file: Option<PathBuf>,
    /// How it is looked at.
    pub watch: Arc<Watch>,
    /// When it was told to end, if it was.
    told: Option<Instant>,
    /// Whether its source was paused: then its frames over its time are no rate.
    pub was_paused: bool,
    thread: JoinHandle<Result<Run>>,
}

impl Running {
    /// Starts what is wanted of the plan, on frames of this source.
    ///
    /// # Errors
    /// When there is no such strategy, or no thread to be had.
    pub fn start(pipeline: &Pipeline, wanted: &Wanted, source: Box<dyn Source>, file: Option<PathBuf>) -> Result<Self> {
        let strategy = find(wanted.strategy).context("no such strategy")?;
        let (input, chain, settings) =
            (pipeline.input.clone(), wanted.chain(&pipeline.chain), wanted.settings(&pipeline.settings));
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
        Ok(Self { wanted: wanted.clone(), file, watch, told: None, was_paused: false, thread })
    }

    /// Whether it was told to end.
    pub fn is_told(&self) -> bool {
        self.told.is_some()
    }

    /// Lets it end in good order.
    pub fn end(&mut self) {
        self.told.get_or_insert_with(Instant::now);
        self.watch.end();
    }

    /// Who takes long to end must not keep others from beginning: it ends as soon as the frames in hand are done. What writes
    /// a file is given its time.
    pub fn hurry(&self) {
        if self.file.is_none() && self.told.is_some_and(|told| told.elapsed() > PATIENCE) {
            self.watch.stop();
        }
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

/// The first name for a recording in this folder that nothing has.
pub fn free_name() -> PathBuf {
    let mut names = (1..).map(|n| PathBuf::from(format!("framerace-{n}.mkv")));
    names.find(|name| !name.exists()).unwrap_or_else(|| "framerace.mkv".into())
}
