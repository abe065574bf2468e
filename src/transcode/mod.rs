//! One input becomes one video file, whole or absent: written under a temporary name beside the output, verified, and
//! only then given its name.
//!
//! Joins source, strategy and sink; knows neither how frames are filtered nor how they are encoded.

pub mod atomic_file;
mod destination;
pub mod folder;
pub mod joined;
pub mod owner;
pub mod record;
pub mod temporary;

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::stdout;
use std::os::fd::AsFd;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail, ensure};

use crate::filter::{Chain, FilterInstance};
use crate::metrics::Run;
use crate::pipeline::{Settings, Watch};
use crate::run::run_source;
use crate::sink::video::{Container, Expected, Others, Video, VideoOptions, is_stdout, verify};
use crate::source::{Input, Source, open_unless};
use crate::strategy::Strategy;
use crate::transcode::atomic_file::AtomicFile;
use crate::transcode::destination::Destination;
use crate::transcode::folder::Folder;

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
    conversion.video.check(conversion.output)?;
    if !is_stdout(conversion.output) {
        Destination::find(conversion.output, conversion.input)?;
    }
    open_input(conversion, watch)
}

fn open_input(conversion: &Conversion<'_>, watch: &Watch) -> Result<Box<dyn Source>> {
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
    write(conversion, source, others, watch)
}

/// Converts what a source of your own gives from now on; the input is its name, and nothing else of it goes along.
///
/// # Errors
/// As [`convert`].
pub fn convert_source(conversion: &Conversion<'_>, source: Box<dyn Source>, watch: &Watch) -> Result<Run> {
    conversion.video.check(conversion.output)?;
    write(conversion, source, None, watch)
}

/// Converts to a file in `folder` with the name `temporary`, whole and checked, to which the caller gives the name of the
/// output.
///
/// # Errors
/// As [`convert`].
pub fn convert_unnamed<'f>(
    conversion: &Conversion<'_>,
    folder: &'f Folder,
    temporary: OsString,
    watch: &Watch,
) -> Result<(Run, AtomicFile<'f>)> {
    conversion.video.check(conversion.output)?;
    let mut source = open_input(conversion, watch)?;
    let others = others(conversion, source.as_mut());
    let name = conversion.output.file_name().unwrap_or_default();
    let begin = || {
        let shown = || format!("cannot write {}", conversion.output.display());
        AtomicFile::create(folder, temporary).with_context(shown)
    };
    write_file(conversion, (conversion.output, name), source, others, watch, begin)
}

/// Runs, and gives the file its name once it is whole.
fn write(conversion: &Conversion<'_>, source: Box<dyn Source>, others: Option<Others>, watch: &Watch) -> Result<Run> {
    if is_stdout(conversion.output) {
        let file = || Ok(File::from(stdout().as_fd().try_clone_to_owned()?));
        return Ok(encode(conversion, conversion.output, source, others, watch, file)?.0);
    }
    let destination = Destination::find(conversion.output, conversion.input)?;
    let output = (&*destination.path, &*destination.name);
    let (run, file) = write_file(conversion, output, source, others, watch, || destination.begin())?;
    destination.finish(file)?;
    Ok(run)
}

/// Runs, and checks the file that `begin` makes for the `output` of this path and name.
fn write_file<'f>(
    conversion: &Conversion<'_>,
    (path, name): (&Path, &OsStr),
    source: Box<dyn Source>,
    others: Option<Others>,
    watch: &Watch,
    begin: impl FnOnce() -> Result<AtomicFile<'f>>,
) -> Result<(Run, AtomicFile<'f>)> {
    let mut temporary = None;
    let file = || Ok(temporary.insert(begin()?).file().try_clone()?);
    let (mut run, expected) = encode(conversion, path, source, others, watch, file)?;
    let temporary = temporary.context("nothing was begun")?;
    match verify(&temporary.path(), &expected) {
        Ok(notes) => run.notes.extend(notes.iter().map(|note| format!("{}: {note}", path.display()))),
        Err(error) => return Err(keep_unverified(temporary, (path, name), &error)),
    }
    Ok((run, temporary))
}

/// Runs into the file that `begin` makes. What it shows, if it is whole, is told with the run.
fn encode(
    conversion: &Conversion<'_>,
    output: &Path,
    mut source: Box<dyn Source>,
    others: Option<Others>,
    watch: &Watch,
    begin: impl FnOnce() -> Result<File>,
) -> Result<(Run, Expected)> {
    let Conversion { input, chain, strategy, settings, video, .. } = *conversion;
    let shown = || format!("cannot write {}", output.display());
    let info = source.info().clone();
    let shape = chain.filters(info.shape)?.last().map_or(info.shape, FilterInstance::output);
    // One frame needs no other times than its own.
    let fps = info.fps.filter(|_| info.frames != Some(1)).unwrap_or_default();
    Container::check_rate(output, fps).with_context(shown)?;
    let alone = others.is_none();
    let captions = source.captions();
    let mut sink = Video::create((begin()?, Container::of(output)?), video, &info, shape, others)
        .with_context(shown)?
        .with_captions(captions);
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
    run.notes.extend(notes(&sink, alone, settings.open.times));
    // Dropping the sink closes the file, and the one the sound came from.
    let expected = sink.expected();
    Ok((run, expected))
}

/// A file that fails its check may still hold what the user needs, and the check may be wrong: it is kept under a name
/// that says so. Returns what to say.
fn keep_unverified(temporary: AtomicFile<'_>, (path, name): (&Path, &OsStr), error: &anyhow::Error) -> anyhow::Error {
    let shown = path.display();
    match temporary.persist_unverified(name) {
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
    let pipe = source.second_reader().map(Others::Pipe);
    match conversion.input {
        // A part of a film gets them when it is joined with the others.
        _ if conversion.settings.open.range.is_some() => None,
        _ if conversion.settings.open.times > 1 => None,
        _ if pipe.is_some() => pipe,
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
