//! `-s auto`: chooses strategy, workers and decoder threads by measuring, before the run.

use anyhow::Result;
use framerace::pipeline::Watch;
use framerace::tune::Calibration;

use super::args::{Output, RunOptions};
use crate::app::terminal::stderr::Stderr;
use crate::app::terminal::{choice_lines, columns};

/// Chooses what is not given, writes it into the options, and prints the reason, which is returned. Does nothing, and
/// returns none, if a strategy was given. Fails when the input cannot be read, or `watch` is told to stop.
pub fn choose(options: &mut RunOptions, watch: &Watch, stderr: &Stderr) -> Result<Option<String>> {
    let Some(given) = options.auto else { return Ok(None) };
    let work = &mut options.work;
    let output = match &options.output {
        Output::File { path, video } => Some((path.as_path(), video)),
        _ => None,
    };
    let calibration = Calibration {
        workers: given.workers,
        decode_threads: given.decode_threads,
        output,
        ..Calibration::new(&work.input, &work.chain, &work.settings)
    };
    let choice = calibration.choose(watch)?;
    if !work.console.quiet {
        choice_lines(&choice.why, columns(stderr)).iter().for_each(|line| stderr.line(line));
    }
    work.settings = choice.candidate.settings(&work.settings);
    options.strategy = choice.candidate.strategy;
    Ok(Some(choice.why))
}
