//! `run -o`: one input to one video file, and what the run gave.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use framerace::lab::compare::{Comparison, Entrant, Entry};
use framerace::metrics::Run;
use framerace::pipeline::Watch;
use framerace::sink::video::VideoOptions;
use framerace::source::{SourceInfo, open_unless};
use framerace::transcode::{Conversion, convert};

use crate::app::args::Race;
use crate::app::terminal::stderr::Stderr;
use crate::app::terminal::{Length, with_frames_bar};

/// Converts, as a race of one. `watch` may stop it.
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
    let all = frames(&source).into_iter().chain(settings.limits.frames).min();
    let length = Length { frames: all, rate: source.fps };
    let begin = Instant::now();
    let run = with_frames_bar(stderr, race.output.progress, watch, length, || convert(&conversion, watch))?;
    Ok(race_of_one(Entrant::new(strategy, plan), source, run, begin.elapsed()))
}

/// A run that was made outside of a race, as a race of one.
pub fn race_of_one(entrant: Entrant, source: SourceInfo, run: Run, took: Duration) -> Comparison {
    Comparison {
        source,
        entries: vec![Entry { entrant, runs: vec![run] }],
        left_out: Vec::new(),
        rounds: 1,
        took,
        open: None,
        frames_a_run: None,
        preloaded: None,
        cut: None,
        lost: false,
    }
}

/// Frames that a source says it has, or that fit into the time it says it plays.
fn frames(source: &SourceInfo) -> Option<u64> {
    let plays = || source.video.as_ref().and_then(|facts| facts.duration);
    let by_time = || source.fps.zip(plays()).map(|(fps, plays)| (fps * plays.as_secs_f64()).round() as u64);
    source.frames.or_else(by_time)
}
