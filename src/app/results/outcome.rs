//! How `compare` and `run` end: the report is shown, and then an error says what was incomplete, if anything was.

use std::sync::Arc;

use anyhow::{Error, Result, bail};
use framerace::lab::report::{Report, to_table};
use framerace::pipeline::Watch;

use super::target::{Files, print};
use crate::app::args::work::Work;
use crate::app::exit_code::Interrupted;
use crate::app::interrupt::on_interrupt;
use crate::app::terminal::stderr::Stderr;

/// Lets an interruption end the run in good order, with what was measured until then.
///
/// # Errors
/// When the signal handler cannot be installed.
pub fn end_on_interrupt(watch: &Arc<Watch>) -> Result<()> {
    let watch = Arc::clone(watch);
    on_interrupt(move || watch.end())
}

/// The error to report: if the user has interrupted the work, that and not what failed because of it.
pub fn or_interrupted(error: Error, watch: &Watch) -> Error {
    if watch.is_ended() {
        Interrupted("interrupted before anything was measured".into()).into()
    } else if watch.is_stopped() {
        Interrupted("interrupted; nothing was written".into()).into()
    } else {
        error
    }
}

/// Writes and prints the report.
///
/// # Errors
/// When a file or standard output cannot be written.
pub fn show(work: &Work, files: Files, report: &Report, stderr: &Stderr) -> Result<()> {
    let (console, to_stdout) = (&work.console, files.to_stdout());
    files.write(report)?;
    if !console.quiet && !to_stdout {
        print(&to_table(report, console.detail(), console.use_color()))?;
    }
    for left_out in &report.left_out {
        stderr.line(&format!("left out: {}: {}", left_out.name, left_out.reason));
    }
    for note in &report.notes {
        stderr.line(&format!("note: {note}"));
    }
    Ok(())
}

/// Whether the input was lost in one of the runs, and did not come back.
pub fn is_lost(report: &Report) -> bool {
    report.strategies.iter().any(|strategy| strategy.run.outages.for_good)
}

/// Fails if the measurement ended before its time.
///
/// # Errors
/// When the input was lost, or the user has interrupted the measurement.
pub fn check_complete(work: &Work, lost: bool, interrupted: bool) -> Result<()> {
    if lost {
        bail!("{} was lost; what was measured until then is above", work.input);
    }
    if interrupted {
        bail!(Interrupted("interrupted; what was measured until then is above".into()));
    }
    Ok(())
}
