//! `run --tui`: one pipeline on the whole terminal.

use anyhow::{Result, bail};
use framerace::metrics::Run;
use framerace::pipeline::Watch;
use framerace::source::SourceInfo;

use super::desired::Pipeline;
use super::session::Session;
use super::terminal::Screen;

/// Runs the pipeline until the user quits. Returns the pipeline as it was in the last run, the source, and the result.
///
/// # Errors
/// When there is no terminal, the input cannot be opened, or a run fails.
pub fn run(pipeline: Pipeline, watch: &Watch, color: bool) -> Result<(Pipeline, SourceInfo, Run)> {
    let mut screen = Screen::open("--tui")?;
    let mut session = Session::open(&pipeline, watch, None, &mut screen, color)?;
    let done = session.run_until_left(&mut screen, color);
    drop(screen);
    done?;
    let info = session.source.info().clone();
    let Some((run, last)) = session.last.take() else { bail!("nothing was measured") };
    Ok((last.applied_to(&pipeline), info, run))
}
