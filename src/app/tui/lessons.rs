//! Lessons on the screen: step after step, by key or by itself, and what was shown of each. How a run goes on and how it is
//! drawn is the same as without a lesson.

use std::time::{Duration, Instant};

use anyhow::Result;

use framerace::lab::lessons::{About, Scene, Shown};
use framerace::lab::report::{Verdict, judge};
use framerace::metrics::Run;
use framerace::pipeline::Watch;

use super::Desk;
use super::guide::Guide;
use super::keys::Wanted;
use super::model::FEWEST;
use super::opening::open_first;
use super::pipeline::Pipeline;
use super::terminal::Screen;

/// A lesson that is shown.
pub struct Play {
    pub pipeline: Pipeline,
    pub about: About,
    pub scene: &'static Scene,
    /// What was shown of it so far.
    pub shown: Vec<Shown>,
}

/// Shows lessons one after the other on a whole screen. With a `pace` a step stays so long, and then comes the next one, to
/// the last step of the last lesson; without one, until somebody quits.
///
/// # Errors
/// When there is no terminal, an input cannot be opened, or a run fails. What was shown by then is kept.
pub fn show(plays: &mut [Play], pace: Option<Duration>, watch: &Watch, color: bool) -> Result<()> {
    let mut screen = Screen::open(if pace.is_some() { "--tour" } else { "--live" })?;
    for play in plays {
        let guide = Guide::new(play.about, play.scene, pace);
        let kept = open_first(&play.pipeline, Some(&guide), watch, &mut screen, color)?;
        let mut desk = Desk::new(&play.pipeline, watch, kept, Some(guide))?;
        let done = desk.until_left(&mut screen, color);
        let quit = desk.quit;
        play.shown = desk.shown;
        done?;
        if quit || watch.is_ended() {
            break;
        }
    }
    Ok(())
}

impl Desk<'_> {
    /// Goes on with the next step when it is due.
    pub(super) fn follow(&mut self, now: Instant) {
        let as_wanted =
            self.running.as_ref().is_some_and(|running| !running.is_told() && running.wanted == self.wanted);
        let something_to_see = as_wanted && !self.paused && self.model.measured.is_some();
        if self.guide.as_mut().is_some_and(|guide| guide.is_due(now, something_to_see)) {
            self.next_step();
        }
    }

    /// Goes on with the next step. After the last one a tour is over; others begin again.
    pub(super) fn next_step(&mut self) {
        let Some(guide) = &mut self.guide else { return };
        if !guide.next() {
            if guide.is_tour() {
                self.leaving = true;
                return;
            }
            guide.begin();
        }
        self.wanted = guide.wanted(&self.plain);
        self.model.lesson = Some(guide.lesson());
    }

    /// Somebody has taken the keys: the tour waits.
    pub(super) fn hold(&mut self) {
        if let Some(guide) = self.guide.as_mut().filter(|guide| guide.is_tour()) {
            guide.held = true;
            self.model.message = "the tour waits for you; n goes on with the next step, q quits".into();
        }
    }

    /// Says what the settings will give, before it is measured.
    pub(super) fn foresee(&mut self) {
        let foreseen = self.outlook.of(&self.wanted, &self.pipeline.chain, self.conditions.capacity);
        (self.model.predicted, self.model.predicted_from) = match foreseen {
            Ok((fps, from)) => (Some(fps), from),
            Err(why) => (None, why.to_string()),
        };
        let as_told = self.guide.as_ref().filter(|guide| guide.wanted(&self.plain) == self.wanted);
        self.what = as_told.map_or_else(|| in_words(&self.wanted), |guide| guide.caption().to_owned());
    }

    /// A run is over: what can be foreseen from it, and what was shown.
    pub(super) fn note(&mut self, run: &Run, wanted: &Wanted, was_paused: bool) {
        if !was_paused {
            self.outlook.learn(run, wanted);
        }
        if self.guide.is_none() || run.ledger.new_frames() < FEWEST {
            return;
        }
        let Verdict { stage, kind, .. } = judge(run, &self.conditions);
        let kind = kind.to_string();
        self.shown.push(Shown {
            what: self.what.clone(),
            predicted: self.model.predicted,
            measured: if was_paused { self.model.measured } else { Some(run.fps()) },
            limit: if stage == kind { kind } else { format!("{stage}: {kind}") },
        });
    }
}

/// Settings that no step asks for.
fn in_words(wanted: &Wanted) -> String {
    let slowed = wanted.filters.iter().filter(|(_, slowed)| *slowed > 0.0);
    let slowed = slowed.map(|(name, slowed)| format!("{name} +{slowed:.0} %"));
    wanted.words().into_iter().chain(slowed).collect::<Vec<_>>().join(", ")
}
