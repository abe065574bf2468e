//! `--prove`: the predictions for the fastest strategy, tested by experiments.

use anyhow::Result;
use framerace::lab::report::Report;
use framerace::metrics::Run;
use framerace::pipeline::Watch;
use framerace::predict::{Bencher, prove};
use framerace::source::Preloaded;
use framerace::strategy::Strategy;

use crate::app::args::work::Work;
use crate::app::terminal::stderr::Stderr;
use crate::app::terminal::with_bar;

/// Tests the predictions for the first strategy of a report, if that is asked for, and writes the outcome into the report.
/// `runs` are the strategies that ran, each with a run of it; `preloaded` are the input's frames, if they are in memory.
///
/// # Errors
/// When an experiment fails.
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
