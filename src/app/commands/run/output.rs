//! Where the frames of a run go, and how it is run for that: nowhere, into a video file, into a window.

use std::path::Path;
use std::thread::{Builder, scope};

use anyhow::{Context, Result, anyhow, bail, ensure};
use framerace::lab::compare::{preload, run_several};
use framerace::metrics::Run;
use framerace::pipeline::{Step, Watch};
use framerace::run::run_source;
use framerace::sink::Null;
use framerace::sink::video::{VideoOptions, is_stdout};
use framerace::sink::window::WINDOW_OPENER;
use framerace::source::{Preloaded, Source, SourceInfo, open_unless};
use framerace::transcode::{Conversion, convert_opened, open_source};

use super::args::RunOptions;
use crate::app::args::work::Work;
use crate::app::results::target::Target;
use crate::app::terminal::stderr::Stderr;
use crate::app::terminal::{with_bar, with_frames_bar};

pub struct Measured {
    pub source: SourceInfo,
    pub run: Run,
    /// The frames of the input, if they were read into memory.
    pub preloaded: Option<Preloaded>,
    /// Whether the user ended the run by closing its window.
    pub window_closed: bool,
}

impl Measured {
    pub fn new(source: SourceInfo, run: Run) -> Self {
        Self { source, run, preloaded: None, window_closed: false }
    }
}

/// Hashes, counts and discards the frames, with a progress bar. Fails when the input cannot be opened or has no frames, or
/// the strategy cannot do the work.
pub fn discard(options: &RunOptions, watch: &Watch, stderr: &Stderr) -> Result<Measured> {
    with_bar(stderr, options.work.console.progress(), watch, |on_step| count(options, watch, on_step))
}

fn count(options: &RunOptions, watch: &Watch, on_step: &mut dyn FnMut(Step)) -> Result<Measured> {
    let (Work { input, chain, .. }, strategy) = (&options.work, options.strategy);
    let mut settings = options.work.settings.clone();
    if !options.work.others.is_empty() {
        on_step(Step { strategy: strategy.name().into(), round: 1, rounds: 1, ..Step::default() });
        let (info, run) = run_several(strategy, (input, chain), &options.work.others, &settings, watch)?;
        if run.ledger.delivered == 0 {
            ensure!(!watch.is_ended(), "stopped before anything was measured");
            bail!("no input has frames to run on");
        }
        return Ok(Measured::new(info, run));
    }
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
    if let Some(why) = strategy.refuses(chain, &settings).or_else(|| strategy.unfit_for(&info)) {
        bail!("{} cannot do this: {why}", strategy.name());
    }
    on_step(Step { strategy: strategy.name().into(), round: 1, rounds: 1, ..Step::default() });
    let run = run_source(strategy, source, chain, &mut Null::default(), &settings, watch)
        .with_context(|| input.to_string())?;
    if run.ledger.delivered == 0 {
        ensure!(!watch.is_ended(), "stopped before anything was measured");
        bail!("{input} {}", run.why_nothing().unwrap_or("has no frames to run on".into()));
    }
    Ok(Measured { preloaded, ..Measured::new(info, run) })
}

/// Converts the input into a file, with a progress bar. Fails when the one cannot be read or the other not be written.
pub fn convert_to(
    options: &RunOptions,
    output: &Path,
    video: &VideoOptions,
    watch: &Watch,
    stderr: &Stderr,
) -> Result<Measured> {
    let Work { input, chain, settings, console, .. } = &options.work;
    let conversion = Conversion { input, output, chain, strategy: options.strategy, settings, video };
    if is_stdout(output) {
        Target::open(output)?;
    }
    // Opened once: a pipe has no second time.
    let opened = open_source(&conversion, watch)?;
    let source = opened.info().clone();
    let frames = number_of_frames(&source).into_iter().chain(settings.limits.frames).min();
    let convert = || convert_opened(&conversion, opened, watch);
    let run = with_frames_bar(stderr, console.progress(), watch, (frames, source.fps), convert)?;
    Ok(Measured::new(source, run))
}

/// The number of frames that a source has, as it says or as its duration and rate say.
fn number_of_frames(source: &SourceInfo) -> Option<u64> {
    let duration = || source.video.as_ref().and_then(|video| video.duration);
    let by_time = || source.fps.zip(duration()).map(|(fps, duration)| (fps * duration.as_secs_f64()).round() as u64);
    source.frames.or_else(by_time)
}

/// Shows the frames in a window as they are done, until the input ends or the window is closed. Runs on a thread of its own,
/// because a window has to be driven by the main thread of a program.
pub fn show_in_window(options: &RunOptions, watch: &Watch) -> Result<Measured> {
    let (Work { input, chain, settings, .. }, strategy) = (&options.work, options.strategy);
    let source = open_unless(&watch.ended(), input, &settings.open)?;
    let info = source.info().clone();
    let open = WINDOW_OPENER.first().context("this program is linked without windows")?;
    let (mut viewer, mut window) = open(&format!("framerace: {input}"))?;
    let (run, window_closed) = scope(|s| {
        let work = || run_source(strategy, source, chain, &mut window, settings, watch);
        let run = Builder::new().name("run".into()).spawn_scoped(s, work).context("no thread for the run")?;
        let closed = viewer.show_while(&|| watch.ledger(0), &|| !run.is_finished());
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
