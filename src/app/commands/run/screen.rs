//! `run --tui`: the pipeline is shown on the whole terminal as it runs, and keys change it.

use anyhow::Result;
use framerace::pipeline::Watch;

use super::args::RunOptions;
use super::measured::Measured;
use crate::app::tui::{self, Pipeline};

/// Runs until the user quits. The result is that of the last run; the options become what that run did.
///
/// # Errors
/// When there is no terminal, the input cannot be opened, or a run fails.
pub fn run(options: &mut RunOptions, watch: &Watch) -> Result<Measured> {
    let RunOptions { work, strategy, .. } = options;
    let (input, chain, settings) = (work.input.clone(), work.chain.clone(), work.settings.clone());
    let (last, source, run) =
        tui::run(Pipeline { input, chain, strategy: *strategy, settings }, watch, work.console.color)?;
    (*strategy, work.chain, work.settings) = (last.strategy, last.chain, last.settings);
    Ok(Measured::new(source, run))
}
