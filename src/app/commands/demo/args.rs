//! `demo`: which lesson, on which frames, and whether to give it or to explain it.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};
use framerace::child::WorkerCommand;
use framerace::lab::lessons::{LESSONS, Lesson, Scene, find, scenes};
use framerace::source::Input;

use crate::app::args::output::{Output, OutputArgs};
use crate::app::args::values::{at_least_one, input, seconds};

/// Lessons to be given.
pub struct Demo {
    pub asked: Lessons,
    /// Whether to say more about it instead of giving it.
    pub explain: bool,
    pub input: Input,
    /// Whether the input is the user's own.
    pub own_input: bool,
    pub rounds: Option<usize>,
    pub worker_command: WorkerCommand,
    /// Where to write the result as JSON.
    pub json: Option<PathBuf>,
    /// Where to write the lessons as a page.
    pub html: Option<PathBuf>,
    /// What is to be shown on a whole screen instead, if anything is.
    pub on_screen: Option<OnScreen>,
    pub output: Output,
}

/// Lessons on a whole screen.
pub struct OnScreen {
    pub scenes: Vec<(&'static dyn Lesson, &'static Scene)>,
    /// How long a step stays; none where keys say when to go on.
    pub pace: Option<Duration>,
}

/// Which lessons.
#[derive(Clone)]
pub enum Lessons {
    /// None: their names are wanted.
    List,
    /// These.
    These(Vec<&'static dyn Lesson>),
}

#[derive(Args)]
pub struct DemoArgs {
    /// The lesson; list shows their names and claims, all gives every one [default: list; bottleneck with --live, all with
    /// --tour]
    #[arg(value_parser = lessons)]
    lesson: Option<Lessons>,
    /// Say more about it, in plain words, instead of giving it
    #[arg(long, conflicts_with_all = ["json", "html", "rounds", "input"])]
    explain: bool,
    /// What the lessons work on, as far as they work on frames: the first frames of a video file, numbered images or
    /// synthetic:640x480@0x32, from memory and again and again
    #[arg(long, value_name = "INPUT", value_parser = OsStringValueParser::new().try_map(input))]
    input: Option<Input>,
    /// Rounds; each measures everything once, in shuffled order [default: 7, or as many as fit into 14 seconds]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    rounds: Option<usize>,
    /// Write claim, prediction, measured figures and verdict of each as JSON (- for standard output)
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write one page to keep, with a card a lesson, that needs neither network nor script (- for standard output)
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Show the lesson's pipeline as it runs, on the whole terminal, as `run --tui` does, and what is predicted of each change
    /// beside what is measured. n goes on with its next step; any other key changes what it likes
    #[arg(long, conflicts_with_all = ["tour", "explain", "json", "html", "rounds"], help_heading = "On a whole screen")]
    live: bool,
    /// The same, step after step by itself, with a caption for each; it ends by itself, too. n goes on at once, space holds
    /// it, q quits
    #[arg(long, conflicts_with_all = ["explain", "json", "html", "rounds"], help_heading = "On a whole screen")]
    tour: bool,
    /// Seconds that a step of the tour stays, from when something was measured
    #[arg(long, value_name = "SECONDS", default_value = "6", requires = "tour", value_parser = seconds, help_heading = "On a whole screen")]
    pace: Duration,
    #[command(flatten)]
    output: OutputArgs,
}

/// The lesson that is shown, if nobody says which.
const SHOWN: &str = "bottleneck";

/// What lessons work on, if nothing is said.
const FRAMES: &str = "synthetic:320x240@0x32";

fn lessons(name: &str) -> Result<Lessons, String> {
    match name {
        "list" => Ok(Lessons::List),
        "all" => Ok(Lessons::These(LESSONS.to_vec())),
        name => {
            let names: Vec<_> = LESSONS.iter().map(|lesson| lesson.about().name).collect();
            let there_is = || format!("there is list, all, {}", names.join(", "));
            find(name).map(|lesson| Lessons::These(vec![lesson])).ok_or_else(there_is)
        }
    }
}

impl DemoArgs {
    pub fn demo(self) -> Result<Demo, crate::app::args::Exit> {
        if let Some(path) = self.json.as_ref().filter(|_| self.json == self.html) {
            let path = path.display();
            return Err(crate::app::args::Exit::wrong(format!(
                "--json and --html cannot both write {path}; give each its own file"
            )));
        }
        let on_screen = if self.live || self.tour { Some(self.on_screen()?) } else { None };
        Ok(Demo {
            on_screen,
            asked: self.lesson.unwrap_or(Lessons::List),
            explain: self.explain,
            own_input: self.input.is_some(),
            input: self.input.map_or_else(|| FRAMES.parse().map_err(crate::app::args::Exit::wrong), Ok)?,
            rounds: self.rounds,
            worker_command: crate::app::args::this_program(),
            json: self.json,
            html: self.html,
            output: self.output.into(),
        })
    }

    /// The scenes to be shown.
    fn on_screen(&self) -> Result<OnScreen, crate::app::args::Exit> {
        let all = scenes();
        let names = || all.iter().map(|(lesson, _)| lesson.about().name).collect::<Vec<_>>().join(", ");
        let scenes: Vec<_> = match &self.lesson {
            None if self.live => find(SHOWN).into_iter().filter_map(scene_of).collect(),
            None => all.clone(),
            Some(Lessons::These(lessons)) if self.tour || lessons.len() == 1 => {
                lessons.iter().copied().filter_map(scene_of).collect()
            }
            Some(_) => {
                return Err(crate::app::args::Exit::wrong(format!("one lesson is shown, by its name: {}", names())));
            }
        };
        if scenes.is_empty() {
            return Err(crate::app::args::Exit::wrong(format!(
                "it has no pipeline to show; those that have: {}",
                names()
            )));
        }
        Ok(OnScreen { scenes, pace: self.tour.then_some(self.pace) })
    }
}

fn scene_of(lesson: &'static dyn Lesson) -> Option<(&'static dyn Lesson, &'static Scene)> {
    Some((lesson, lesson.scene()?))
}
