//! `demo --live` and `demo --tour`: lessons on the whole terminal. What they showed is printed at the end.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use framerace::host::libraries;
use framerace::lab::lessons::{Lesson, Scene, shown_text};
use framerace::pipeline::{Policies, Settings, Watch};
use framerace::source::{OpenOptions, Pace};
use framerace::strategy::find;

use super::args::{DemoArgs, OnScreen};
use crate::app::exit_code::Interrupted;
use crate::app::interrupt::on_interrupts;
use crate::app::results::target::{print, terminal_width};
use crate::app::this_program::this_program;
use crate::app::tui::{self, Pipeline, Play};

/// Shows the scenes. Fails when there is no terminal, or a run fails; what was shown until then is printed before.
pub fn run(on_screen: &OnScreen, demo: &DemoArgs) -> Result<()> {
    libraries::prepare(1, false)?;
    let watch = Arc::new(Watch::default());
    let interrupted = Arc::clone(&watch);
    on_interrupts(move || interrupted.end(), tui::restore)?;
    let play = |(lesson, scene): &(&'static Lesson, &'static Scene)| {
        let pipeline = pipeline(scene, demo)?;
        anyhow::Ok(Play { pipeline, about: lesson.about(), scene, shown: Vec::new() })
    };
    let mut plays = on_screen.scenes.iter().map(play).collect::<Result<Vec<_>>>()?;
    let done = tui::show(&mut plays, on_screen.pace, &watch, demo.console.color.use_color());
    let shown = plays.iter().filter(|play| !play.shown.is_empty());
    let texts: Vec<_> = shown.map(|play| shown_text(play.about, &play.shown, terminal_width())).collect();
    if !demo.console.quiet && !texts.is_empty() {
        print(&texts.join("\n\n"))?;
    }
    if watch.is_ended() {
        let nothing = texts.is_empty();
        let when = if nothing { " before anything was measured" } else { "; what was shown until then is above" };
        bail!(Interrupted(format!("interrupted{when}")));
    }
    done
}

/// The pipeline of a scene, on the scene's own frames or on the input of the user.
fn pipeline(scene: &Scene, demo: &DemoArgs) -> Result<Pipeline> {
    let input = demo.input.clone().unwrap_or_else(|| scene.frames());
    let live = input.is_live();
    // A live input has a pace of its own.
    let as_camera = scene.camera.filter(|_| !live).map(Pace::Rate);
    let open = OpenOptions { times: u32::MAX, as_camera, ..OpenOptions::default() };
    let settings = Settings {
        workers: 1,
        overflow: if live { Policies::live() } else { Policies::default() },
        open,
        worker_command: Some(this_program()),
        ..Settings::default()
    };
    let strategy = find("threads").context("no strategy threads")?;
    Ok(Pipeline { input, chain: scene.chain.parse()?, strategy, settings })
}
