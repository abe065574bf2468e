//! The loop of a session: takes snapshots, draws, and does what keys ask for, until it is left.

use std::time::{Duration, Instant};

use anyhow::Result;

use super::background_run::BackgroundRun;
use super::keys::{Action, action};
use super::model::SNAPSHOTS_PER_SECOND;
use super::screen::draw;
use super::session::Session;
use super::terminal::Screen;

/// The time between two snapshots.
const PERIOD: Duration = Duration::from_millis(1000 / SNAPSHOTS_PER_SECOND as u64);
/// The effect of a key is shown after this time at most.
const KEY_DELAY: Duration = Duration::from_millis(100);

impl Session<'_> {
    /// Runs and draws until the user leaves, a signal ends it, or a tour is over. Fails when the terminal is gone, the input
    /// cannot be opened again, or a run fails.
    pub fn run_until_left(&mut self, screen: &mut Screen, color: bool) -> Result<()> {
        let mut snapshot_at = Instant::now();
        let mut draw_at = snapshot_at;
        loop {
            self.update_run(screen, color)?;
            if self.leaving && (self.running.is_none() || self.force_quit) {
                return Ok(());
            }
            let now = Instant::now();
            if now >= snapshot_at {
                self.take_snapshot();
                self.advance_lesson(now);
                (snapshot_at, draw_at) = (now + PERIOD, now);
            }
            if now >= draw_at {
                self.model.cost = screen.cost();
                self.model.state = self.state().into();
                screen.draw(|frame| draw(frame, &self.model, &self.desired, color))?;
                draw_at = snapshot_at;
            }
            let wait = snapshot_at.min(draw_at).saturating_duration_since(Instant::now()).min(KEY_DELAY);
            if let Some(action) = screen.key(wait)?.and_then(action) {
                self.apply(action);
                draw_at = draw_at.min(now + KEY_DELAY);
            }
        }
    }

    fn take_snapshot(&mut self) {
        let Some(running) = &mut self.running else { return };
        running.was_paused |= self.paused;
        let Some(now) = running.watch.snapshot(0) else { return };
        let whole_run = now.ledger.clone();
        if let Some((second, few_seconds)) = self.snapshots.add(now, &running.settings) {
            self.model.update(&second, &few_seconds, whole_run, &self.conditions);
            self.recent = self.model.measured.map(|_| few_seconds);
        }
    }

    fn apply(&mut self, action: Action) {
        self.model.message.clear();
        match action {
            Action::Quit if self.leaving => self.running.iter().for_each(|running| running.watch.stop()),
            Action::Quit => (self.leaving, self.quit) = (true, true),
            // As in any program, the second interrupt ends it at once.
            Action::Interrupt if self.watch.is_ended() => self.force_quit = true,
            Action::Interrupt => self.watch.end(),
            Action::Pause => {
                self.paused = !self.paused;
                self.source.pause(self.paused);
            }
            Action::NextStep => self.next_step(),
            Action::Record if !self.desired.keeps_every_frame() => {
                self.model.message =
                    format!("{} shows frames again and again, which is no video", self.desired.strategy);
            }
            action => {
                let before = self.desired.clone();
                self.desired.apply(action, &self.strategies, &mut self.model.chosen);
                if self.desired != before {
                    self.hold_tour();
                }
            }
        }
    }

    fn state(&self) -> &'static str {
        match &self.running {
            _ if self.leaving => "ending",
            Some(running) if running.is_asked_to_end() => "changing",
            None if self.input_ended => "over",
            _ if self.paused => "paused",
            Some(BackgroundRun { file: Some(_), .. }) => "recording",
            _ => "running",
        }
    }
}
