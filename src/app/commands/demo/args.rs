//! `demo`: which lessons, on which frames, and whether they are measured, explained or shown on the whole screen.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap_complete::{ArgValueCandidates, CompletionCandidate};
use framerace::lab::lessons::{LESSONS, Lesson, Scene, find, scenes};
use framerace::near_miss::unknown;
use framerace::source::Input;

use crate::app::args::command::Flags;
use crate::app::args::console::ConsoleArgs;
use crate::app::args::usage_error::UsageError;
use crate::app::args::values::{at_least_one, input, seconds};

pub struct DemoOptions {
    pub flags: DemoArgs,
    /// What is shown on the whole screen instead, if anything is.
    pub on_screen: Option<OnScreen>,
}

pub struct OnScreen {
    pub scenes: Vec<(&'static Lesson, &'static Scene)>,
    /// How long each step is shown; none if the user goes on with a key.
    pub pace: Option<Duration>,
}

/// What one word names: a lesson, or all of them; none to list their names.
type Lessons = Vec<&'static Lesson>;

const EXAMPLES: &str = "\
Examples:
  framerace demo list
  framerace demo queue bottleneck --html lessons.html
  framerace demo queue --explain";

/// Put a claim about threads and processes to the test on this machine: predicted, measured, judged
#[derive(Args)]
#[command(allow_negative_numbers = true, after_help = EXAMPLES)]
pub struct DemoArgs {
    /// The lessons; list shows their names and claims, all gives every one [default: list; bottleneck with --live, all with
    /// --tour]
    #[arg(value_name = "LESSON", value_parser = lessons, add = ArgValueCandidates::new(names))]
    words: Vec<Lessons>,
    /// Say more about it, in plain words, instead of giving it
    #[arg(long, conflicts_with_all = ["json", "html", "rounds", "input"])]
    pub explain: bool,
    /// What the lessons work on, as far as they work on frames: the first frames of a video file, numbered images or
    /// synthetic:640x480@0x32, from memory and again and again
    #[arg(long, value_name = "INPUT", value_parser = input())]
    pub input: Option<Input>,
    /// Rounds; each measures everything once, in shuffled order [default: 7, or as many as fit into 14 seconds]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub rounds: Option<usize>,
    /// Write claim, prediction, measured figures and verdict of each as JSON (- for standard output)
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Write one page to keep, with a card a lesson, that needs neither network nor script (- for standard output)
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
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
    pub console: ConsoleArgs,
}

/// The lesson that `--live` shows if none is named.
const LIVE_LESSON: &str = "bottleneck";

fn lessons(name: &str) -> Result<Lessons, String> {
    match name {
        "list" => Ok(Vec::new()),
        "all" => Ok(LESSONS.to_vec()),
        name => {
            let names: Vec<_> = LESSONS.iter().map(|lesson| lesson.about().name).chain(["list", "all"]).collect();
            find(name).map(|lesson| vec![lesson]).ok_or_else(|| unknown("lesson", name, names, "framerace demo list"))
        }
    }
}

/// What can be written in its place.
fn names() -> Vec<CompletionCandidate> {
    let lessons = LESSONS.iter().map(|lesson| {
        let about = lesson.about();
        CompletionCandidate::new(about.name).help(Some(about.claim.into()))
    });
    ["list", "all"].into_iter().map(CompletionCandidate::new).chain(lessons).collect()
}

impl Flags for DemoArgs {
    type Options = DemoOptions;

    fn check(self) -> Result<DemoOptions, UsageError> {
        if let Some(path) = self.json.as_ref().filter(|_| self.json == self.html) {
            let path = path.display();
            return Err(UsageError::new(format!("--json and --html cannot both write {path}; give each its own file")));
        }
        let on_screen = if self.live || self.tour { Some(self.on_screen()?) } else { None };
        Ok(DemoOptions { flags: self, on_screen })
    }
}

impl DemoArgs {
    /// The lessons that are named, each once, in the order in which they were named; none to list them.
    pub fn lessons(&self) -> Lessons {
        let mut lessons = Lessons::new();
        for lesson in self.words.iter().flatten() {
            if lessons.iter().all(|other| other.about().name != lesson.about().name) {
                lessons.push(lesson);
            }
        }
        lessons
    }

    fn on_screen(&self) -> Result<OnScreen, UsageError> {
        let all = scenes();
        let names: Vec<_> = all.iter().map(|(lesson, _)| lesson.about().name).collect();
        let lessons = self.lessons();
        let wanted = match lessons.len() {
            0 if self.words.is_empty() && self.live => vec![LIVE_LESSON],
            0 if self.words.is_empty() => names.clone(),
            1.. if lessons.len() == 1 || self.tour => lessons.iter().map(|lesson| lesson.about().name).collect(),
            _ => return Err(UsageError::new(format!("one lesson is shown, by its name: {}", names.join(", ")))),
        };
        let scenes: Vec<_> = all.into_iter().filter(|(lesson, _)| wanted.contains(&lesson.about().name)).collect();
        if scenes.is_empty() {
            return Err(UsageError::new(format!("it has no pipeline to show; those that have: {}", names.join(", "))));
        }
        Ok(OnScreen { scenes, pace: self.tour.then_some(self.pace) })
    }
}
