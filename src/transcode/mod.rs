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
use crate::sink::video::{Container, Video, VideoOptions, verify};
use crate::source::{Input, Source, open_unless};
use crate::strategy::Strategy;
use crate::transcode::atomic_file::AtomicFile;

/// One input to one file.
#[derive(Clone, Copy)]
pub struct Conversion<'a> {
    /// Where frames come from. If it is a file, its sound, subtitles, chapters and attachments go along.
    pub input: &'a Input,
    /// The video file; if there is one, it is replaced.
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
    let Conversion { input, settings, .. } = *conversion;
    let output = writable(conversion)?;
    let source = open_unless(&watch.ended(), input, &settings.open)?;
    write(conversion, &output, source, others(input, settings.open.times), watch)
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
    source: Box<dyn Source>,
    others: Option<&Path>,
    watch: &Watch,
) -> Result<Run> {
    let Conversion { input, chain, strategy, settings, video, .. } = *conversion;
    let shown = || format!("cannot write {}", output.display());
    let info = source.info().clone();
    let shape = chain.filters(info.shape)?.last().map_or(info.shape, FilterInstance::output);
    let temporary = AtomicFile::beside(output);
    let mut sink = Video::create(temporary.path(), video, &info, shape, others).with_context(shown)?;
    if settings.limits.frames.is_some() || settings.limits.duration.is_some() {
        sink = sink.cut();
    }
    let ran = run_source(strategy, source, chain, &mut sink, settings, watch);
    if watch.is_stopped() {
        bail!(Stopped);
    }
    let mut run = ran.with_context(|| format!("{input} to {}", output.display()))?;
    ensure!(run.ledger.delivered > 0, "{input} has no frames; nothing was written");
    let expected = sink.expected();
    run.notes.extend(notes(&sink, others, settings.open.times));
    // Closes the file, and the one the sound came from.
    drop(sink);
    match verify(temporary.path(), &expected) {
        Ok(note) => run.notes.extend(note.map(|note| format!("{}: {note}", output.display()))),
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
fn others(input: &Input, times: u32) -> Option<&Path> {
    match input {
        Input::File(path) if times == 1 => Some(path),
        _ => None,
    }
}

fn notes(sink: &Video, others: Option<&Path>, times: u32) -> Vec<String> {
    let mut notes = sink.notes().to_vec();
    if others.is_none() && times > 1 {
        notes.push(format!("the input was played {times} times, so its sound was left out"));
    }
    notes
}

/// Finds out whether the output can be written, before anything is done. Returns where it really is.
fn writable(conversion: &Conversion<'_>) -> Result<PathBuf> {
    let (input, asked) = (conversion.input, conversion.output);
    Container::check(asked, conversion.video.codec)?;
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
