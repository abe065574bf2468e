//! One input becomes a twin: its frames without loss, and when each came. Whole or absent, as every file.
//!
//! Joins source, strategy and sink; knows neither how a twin is laid out nor how pictures are encoded.

use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};

use crate::filter::Chain;
use crate::host::machine::available_memory;
use crate::metrics::Run;
use crate::pipeline::{Settings, Watch};
use crate::run::run_source;
use crate::sink::video::{Codec, Container, Video, VideoOptions};
use crate::source::{ArrivalRecorder, Input, Schedule, Source, SourceInfo, open_unless};
use crate::strategy::find;
use crate::transcode::destination::Destination;

/// What was recorded.
pub struct Recorded {
    /// When the frames came.
    pub schedule: Schedule,
    /// What they are.
    pub source: SourceInfo,
    /// The run that recorded them.
    pub run: Run,
    /// The size of the file in bytes.
    pub bytes: u64,
}

/// The most memory for frames that wait to be encoded, where nobody says.
const MEMORY: u64 = 512 << 20;

/// Records `input` until it ends, at the limits of `settings`, or until `watch` is told to end it.
///
/// # Errors
/// One line that names the input or the output, and what is wrong. Then there is no twin, and no temporary file.
pub fn record(input: &Input, output: &Path, settings: &Settings, watch: &Watch) -> Result<Recorded> {
    let destination = Destination::find(output, input)?;
    let shown = || format!("cannot write {}", destination.path.display());
    let source = open_unless(&watch.ended(), input, &settings.open)?;
    let info = source.info().clone();
    let temporary = destination.begin()?;
    let options = VideoOptions { codec: Some(Codec::Ffv1), ..VideoOptions::default() };
    // Times are those of arrival: the clock and the colors of a video file mean nothing here.
    let plain = SourceInfo { video: None, ..info.clone() };
    let file = (temporary.file().try_clone()?, Container::Mkv);
    let mut sink = Video::create(file, &options, &plain, info.shape, None).with_context(shown)?;
    let (noted, notebook) = ArrivalRecorder::new(source, input.to_string());
    let ran = pass_through(noted, &mut sink, settings, watch);
    let run = ran.with_context(|| format!("{input} to {}", destination.path.display()))?;
    ensure!(run.ledger.delivered > 0, "{input} has no frames; nothing was written");
    drop(sink);
    let schedule = notebook.schedule(run.ledger.delivered)?;
    schedule.append(&temporary.path()).with_context(shown)?;
    let bytes = temporary.file().metadata().with_context(shown)?.len();
    destination.finish(temporary)?;
    Ok(Recorded { schedule, source: info, run, bytes })
}

/// Every frame goes to the sink as it is. Encoding may be slower than the camera for a while: frames wait in memory.
fn pass_through(noted: impl Source + 'static, sink: &mut Video, settings: &Settings, watch: &Watch) -> Result<Run> {
    let strategy = find("threads").ok_or_else(|| anyhow!("there is no strategy threads"))?;
    let chain: Chain = "copy".parse()?;
    let memory = settings.memory.unwrap_or(MEMORY.min(available_memory() / 4));
    let frames = usize::try_from(memory)? / (2 * noted.info().shape.bytes()).max(1);
    // Two queues, and a few in the hands of the stages.
    let queue = (frames.saturating_sub(3) / 2).clamp(1, 256);
    let settings = Settings { workers: 1, queue, ..settings.clone() };
    run_source(strategy, Box::new(noted), &chain, sink, &settings, watch)
}
