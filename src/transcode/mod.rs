//! One input becomes one video file, whole or absent: written under a temporary name beside the output, verified, and
//! only then given its name.
//!
//! Joins source, strategy and sink; knows neither how frames are filtered nor how they are encoded.

pub mod atomic_file;
pub mod record;

use std::fs::{OpenOptions, metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail, ensure};

use crate::filter::{Chain, FilterInstance};
use crate::metrics::Run;
use crate::pipeline::{Settings, Watch};
use crate::run::run_source;
use crate::sink::video::{Container, Others, Video, VideoOptions, is_stdout, verify};
use crate::source::{Input, Source, open_unless};
use crate::strategy::Strategy;
use crate::transcode::atomic_file::AtomicFile;

/// One input to one file.
#[derive(Clone, Copy)]
pub struct Conversion<'a> {
    /// Where frames come from. If it is a file, its sound, subtitles, chapters and attachments go along.
    pub input: &'a Input,
    /// The video file; if there is one, it is replaced. `-` is standard output, which gets Matroska.
    pub output: &'a Path,
    /// What is done to each frame.
    pub chain: &'a Chain,
    /// How.
    pub strategy: &'static dyn Strategy,
    /// How to run.
    pub settings: &'a Settings,
    /// How to write.
    pub video: &'a VideoOptions,
}

/// Why there is no output: it was told to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("stopped; nothing was written")]
pub struct Stopped;

/// Converts. `watch` may be looked at from another thread, which may also stop it: then the error is [`Stopped`].
///
/// # Errors
/// One line that names the input or the output, and what is wrong. Then there is no output, and no temporary file; what
/// was there under the output's name before is still there.
pub fn convert(conversion: &Conversion<'_>, watch: &Watch) -> Result<Run> {
    let source = open_source(conversion, watch)?;
    convert_opened(conversion, source, watch)
}

/// Finds out whether the output can be written, and opens the input, for [`convert_opened`].
///
/// # Errors
/// As [`convert`].
pub fn open_source(conversion: &Conversion<'_>, watch: &Watch) -> Result<Box<dyn Source>> {
    writable(conversion)?;
    let mut open = conversion.settings.open;
    open.second_reader = open.times == 1;
    open_unless(&watch.ended(), conversion.input, &open)
}

/// Converts what [`open_source`] has opened.
///
/// # Errors
/// As [`convert`].
pub fn convert_opened(conversion: &Conversion<'_>, mut source: Box<dyn Source>, watch: &Watch) -> Result<Run> {
    let others = others(conversion, source.as_mut());
    write(conversion, &writable(conversion)?, source, others, watch)
}

/// Converts what a source of your own gives from now on; the input is its name, and nothing else of it goes along.
///
/// # Errors
/// As [`convert`].
pub fn convert_source(conversion: &Conversion<'_>, source: Box<dyn Source>, watch: &Watch) -> Result<Run> {
    write(conversion, &writable(conversion)?, source, None, watch)
}

/// Runs, and gives the file its name once it is whole.
fn write(
    conversion: &Conversion<'_>,
    output: &Path,
    mut source: Box<dyn Source>,
    others: Option<Others>,
    watch: &Watch,
) -> Result<Run> {
    let Conversion { input, chain, strategy, settings, video, .. } = *conversion;
    let shown = || format!("cannot write {}", output.display());
    let info = source.info().clone();
    let shape = chain.filters(info.shape)?.last().map_or(info.shape, FilterInstance::output);
    // One frame needs no other times than its own.
    let fps = info.fps.filter(|_| info.frames != Some(1)).unwrap_or_default();
    Container::check_rate(output, fps).with_context(shown)?;
    let temporary = (!is_stdout(output)).then(|| AtomicFile::beside(output));
    let alone = others.is_none();
    let path = temporary.as_ref().map_or(output, AtomicFile::path);
    let captions = source.captions();
    let mut sink = Video::create(path, video, &info, shape, others).with_context(shown)?.with_captions(captions);
    if settings.limits.frames.is_some() || settings.limits.duration.is_some() {
        sink = sink.cut();
    }
    let ran = run_source(strategy, source, chain, &mut sink, settings, watch);
    if watch.is_stopped() {
        bail!(Stopped);
    }
    let mut run = ran.with_context(|| format!("{input} to {}", output.display()))?;
    let why = || run.why_nothing().unwrap_or("has no frames".into());
    ensure!(run.ledger.delivered > 0, "{input} {}; nothing was written", why());
    let expected = sink.expected();
    run.notes.extend(notes(&sink, alone, settings.open.times));
    // Closes the file, and the one the sound came from.
    drop(sink);
    let Some(temporary) = temporary else { return Ok(run) };
    match verify(temporary.path(), &expected) {
        Ok(notes) => run.notes.extend(notes.iter().map(|note| format!("{}: {note}", output.display()))),
        Err(error) => return Err(keep_unverified(temporary, output, &error)),
    }
    temporary.persist(output)?;
    Ok(run)
}

/// A file that fails its check may still hold what the user needs, and the check may be wrong: it is kept under a name
/// that says so. Returns what to say.
fn keep_unverified(temporary: AtomicFile, output: &Path, error: &anyhow::Error) -> anyhow::Error {
    let shown = output.display();
    match temporary.persist_unverified(output) {
        Ok(kept) => anyhow!(
            "{shown} came out wrong: {error:#}; kept as {}: look at it with ffprobe, or try another container or --codec",
            kept.display()
        ),
        Err(lost) => anyhow!("{shown} came out wrong: {error:#}; {lost:#}"),
    }
}

/// The file whose sound and the rest go along, if there is one. A file that is played several times has no sound that
/// would fit.
fn others(conversion: &Conversion<'_>, source: &mut dyn Source) -> Option<Others> {
    match conversion.input {
        _ if conversion.settings.open.times > 1 => None,
        input if input.is_pipe() => source.second_reader().map(Others::Pipe),
        Input::File(path) => Some(Others::File(path.clone())),
        Input::Remote(url) => Some(Others::Url(url.clone())),
        _ => None,
    }
}

fn notes(sink: &Video, alone: bool, times: u32) -> Vec<String> {
    let mut notes = sink.notes().to_vec();
    if alone && times > 1 {
        notes.push(format!("the input was played {times} times, so its sound was left out"));
    }
    notes
}

/// Finds out whether the output can be written, before anything is done. Returns where it really is.
fn writable(conversion: &Conversion<'_>) -> Result<PathBuf> {
    let (input, asked) = (conversion.input, conversion.output);
    Container::check(asked, conversion.video.codec)?;
    if is_stdout(asked) {
        return Ok(asked.to_owned());
    }
    // A link keeps pointing where it points.
    let output = asked.canonicalize().unwrap_or_else(|_| asked.to_owned());
    let shown = output.display();
    if let Ok(there) = metadata(&output) {
        ensure!(!there.is_dir(), "cannot write {shown}: it is a directory; give a file name");
        ensure!(there.is_file(), "cannot write {shown}: it is no plain file");
        if let Input::File(path) = input
            && let Ok(read) = metadata(path)
        {
            let same = (read.dev(), read.ino()) == (there.dev(), there.ino());
            ensure!(!same, "cannot write {shown}: it is the input; give another name");
        }
        // A file that may not be written must not be replaced either.
        OpenOptions::new().append(true).open(&output).with_context(|| format!("cannot write {shown}"))?;
    }
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    ensure!(folder.is_dir(), "cannot write {shown}: there is no folder {}", folder.display());
    Ok(output)
}
