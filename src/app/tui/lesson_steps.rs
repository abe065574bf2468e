//! The steps of a lesson in a session: when the next one begins, what is predicted of each run, and what each run showed.
//! Predictions are made without a lesson, too.

use std::time::Instant;

use framerace::lab::lessons::Shown;
use framerace::lab::report::{Verdict, judge};
use framerace::metrics::Run;

use super::desired::DesiredSettings;
use super::model::FEWEST_FRAMES;
use super::session::Session;

impl Session<'_> {
    /// Goes on with the next step of a tour when it is due.
    pub fn advance_lesson(&mut self, now: Instant) {
        let as_desired =
            self.running.as_ref().is_some_and(|running| !running.is_asked_to_end() && running.settings == self.desired);
        let is_shown = as_desired && !self.paused && self.model.measured.is_some();
        if self.walkthrough.as_mut().is_some_and(|walkthrough| walkthrough.is_due(now, is_shown)) {
            self.next_step();
        }
    }

    /// Goes on with the next step. After the last one a tour ends; without a pace the lesson starts again.
    pub fn next_step(&mut self) {
        let Some(walkthrough) = &mut self.walkthrough else { return };
        if !walkthrough.next() {
            if walkthrough.is_tour() {
                self.leaving = true;
                return;
            }
            walkthrough.restart();
        }
        self.desired = walkthrough.settings(&self.initial);
        self.model.lesson = Some(walkthrough.lesson());
    }

    /// The user has changed something: a tour waits for a key.
    pub fn hold_tour(&mut self) {
        if let Some(walkthrough) = self.walkthrough.as_mut().filter(|walkthrough| walkthrough.is_tour()) {
            walkthrough.held = true;
            self.model.message = "the tour waits for you; n goes on with the next step, q quits".into();
        }
    }

    /// Predicts the rate of the desired settings, before it is measured.
    pub fn predict(&mut self) {
        let prediction = self.predictor.predict(&self.desired, &self.pipeline.chain, self.conditions.capacity);
        (self.model.predicted, self.model.predicted_from) = match prediction {
            Ok((fps, from)) => (Some(fps), from),
            Err(why) => (None, why.to_string()),
        };
        let step = self.walkthrough.as_ref().filter(|step| step.settings(&self.initial) == self.desired);
        self.caption = step.map_or_else(|| describe(&self.desired), |step| step.caption().to_owned());
    }

    /// A run is over: later predictions start from it, and a lesson keeps what it showed.
    pub fn record_shown(&mut self, run: &Run, settings: &DesiredSettings, was_paused: bool) {
        if !was_paused {
            self.predictor.add(run, settings);
        }
        if self.walkthrough.is_none() || run.ledger.new_frames() < FEWEST_FRAMES {
            return;
        }
        let Verdict { stage, kind, .. } = judge(run, &self.conditions);
        let kind = kind.to_string();
        self.shown.push(Shown {
            what: self.caption.clone(),
            predicted: self.model.predicted,
            measured: if was_paused { self.model.measured } else { Some(run.fps()) },
            limit: if stage == kind { kind } else { format!("{stage}: {kind}") },
        });
    }
}

/// Settings that are not those of a step.
fn describe(settings: &DesiredSettings) -> String {
    let slowed = settings.filters.iter().filter(|(_, slowed)| *slowed > 0.0);
    let slowed = slowed.map(|(name, slowed)| format!("{name} +{slowed:.0} %"));
    settings.words().into_iter().chain(slowed).collect::<Vec<_>>().join(", ")
}
