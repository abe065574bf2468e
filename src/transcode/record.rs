//! One input becomes a twin: its frames without loss, and when each came. Whole or absent, as every file.
//!
//! Joins source, strategy and sink; knows neither how a twin is laid out nor how pictures are encoded.

use std::fs::metadata;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail, ensure};

use crate::filter::Chain;
use crate::host::machine::available_memory;
use crate::metrics::Run;
use crate::pipeline::{Settings, Watch};
use crate::run::run_source;
use crate::sink::video::{Codec, Video, VideoOptions};
use crate::source::{ArrivalRecorder, Input, Schedule, Source, SourceInfo, open_unless};
use crate::strategy::find;
use crate::transcode::atomic_file::AtomicFile;

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
    let shown = || format!("cannot write {}", output.display());
    ensure!(!output.is_dir(), "cannot write {}: it is a directory; give a file name", output.display());
    // A link keeps pointing where it points.
    let output = &output.canonicalize().unwrap_or_else(|_| output.to_owned());
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    ensure!(folder.is_dir(), "cannot write {}: there is no folder {}", output.display(), folder.display());
    if let Input::Twin(path) | Input::File(path) = input
        && path.canonicalize().is_ok_and(|path| path == *output)
    {
        bail!("cannot write {}: it is the input; give another name", output.display());
    }
    let source = open_unless(&watch.ended(), input, &settings.open)?;
    let info = source.info().clone();
    // The name chooses the container.
    let temporary = AtomicFile::beside(&output.with_extension("mkv"));
    let options = VideoOptions { codec: Some(Codec::Ffv1), ..VideoOptions::default() };
    // Times are those of arrival: the clock and the colors of a video file mean nothing here.
    let plain = SourceInfo { video: None, ..info.clone() };
    let mut sink = Video::create(temporary.path(), &options, &plain, info.shape, None).with_context(shown)?;
    let (noted, notebook) = ArrivalRecorder::new(source, input.to_string());
    let ran = pass_through(noted, &mut sink, settings, watch);
    let run = ran.with_context(|| format!("{input} to {}", output.display()))?;
    ensure!(run.ledger.delivered > 0, "{input} has no frames; nothing was written");
    drop(sink);
    let schedule = notebook.schedule(run.ledger.delivered)?;
    schedule.append(temporary.path()).with_context(shown)?;
    let bytes = metadata(temporary.path()).with_context(shown)?.len();
    temporary.persist(output)?;
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
