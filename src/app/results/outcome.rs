//! How `compare` and `run` end: predictions are tested (`--prove`), the report is shown, and then an error says what was
//! incomplete, if anything was.

use std::sync::Arc;

use anyhow::{Error, Result, ensure};
use framerace::lab::report::{Report, to_table};
use framerace::metrics::Run;
use framerace::pipeline::Watch;
use framerace::predict::{Bencher, prove};
use framerace::source::Preloaded;
use framerace::strategy::Strategy;

use super::target::{Files, print_painted, terminal_width};
use crate::app::args::console::detail;
use crate::app::args::work::Work;
use crate::app::exit_code::Interrupted;
use crate::app::interrupt::on_interrupt;
use crate::app::terminal::stderr::Stderr;
use crate::app::terminal::with_bar;

/// Lets an interruption end the run in good order, with what was measured until then.
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

/// Tests the predictions for the first strategy of a report, if that is asked for, and writes the outcome into the report.
/// `runs` are the strategies that ran, each with a run of it; `preloaded` are the input's frames, if they are in memory.
pub fn test_predictions(
    work: &Work,
    runs: &[(&'static dyn Strategy, Run)],
    preloaded: Option<&Preloaded>,
    report: &mut Report,
    watch: &Watch,
    stderr: &Stderr,
) -> Result<()> {
    let (Some(budget), Some(fastest)) = (work.prove, report.strategies.first_mut()) else { return Ok(()) };
    let Some((strategy, run)) = runs.iter().find(|(_, run)| run.strategy == fastest.name()) else { return Ok(()) };
    let Work { input, chain, settings, .. } = work;
    let bench = Bencher { strategy: *strategy, input, preloaded, chain, settings, budget };
    with_bar(stderr, work.console.progress(), watch, |on_step| prove(&bench, run, &mut fastest.what_if, on_step))
}

/// Writes the report into its files and prints it.
pub fn show(work: &Work, files: Files, report: &Report, stderr: &Stderr) -> Result<()> {
    let (console, to_stdout) = (&work.console, files.to_stdout());
    files.write(report)?;
    // Before the table, whose last lines are the answer.
    for left_out in &report.left_out {
        stderr.line(&format!("left out: {}: {}", left_out.name, left_out.reason));
    }
    for note in &report.notes {
        stderr.line(&format!("note: {note}"));
    }
    if !console.quiet && !to_stdout {
        print_painted(&to_table(report, detail(console.verbose), terminal_width()), &console.color)?;
    }
    Ok(())
}

/// Whether the input was lost in one of the runs, and did not come back.
pub fn is_lost(report: &Report) -> bool {
    report.strategies.iter().any(|strategy| strategy.run.outages.for_good)
}

/// Fails if the measurement ended before its time: the input was lost, or the user has interrupted it.
pub fn check_complete(work: &Work, lost: bool, interrupted: bool) -> Result<()> {
    ensure!(!lost, "{} was lost; what was measured until then is above", work.input);
    ensure!(!interrupted, Interrupted("interrupted; what was measured until then is above".into()));
    Ok(())
}
