//! `run --tui`: one pipeline on the whole terminal.

use anyhow::{Result, bail};
use framerace::metrics::Run;
use framerace::pipeline::Watch;
use framerace::source::SourceInfo;
use framerace::strategy::find;

use super::open::open_first;
use super::pipeline::Pipeline;
use super::session::Session;
use super::terminal::Screen;

/// Runs the pipeline until the user quits. Returns the pipeline as it was in the last run, the source, and the result.
///
/// # Errors
/// When there is no terminal, the input cannot be opened, or a run fails.
pub fn run(pipeline: Pipeline, watch: &Watch, color: bool) -> Result<(Pipeline, SourceInfo, Run)> {
    let mut screen = Screen::open("--tui")?;
    let source = open_first(&pipeline, None, watch, &mut screen, color)?;
    let mut session = Session::new(&pipeline, watch, source, None)?;
    let done = session.run_until_left(&mut screen, color);
    drop(screen);
    done?;
    let info = session.source.info().clone();
    let Some((run, last)) = session.last.take() else { bail!("nothing was measured") };
    let (settings, chain) = (last.settings(&pipeline.settings), last.chain(&pipeline.chain));
    let strategy = find(last.strategy).unwrap_or(pipeline.strategy);
    Ok((Pipeline { input: pipeline.input, chain, strategy, settings }, info, run))
}
