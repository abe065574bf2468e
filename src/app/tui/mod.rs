//! `run --tui`, `demo --live` and `demo --tour`: the pipeline as it runs, on a whole screen, and keys that change it. The
//! only door to ratatui.
//!
//! The source stays open while settings change: only the run is ended, and another one reads on. Looking and drawing are
//! done by one thread, five times a second; everything shown is the difference of two looks at the run's own meters.

mod guide;
mod keys;
mod lessons;
mod model;
mod opening;
mod outlook;
mod pipeline;
mod running;
mod screen;
mod terminal;

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use framerace::host::libraries;
use framerace::host::machine::Machine;

use framerace::lab::lessons::Shown;
use framerace::lab::report::Conditions;
use framerace::metrics::Run;
use framerace::pipeline::Watch;
use framerace::source::{Kept, SourceInfo};
use framerace::strategy::{STRATEGIES, find};

use self::guide::Guide;
use self::keys::{Wanted, Wish, wish};
pub use self::lessons::{Play, show};
use self::model::{LOOKS, Model, Samples};
use self::opening::open_first;
use self::outlook::Outlook;
pub use self::pipeline::Pipeline;
use self::running::{Running, free_name};
use self::screen::draw;
use self::terminal::Screen;
pub use self::terminal::restore;

/// The time between two looks.
const PERIOD: Duration = Duration::from_millis(1000 / LOOKS as u64);
/// What a key has changed is shown after so long.
const SOON: Duration = Duration::from_millis(100);
/// What goes on before there is a run.
const OPENING: &str = "opening";
/// Where frames go that nobody writes down.
const NOWHERE: &str = "hashed, counted and thrown away (r records)";

/// What is on the screen, and what goes on behind it.
struct Desk<'a> {
    pipeline: &'a Pipeline,
    /// Asked for an end from outside.
    watch: &'a Watch,
    kept: Kept,
    /// Strategies that can do this.
    strategies: Vec<&'static str>,
    conditions: Conditions,
    /// As it was asked for.
    plain: Wanted,
    wanted: Wanted,
    /// Leads through a lesson, if this is one, and what was shown of it.
    guide: Option<Guide>,
    shown: Vec<Shown>,
    /// What the present run is to show.
    what: String,
    outlook: Outlook,
    running: Option<Running>,
    /// What the last run that ended in good order gave, and how it ran.
    last: Option<(Run, Wanted)>,
    /// Whether the input has ended.
    over: bool,
    paused: bool,
    leaving: bool,
    /// Whether nothing is waited for any more.
    hurried: bool,
    /// Whether somebody asked to leave.
    quit: bool,
    looks: Samples,
    /// The last few seconds of the present run, if they were enough to tell.
    recent: Option<Run>,
    model: Model,
}

/// Runs the pipeline on a whole screen until somebody quits. The last run, and the pipeline changed to what it did, with what the
/// source is.
///
/// # Errors
/// When there is no terminal, the input cannot be opened, or a run fails.
pub fn run(pipeline: Pipeline, watch: &Watch, color: bool) -> Result<(Pipeline, SourceInfo, Run)> {
    let mut screen = Screen::open("--tui")?;
    let kept = open_first(&pipeline, None, watch, &mut screen, color)?;
    let mut desk = Desk::new(&pipeline, watch, kept, None)?;
    let done = desk.until_left(&mut screen, color);
    drop(screen);
    done?;
    let info = desk.kept.info().clone();
    let Some((run, wanted)) = desk.last.take() else { bail!("nothing was measured") };
    let (settings, chain) = (wanted.settings(&pipeline.settings), wanted.chain(&pipeline.chain));
    let strategy = find(wanted.strategy).unwrap_or(pipeline.strategy);
    Ok((Pipeline { input: pipeline.input, chain, strategy, settings }, info, run))
}

impl<'a> Desk<'a> {
    fn new(pipeline: &'a Pipeline, watch: &'a Watch, kept: Kept, guide: Option<Guide>) -> Result<Self> {
        let info = kept.info();
        let first = pipeline.strategy.name();
        let fit = STRATEGIES.iter().filter(|strategy| {
            strategy.unfit(&pipeline.chain, &pipeline.settings).or_else(|| strategy.unfit_for(info)).is_none()
        });
        let strategies = fit.map(|strategy| strategy.name()).collect();
        let conditions = Conditions {
            opencv_threads: usize::try_from(libraries::opencv_facts()?.threads).unwrap_or(1),
            decode_threads: pipeline.settings.open.decode_threads,
            ..Conditions::cores(Machine::here().capacity())
        };
        let title = guide.as_ref().map_or_else(|| pipeline.input.to_string(), |guide| guide.title(&pipeline.input));
        let input = crate::app::terminal::stderr::plain(&format!("{title} · {} · {}", info.shape, info.reader));
        let declared = guide.as_ref().is_some_and(|guide| guide.owns(&pipeline.input));
        let plain = Wanted::new(first, &pipeline.settings, &pipeline.chain);
        Ok(Self {
            wanted: guide.as_ref().map_or_else(|| plain.clone(), |guide| guide.wanted(&plain)),
            model: Model { input, sink: NOWHERE.into(), lesson: guide.as_ref().map(Guide::lesson), ..Model::default() },
            plain,
            guide,
            shown: Vec::new(),
            what: String::new(),
            outlook: if declared { Outlook::declared(info) } else { Outlook::default() },
            pipeline,
            watch,
            kept,
            strategies,
            conditions,
            running: None,
            last: None,
            over: false,
            paused: false,
            leaving: false,
            hurried: false,
            quit: false,
            looks: Samples::default(),
            recent: None,
        })
    }

