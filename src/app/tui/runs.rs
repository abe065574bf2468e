//! Starts and ends the runs of a session, one after the other, as settings and the input ask for.

use anyhow::Result;

use super::background_run::{BackgroundRun, free_name};
use super::desired::DesiredSettings;
use super::model::Snapshots;
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
}
