//! `demo --live` and `demo --tour`: lessons on the whole terminal, one after the other.

use std::time::Duration;

use anyhow::Result;
use framerace::lab::lessons::{About, Scene, Shown};
use framerace::pipeline::Watch;

use super::desired::Pipeline;
use super::session::Session;
use super::terminal::Screen;
use super::walkthrough::Walkthrough;

/// A lesson to show.
pub struct Play {
    pub pipeline: Pipeline,
    pub about: &'static About,
    pub scene: &'static Scene,
    /// What was shown of it so far.
    pub shown: Vec<Shown>,
}

/// Shows lessons one after the other. With a `pace` each step is shown for that time, up to the last step of the last
/// lesson; without one, the user goes on with a key and quits.
///
/// # Errors
/// When there is no terminal, an input cannot be opened, or a run fails. What was shown until then is kept.
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
