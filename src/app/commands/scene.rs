//! `demo --live` and `demo --tour`: lessons on a whole screen, and what was shown of them when it is over.

use std::sync::Arc;

use anyhow::{Result, bail};
use framerace::host::libraries;
use framerace::lab::compare::{Plan, Rounds};
use framerace::lab::lessons::{Lesson, Scene, shown_text};
use framerace::pipeline::{Policies, Settings, Watch};
use framerace::source::Opening;
use framerace::strategy::STRATEGIES;

use super::target::print;
use crate::app::args::{Demo, OnScreen};
use crate::app::interrupt::{Interrupted, on_interrupts};
use crate::app::tui::{self, Play};

/// Shows the scenes.
///
/// # Errors
/// One line for the user. What was shown by then is printed all the same.
pub fn run(asked: &OnScreen, demo: &Demo) -> Result<()> {
    libraries::prepare(1, false)?;
    let watch = Arc::new(Watch::default());
    let told = Arc::clone(&watch);
    on_interrupts(move || told.end(), tui::restore)?;
    let play = |(lesson, scene): &(&'static dyn Lesson, &'static Scene)| {
        let plan = plan(scene, demo)?;
        anyhow::Ok(Play { plan, about: lesson.about(), scene, shown: Vec::new() })
    };
    let mut plays = asked.scenes.iter().map(play).collect::<Result<Vec<_>>>()?;
    let done = tui::show(&mut plays, asked.pace, &watch, demo.output.color);
    let shown = plays.iter().filter(|play| !play.shown.is_empty());
    let texts: Vec<_> = shown.map(|play| shown_text(&play.about, &play.shown)).collect();
    if !demo.output.quiet && !texts.is_empty() {
        print(&texts.join("\n\n"))?;
    }
    if watch.is_ended() {
        let nothing = texts.is_empty();
        let when = if nothing { " before anything was measured" } else { "; what was shown until then is above" };
        bail!(Interrupted(format!("interrupted{when}")));
    }
    done
}

/// A scene on its own frames, or on those of the user.
fn plan(scene: &Scene, demo: &Demo) -> Result<Plan> {
    let input = if demo.own_input { demo.input.clone() } else { scene.frames() };
    let live = input.is_live();
    let opening = Opening { times: u32::MAX, as_camera: scene.pace().filter(|_| !live), ..Opening::default() };
    let settings = Settings {
        workers: 1,
        overflow: if live { Policies::live() } else { Policies::default() },
        opening,
        worker_command: Some(demo.worker_command.clone()),
        ..Settings::default()
    };
    Ok(Plan {
        input,
        chain: scene.chain.parse()?,
        strategies: STRATEGIES.iter().copied().filter(|strategy| strategy.name() == "threads").collect(),
        settings,
        rounds: Rounds::Fixed(1),
        preload: false,
        warmup: 0,
        seed: 1,
    })
}
