//! The state of the screen and of what runs behind it, and its loop: takes snapshots, draws, and does what keys ask for,
//! until it is left. Runs and the steps of a lesson are begun in `runs`.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use framerace::host::libraries;
use framerace::host::machine::Machine;
use framerace::lab::lessons::Shown;
use framerace::lab::report::Conditions;
use framerace::metrics::Run;
use framerace::pipeline::Watch;
use framerace::source::SharedSource;
use framerace::strategy::STRATEGIES;
use framerace::text::plain;

use super::background_run::BackgroundRun;
use super::desired::{DesiredSettings, Pipeline};
use super::keys::{Action, action};
use super::model::{Model, SNAPSHOTS_PER_SECOND, Snapshots};
use super::open::{OPENING, open_while_drawing};
use super::predictor::Predictor;
use super::screen::draw;
use super::terminal::Screen;
use super::walkthrough::Walkthrough;

/// What the screen shows as the sink of frames that are not recorded.
pub const DISCARDED: &str = "hashed, counted and thrown away (r records)";

/// The time between two snapshots.
const PERIOD: Duration = Duration::from_millis(1000 / SNAPSHOTS_PER_SECOND as u64);
/// The effect of a key is shown after this time at most.
const KEY_DELAY: Duration = Duration::from_millis(100);

pub struct Session<'a> {
    pub pipeline: &'a Pipeline,
    /// Lets a signal end the session.
    pub watch: &'a Watch,
    pub source: SharedSource,
    /// The strategies that can run this chain on this source.
    pub strategies: Vec<&'static str>,
    pub conditions: Conditions,
    /// The settings of the pipeline as it is at first.
    pub initial: DesiredSettings,
    pub desired: DesiredSettings,
    /// The steps of a lesson, if one is shown, and what was shown of them.
    pub walkthrough: Option<Walkthrough>,
    pub shown: Vec<Shown>,
    /// What the present run demonstrates.
    pub caption: String,
    pub predictor: Predictor,
    pub running: Option<BackgroundRun>,
    /// The settings of the run that was started last.
    pub started: Option<DesiredSettings>,
    /// The result and the settings of the last run that ended in good order.
    pub last: Option<(Run, DesiredSettings)>,
    pub input_ended: bool,
    pub paused: bool,
    pub leaving: bool,
    /// Whether to leave without waiting for the run to end.
    pub force_quit: bool,
    /// Whether the user asked to leave.
    pub quit: bool,
    pub snapshots: Snapshots,
    /// What the present run did in the last few seconds, once that is enough to be measured.
    pub recent: Option<Run>,
    pub model: Model,
}

impl<'a> Session<'a> {
    /// Opens the input of a session that runs nothing yet. Meanwhile the screen shows nothing but the input and the lesson.
    /// Fails when the input cannot be opened, the user left before it was, or OpenCV does not say how it was built.
    pub fn open(
        pipeline: &'a Pipeline,
        watch: &'a Watch,
        walkthrough: Option<Walkthrough>,
        screen: &mut Screen,
        color: bool,
    ) -> Result<Self> {
        let (initial, lesson) = (DesiredSettings::of(pipeline), walkthrough.as_ref());
        let title = lesson.map_or_else(|| pipeline.input.to_string(), |lesson| lesson.title(&pipeline.input));
        let (input, state) = (plain(&title).into_owned(), OPENING.into());
        let mut model = Model { input, state, lesson: lesson.map(Walkthrough::lesson), ..Model::default() };
        let opened = open_while_drawing(pipeline, watch, screen, |screen| {
            screen.draw(|frame| draw(frame, &model, &initial, color))
        })?;
        let source = opened.with_context(|| format!("stopped before {} was open", pipeline.input))?;
        let info = source.info();
        model.input = plain(&format!("{title} · {} · {}", info.shape, info.reader)).into_owned();
        model.sink = DISCARDED.into();
        let fit = STRATEGIES.iter().filter(|strategy| {
            strategy.refuses(&pipeline.chain, &pipeline.settings).or_else(|| strategy.unfit_for(info)).is_none()
        });
        let conditions = Conditions {
            opencv_threads: usize::try_from(libraries::opencv_facts()?.threads).unwrap_or(1),
            decode_threads: pipeline.settings.open.decode_threads,
            ..Conditions::cores(Machine::here().capacity())
        };
        let own_input = lesson.is_some_and(|lesson| lesson.owns(&pipeline.input));
        Ok(Self {
            strategies: fit.map(|strategy| strategy.name()).collect(),
            desired: lesson.map_or_else(|| initial.clone(), |lesson| lesson.settings(&initial)),
            initial,
            predictor: if own_input { Predictor::declared(info) } else { Predictor::default() },
            walkthrough,
            shown: Vec::new(),
            caption: String::new(),
            pipeline,
            watch,
            source,
            conditions,
            running: None,
            started: None,
            last: None,
            input_ended: false,
            paused: false,
            leaving: false,
            force_quit: false,
            quit: false,
            snapshots: Snapshots::default(),
            recent: None,
            model,
        })
    }
}

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
        // Whatever is pressed, the keys have been read.
        if std::mem::take(&mut self.model.shows_keys) && matches!(action, Action::Keys | Action::Quit) {
            return;
        }
        match action {
            Action::Keys => self.model.shows_keys = true,
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
