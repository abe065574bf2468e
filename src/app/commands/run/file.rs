//! `run -o`: the frames become a video file.

use std::path::Path;

use anyhow::Result;
use framerace::pipeline::Watch;
use framerace::sink::video::VideoOptions;
use framerace::source::{SourceInfo, open_unless};
use framerace::transcode::{Conversion, convert};

use super::args::RunOptions;
use super::measured::Measured;
use crate::app::args::work::Work;
use crate::app::terminal::stderr::Stderr;
use crate::app::terminal::{Length, with_frames_bar};

/// Converts the input into a file, with a progress bar.
///
/// # Errors
/// When the input cannot be read or the file cannot be written.
pub fn run(
    options: &RunOptions,
    output: &Path,
    video: &VideoOptions,
    watch: &Watch,
    stderr: &Stderr,
) -> Result<Measured> {
    let Work { input, chain, settings, console, .. } = &options.work;
    let source = open_unless(&watch.ended(), input, &settings.open)?.info().clone();
    let conversion = Conversion { input, output, chain, strategy: options.strategy, settings, video };
    let frames = frames(&source).into_iter().chain(settings.limits.frames).min();
    let length = Length { frames, rate: source.fps };
    let run = with_frames_bar(stderr, console.progress(), watch, length, || convert(&conversion, watch))?;
    Ok(Measured::new(source, run))
}

/// The number of frames that a source has, as it says or as its duration and rate say.
fn frames(source: &SourceInfo) -> Option<u64> {
    let duration = || source.video.as_ref().and_then(|video| video.duration);
    let by_time = || source.fps.zip(duration()).map(|(fps, duration)| (fps * duration.as_secs_f64()).round() as u64);
    source.frames.or_else(by_time)
}