    /// Samples, draws, and does what keys ask for.
    fn until_left(&mut self, screen: &mut Screen, color: bool) -> Result<()> {
        let mut look_at = Instant::now();
        let mut draw_at = look_at;
        loop {
            self.attend(screen, color)?;
            if self.leaving && (self.running.is_none() || self.hurried) {
                return Ok(());
            }
            let now = Instant::now();
            if now >= look_at {
                self.look();
                self.follow(now);
                (look_at, draw_at) = (now + PERIOD, now);
            }
            if now >= draw_at {
                self.model.cost = screen.cost();
                self.model.state = self.state().into();
                screen.draw(|frame| draw(frame, &self.model, &self.wanted, color))?;
                draw_at = look_at;
            }
            let wait = look_at.min(draw_at).saturating_duration_since(Instant::now()).min(SOON);
            if let Some(wish) = screen.key(wait)?.and_then(wish) {
                self.grant(wish);
                draw_at = draw_at.min(now + SOON);
            }
        }
    }

    /// Starts and ends runs as settings, the input and those who want to leave ask for.
    fn attend(&mut self, screen: &mut Screen, color: bool) -> Result<()> {
        self.leaving |= self.watch.is_ended();
        if self.running.as_ref().is_some_and(Running::is_over) {
            self.take_result()?;
        }
        match &mut self.running {
            Some(running) if running.is_told() => {
                // Who leaves is shown what the last run did, and so waits for its end.
                if !self.leaving || self.guide.is_some() {
                    running.hurry();
                }
            }
            Some(running) if self.leaving => running.end(),
            Some(running) if running.wanted != self.wanted => {
                // What is recorded is one run: another one would be another video.
                self.wanted.recording &= !running.wanted.recording;
                running.end();
            }
            Some(_) => {}
            None if self.leaving => {}
            None if self.over && self.last.as_ref().is_some_and(|(_, wanted)| *wanted == self.wanted) => {}
            None => self.start(screen, color)?,
        }
        Ok(())
    }

    fn start(&mut self, screen: &mut Screen, color: bool) -> Result<()> {
        if self.over && !self.open_again(screen, color)? {
            return Ok(());
        }
        let file = self.wanted.recording.then(free_name);
        self.model.sink = file.as_ref().map_or(NOWHERE.into(), |file| file.display().to_string());
        (self.looks, self.recent) = (Samples::default(), None);
        self.model.begin();
        self.foresee();
        self.running = Some(Running::start(self.pipeline, &self.wanted, self.kept.lend(), file)?);
        Ok(())
    }

    /// A run is over: what it gave, and what to say of it.
    fn take_result(&mut self) -> Result<()> {
        let Some(running) = self.running.take() else { return Ok(()) };
        let (told, file, wanted) = (running.is_told(), running.file.clone(), running.wanted.clone());
        let was_paused = running.was_paused;
        match (running.result(), file) {
            (Ok(run), file) => {
                self.note(&run, &wanted, was_paused);
                if let Some(file) = file {
                    self.model.message = format!("recorded {} frames: {}", run.ledger.delivered, file.display());
                    self.wanted.recording = false;
                }
                if !told {
                    self.over = true;
                    self.model.message = format!("{} is over; any change begins it anew, q quits", self.pipeline.input);
                }
                // What was recorded is the same work, but for where it went.
                self.last = Some((run, Wanted { recording: false, ..wanted }));
            }
            (Err(error), Some(_)) => {
                self.model.message = format!("{error:#}");
                self.wanted.recording = false;
            }
            // Who is stopped half-way has not delivered all, and was seen at work all the same.
            (Err(_), None) if told => {
                if let Some(recent) = self.recent.take() {
                    self.note(&recent, &wanted, was_paused);
                }
            }
            (Err(error), None) => return Err(error),
        }
        Ok(())
    }

    fn look(&mut self) {
        let Some(running) = &mut self.running else { return };
        running.was_paused |= self.paused;
        let Some(now) = running.watch.snapshot() else { return };
        let whole = now.ledger.clone();
        if let Some((second, few)) = self.looks.add(now, &running.wanted) {
            self.model.update(&second, &few, whole, &self.conditions);
            self.recent = self.model.measured.map(|_| few);
        }
    }

    fn grant(&mut self, wish: Wish) {
        self.model.message.clear();
        match wish {
            Wish::Quit if self.leaving => self.running.iter().for_each(|running| running.watch.stop()),
            Wish::Quit => (self.leaving, self.quit) = (true, true),
            // As anywhere: the second one ends at once.
            Wish::Interrupt if self.watch.is_ended() => self.hurried = true,
            Wish::Interrupt => self.watch.end(),
            Wish::Pause => {
                self.paused = !self.paused;
                self.kept.pause(self.paused);
            }
            Wish::Next => self.next_step(),
            Wish::Record if !self.wanted.keeps_every_frame() => {
                self.model.message =
                    format!("{} shows frames again and again, which is no video", self.wanted.strategy);
            }
            wish => {
                let before = self.wanted.clone();
                self.wanted.grant(wish, &self.strategies, &mut self.model.chosen);
                if self.wanted != before {
                    self.hold();
                }
            }
        }
    }

    fn state(&self) -> &'static str {
        match &self.running {
            _ if self.leaving => "ending",
            Some(running) if running.is_told() => "changing",
            None if self.over => "over",
            _ if self.paused => "paused",
            Some(running) if running.file.is_some() => "recording",
            _ => "running",
        }
    }
}
