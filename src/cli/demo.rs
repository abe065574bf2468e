//! `demo`: which lesson, on which frames, and whether to give it or to explain it.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};
use framerace::lesson::{LESSONS, Lesson, find};
use framerace::source::Input;

use super::output::{Output, OutputArgs};
use super::values::{at_least_one, input};

/// Lessons to be given.
pub struct Demo {
    pub asked: Lessons,
    /// Whether to say more about it instead of giving it.
    pub explain: bool,
    pub input: Input,
    /// Whether the input is the user's own.
    pub own_input: bool,
    pub rounds: Option<usize>,
    pub worker_program: PathBuf,
    /// Where to write the result as JSON.
    pub json: Option<PathBuf>,
    /// Where to write the lessons as a page.
    pub html: Option<PathBuf>,
    pub output: Output,
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
pub(super) struct DemoArgs {
    /// The lesson; list shows their names and claims, all gives every one
    #[arg(default_value = "list", value_parser = lessons)]
    lesson: Lessons,
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
    #[command(flatten)]
    output: OutputArgs,
}

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
    pub(super) fn demo(self) -> Result<Demo, super::Exit> {
        if let Some(path) = self.json.as_ref().filter(|_| self.json == self.html) {
            let path = path.display();
            return Err(super::Exit::wrong(format!(
                "--json and --html cannot both write {path}; give each its own file"
            )));
        }
        Ok(Demo {
            asked: self.lesson,
            explain: self.explain,
            own_input: self.input.is_some(),
            input: self.input.map_or_else(|| FRAMES.parse().map_err(super::Exit::wrong), Ok)?,
            rounds: self.rounds,
            worker_program: super::THIS_PROGRAM.into(),
            json: self.json,
            html: self.html,
            output: self.output.into(),
        })
    }
}
