//! `run -o`: one input to one video file, and what the run gave.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};
use framerace::compare::{Comparison, Entrant, Entry};
use framerace::convert::{Conversion, convert};
use framerace::sink::video::VideoOptions;
use framerace::source::open_unless;
use framerace::strategy::Watch;

use crate::cli::Race;
use crate::progress::{Length, with_frames_bar};
use crate::stderr::Stderr;

/// Converts, as a race of one.
///
/// # Errors
/// One line for the user.
pub fn race_to_file(
    race: &Race,
    output: &Path,
    video: &VideoOptions,
    watch: &Watch,
    stderr: &Stderr,
) -> Result<Comparison> {
    let plan = &race.plan;
    let strategy = plan.strategies.first().copied().context("a run has a strategy")?;
    let source = open_unless(&watch.ended(), &plan.input, &plan.settings.opening)?.info().clone();
    let (input, chain, settings) = (&plan.input, &plan.chain, &plan.settings);
    let conversion = Conversion { input, output, chain, strategy, settings, video };
    let length = Length { frames: settings.limits.frames.or(source.frames), rate: source.fps };
    let begin = Instant::now();
    let run = with_frames_bar(stderr, race.output.progress, watch, length, || convert(&conversion, watch))?;
    let entry = Entry { entrant: Entrant::new(strategy, plan), runs: vec![run] };
    Ok(Comparison {
        source,
        entries: vec![entry],
        left_out: Vec::new(),
        rounds: 1,
        took: begin.elapsed(),
        open: None,
        frames_a_run: None,
        preloaded: None,
    })
}
