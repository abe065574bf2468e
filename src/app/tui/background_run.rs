//! The run behind the screen, on a thread of its own. Knows neither the screen nor keys.

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
use framerace::transcode::{Conversion, convert_source};

use super::desired::{DesiredSettings, Pipeline};

/// How long frames under way may take before a run is stopped to start another.
const PATIENCE: Duration = Duration::from_millis(400);

pub struct BackgroundRun {
    pub settings: DesiredSettings,
    /// The file it records into, if it does.
    pub file: Option<PathBuf>,
    /// Shows how far it is, and ends it.
    pub watch: Arc<Watch>,
    /// When it was asked to end, if it was.
    asked_to_end: Option<Instant>,
    /// Whether its source was paused; then its frames divided by its time are no rate.
    pub was_paused: bool,
    thread: JoinHandle<Result<Run>>,
}

impl BackgroundRun {
    /// Starts a run of the pipeline with the desired settings, on frames of this source.
    pub fn start(
        pipeline: &Pipeline,
        desired: &DesiredSettings,
        source: Box<dyn Source>,
        file: Option<PathBuf>,
    ) -> Result<Self> {
        let Pipeline { input, chain, strategy, settings } = desired.applied_to(pipeline);
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
        Ok(Self { settings: desired.clone(), file, watch, asked_to_end: None, was_paused: false, thread })
    }

    pub fn is_asked_to_end(&self) -> bool {
        self.asked_to_end.is_some()
    }

    /// Asks it to end in good order: frames under way are delivered.
    pub fn end(&mut self) {
        self.asked_to_end.get_or_insert_with(Instant::now);
        self.watch.end();
    }

    /// Stops it if it takes too long to end, because the next run waits for it. A recording is given its time.
    pub fn force_stop(&self) {
        if self.file.is_none() && self.asked_to_end.is_some_and(|asked| asked.elapsed() > PATIENCE) {
            self.watch.stop();
        }
    }

    pub fn is_over(&self) -> bool {
        self.thread.is_finished()
    }

    /// Waits for its end, and returns its result. Fails when the run failed or was stopped.
    pub fn result(self) -> Result<Run> {
        self.thread.join().unwrap_or_else(|_| Err(anyhow!("the run panicked; please report this")))
    }
}

/// The first unused name for a recording in the current folder.
pub fn free_name() -> PathBuf {
    let mut names = (1..).map(|n| PathBuf::from(format!("framerace-{n}.mkv")));
    names.find(|name| !name.exists()).unwrap_or_else(|| "framerace.mkv".into())
}
