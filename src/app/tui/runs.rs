//! Starts and ends the runs of a session, one after the other, as settings, the input and the steps of a lesson ask for;
//! what is predicted of each run, and what each run showed. Predictions are made without a lesson, too.

use std::time::Instant;

use anyhow::Result;
use framerace::lab::lessons::Shown;
use framerace::lab::report::{Verdict, judge};
use framerace::metrics::Run;

use super::background_run::{BackgroundRun, free_name};
use super::desired::DesiredSettings;
use super::model::{FEWEST_FRAMES, Snapshots};
use super::open::{OPENING, open_while_drawing};
use super::screen::draw;
use super::session::{DISCARDED, Session};
use super::terminal::Screen;

impl Session<'_> {
    /// Starts or ends a run if that is needed now. Fails when the input cannot be opened again, or a run fails.
    pub fn update_run(&mut self, screen: &mut Screen, color: bool) -> Result<()> {
        self.leaving |= self.watch.is_ended();
        if self.running.as_ref().is_some_and(BackgroundRun::is_over) {
            self.take_result()?;
        }
        match &mut self.running {
            Some(running) if running.is_asked_to_end() => {
                // The result of the last run is printed after leaving, so the last run is not forced to stop.
                if !self.leaving || self.walkthrough.is_some() {
                    running.force_stop();
                }
            }
            Some(running) if self.leaving => running.end(),
            Some(running) if running.settings != self.desired => {
                // A recording is one run; the next run would be another video.
                self.desired.recording &= !running.settings.recording;
                running.end();
            }
            Some(_) => {}
            None if self.leaving => {}
            None if self.input_ended && self.last.as_ref().is_some_and(|(_, last)| *last == self.desired) => {}
            None => self.start(screen, color)?,
        }
        Ok(())
    }

    fn start(&mut self, screen: &mut Screen, color: bool) -> Result<()> {
        if self.input_ended && !self.open_again(screen, color)? {
            return Ok(());
        }
        let file = self.desired.recording.then(free_name);
        self.model.sink = file.as_ref().map_or(DISCARDED.into(), |file| file.display().to_string());
        (self.snapshots, self.recent) = (Snapshots::default(), None);
        self.model.begin_run();
        if let Some(before) = self.started.replace(self.desired.clone()) {
            self.model.mark_change(self.desired.changes_since(&before));
        }
        self.predict();
        self.running = Some(BackgroundRun::start(self.pipeline, &self.desired, self.source.reader(), file)?);
        Ok(())
    }

    /// Takes the result of the run that is over, and shows what is to be said of it.
    fn take_result(&mut self) -> Result<()> {
        let Some(running) = self.running.take() else { return Ok(()) };
        let (asked_to_end, was_paused) = (running.is_asked_to_end(), running.was_paused);
        let (file, settings) = (running.file.clone(), running.settings.clone());
        match (running.result(), file) {
            (Ok(run), file) => {
                self.record_shown(&run, &settings, was_paused);
                if let Some(file) = file {
                    self.model.message = format!("recorded {} frames: {}", run.ledger.delivered, file.display());
                    self.desired.recording = false;
                }
                if !asked_to_end {
                    self.input_ended = true;
                    self.model.message = format!("{} is over; any change begins it anew, q quits", self.pipeline.input);
                }
                // Recording does not change the work, so the settings count as the same without it.
                self.last = Some((run, DesiredSettings { recording: false, ..settings }));
            }
            (Err(error), Some(_)) => {
                self.model.message = format!("{error:#}");
                self.desired.recording = false;
            }
            // It was forced to stop, and so has no result; but it was measured until then.
            (Err(_), None) if asked_to_end => {
                if let Some(recent) = self.recent.take() {
                    self.record_shown(&recent, &settings, was_paused);
                }
            }
            (Err(error), None) => return Err(error),
        }
        Ok(())
    }

    /// Opens the input again after it has ended. False if that failed, which the screen says, or if the user left.
    fn open_again(&mut self, screen: &mut Screen, color: bool) -> Result<bool> {
        self.model.state = OPENING.into();
        let (model, desired) = (&self.model, &self.desired);
        let opened = open_while_drawing(self.pipeline, self.watch, screen, |screen| {
            screen.draw(|frame| draw(frame, model, desired, color))
        });
        match (opened, &self.last) {
            (Ok(Some(source)), _) => {
                self.source = source;
                self.source.pause(self.paused);
                self.input_ended = false;
                Ok(true)
            }
            (Ok(None), _) => {
                self.leaving = true;
                Ok(false)
            }
            (Err(error), Some((_, last))) => {
                self.desired = last.clone();
                self.model.message = format!("{error:#}");
                Ok(false)
            }
            (Err(error), None) => Err(error),
        }
    }

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
