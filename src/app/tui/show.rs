//! `run --tui`, and `demo --live` and `demo --tour`: one pipeline on the whole terminal, or lessons one after the other.

use std::time::Duration;

use anyhow::{Result, bail};
use framerace::lab::lessons::{About, Scene, Shown};
use framerace::metrics::Run;
use framerace::pipeline::Watch;
use framerace::source::SourceInfo;

use super::desired::Pipeline;
use super::session::Session;
use super::terminal::Screen;
use super::walkthrough::Walkthrough;

/// Runs the pipeline until the user quits. Returns the pipeline as it was in the last run, the source, and the result.
/// Fails when there is no terminal, the input cannot be opened, or a run fails.
pub fn run(pipeline: &Pipeline, watch: &Watch, color: bool) -> Result<(Pipeline, SourceInfo, Run)> {
    let mut screen = Screen::open("--tui")?;
    let mut session = Session::open(pipeline, watch, None, &mut screen, color)?;
    let done = session.run_until_left(&mut screen, color);
    drop(screen);
    done?;
    let info = session.source.info().clone();
    let Some((run, last)) = session.last.take() else { bail!("nothing was measured") };
    Ok((last.applied_to(pipeline), info, run))
}

pub struct Play {
    pub pipeline: Pipeline,
    pub about: &'static About,
    pub scene: &'static Scene,
    pub shown: Vec<Shown>,
}

/// Shows lessons one after the other. With a `pace` each step is shown for that time, up to the last step of the last
/// lesson; without one, the user goes on with a key and quits. Fails when there is no terminal, an input cannot be opened,
/// or a run fails; what was shown until then is kept.
pub fn show(plays: &mut [Play], pace: Option<Duration>, watch: &Watch, color: bool) -> Result<()> {
    let mut screen = Screen::open(if pace.is_some() { "--tour" } else { "--live" })?;
    for play in plays {
        let walkthrough = Walkthrough::new(play.about, play.scene, pace);
        let mut session = Session::open(&play.pipeline, watch, Some(walkthrough), &mut screen, color)?;
        let done = session.run_until_left(&mut screen, color);
        let quit = session.quit;
        play.shown = session.shown;
        done?;
        if quit || watch.is_ended() {
            break;
        }
    }
    Ok(())
}
