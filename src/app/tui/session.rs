//! The state of the screen and of what runs behind it. What becomes of it is decided in `event_loop`, `runs` and
//! `lesson_steps`.

use anyhow::{Context, Result};
use framerace::host::libraries;
use framerace::host::machine::Machine;
use framerace::lab::lessons::Shown;
use framerace::lab::report::Conditions;
use framerace::metrics::Run;
use framerace::pipeline::Watch;
use framerace::source::SharedSource;
use framerace::strategy::STRATEGIES;

use super::background_run::BackgroundRun;
use super::desired::{DesiredSettings, Pipeline};
use super::model::{Model, Snapshots};
use super::open::{OPENING, open_while_drawing};
use super::predictor::Predictor;
use super::screen::draw;
use super::terminal::Screen;
use super::walkthrough::Walkthrough;
use crate::app::terminal::stderr::plain;

/// What the screen shows as the sink of frames that are not recorded.
pub const DISCARDED: &str = "hashed, counted and thrown away (r records)";

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
        let (input, state) = (plain(&title), OPENING.into());
        let mut model = Model { input, state, lesson: lesson.map(Walkthrough::lesson), ..Model::default() };
        let opened = open_while_drawing(pipeline, watch, screen, |screen| {
            screen.draw(|frame| draw(frame, &model, &initial, color))
        })?;
        let source = opened.with_context(|| format!("stopped before {} was open", pipeline.input))?;
        let info = source.info();
        model.input = plain(&format!("{title} · {} · {}", info.shape, info.reader));
        model.sink = DISCARDED.into();
        let fit = STRATEGIES.iter().filter(|strategy| {
            strategy.unfit(&pipeline.chain, &pipeline.settings).or_else(|| strategy.unfit_for(info)).is_none()
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
