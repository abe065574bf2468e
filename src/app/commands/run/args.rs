//! `run`: which strategy runs, and where its frames go.

use std::path::PathBuf;

use clap::{ArgMatches, Args};
use clap_complete::ArgValueCandidates;
use framerace::sink::video::{VideoOptions, is_stdout};
use framerace::source::Input;
use framerace::strategy::{STRATEGIES, Strategy};

use crate::app::args::command::Flags;
use crate::app::args::completion;
use crate::app::args::headings::{REPORTS, WHAT, WRITING};
use crate::app::args::reports::ReportsArgs;
use crate::app::args::usage_error::UsageError;
use crate::app::args::values::{StrategyChoice, strategy_or_auto};
use crate::app::args::video::VideoArgs;
use crate::app::args::work::{Work, WorkArgs};

pub struct RunOptions {
    pub work: Work,
    /// The strategy, if it is not to be chosen first.
    pub strategy: &'static dyn Strategy,
    /// What the choice of the strategy has to keep to, if it is to be chosen first.
    pub auto: Option<GivenSettings>,
    pub output: Output,
    /// The same again, for the case that a file is behind an address.
    pub if_file: Option<Box<RunArgs>>,
}

/// Where the frames go.
pub enum Output {
    /// They are hashed, counted and discarded.
    Discard,
    File {
        path: PathBuf,
        video: VideoOptions,
    },
    Window,
    /// They are discarded; the pipeline itself is shown on the whole terminal.
    Screen,
}

/// Settings that were given, and are not chosen by `-s auto`.
#[derive(Clone, Copy)]
pub struct GivenSettings {
    pub workers: Option<usize>,
    pub decode_threads: Option<usize>,
}

const EXAMPLES: &str = "\
Examples:
  framerace run clip.mp4 -f grayscale,edges -s auto -o edges.mp4
  framerace run camera:0 -f blur=ksize=9 --window
  framerace run clip.mp4 -s processes -w 2 --json result.json";

/// Run one strategy over one input
#[derive(Args, Clone)]
#[command(allow_negative_numbers = true, after_help = EXAMPLES)]
pub struct RunArgs {
    /// The strategy; `framerace strategies` lists them. auto finds on the first frames what is fastest, with how many workers
    /// and decoder threads
    #[arg(short, long, value_name = "NAME", default_value = "threads", value_parser = strategy_or_auto, help_heading = WHAT,
          add = ArgValueCandidates::new(completion::strategies_or_auto))]
    strategy: StrategyChoice,
    #[command(flatten)]
    work: WorkArgs,
    /// Write the result as a video: .mp4, .mkv, .mov or .webm, or - for Matroska on standard output. Times are kept; sound,
    /// subtitles and chapters are copied. A file of that name is replaced once the new one is whole
    #[arg(short = 'o', long = "output", value_name = "FILE", conflicts_with_all = ["preload", "prove"],
          help_heading = WRITING)]
    to: Option<PathBuf>,
    #[command(flatten)]
    video: VideoArgs,
    /// Show the result in a window. Keys: b before | after, space pause, q or Esc end. A file plays as fast as it can;
    /// --as-camera plays it at its own rate
    #[arg(long, conflicts_with_all = ["to", "preload", "prove"], help_heading = REPORTS)]
    window: bool,
    /// Show the pipeline as it runs, on the whole terminal; keys change its settings, ? lists them. A file is repeated unless
    /// --loop says how often
    #[arg(long, conflicts_with_all = ["to", "window", "preload", "prove", "no_meters", "trace", "trace_frames"],
          help_heading = REPORTS)]
    tui: bool,
    #[command(flatten)]
    reports: ReportsArgs,
}

impl RunArgs {
    /// The same run of another input.
    ///
    /// # Errors
    /// As [`Flags::check`].
    pub fn of(mut self, input: Input) -> anyhow::Result<RunOptions> {
        self.work.inputs = vec![input];
        self.check().map_err(UsageError::into_error)
    }
}

impl Flags for RunArgs {
    type Options = RunOptions;

    fn place(&mut self, matches: &ArgMatches) {
        self.work.place(matches);
    }

    fn check(self) -> Result<RunOptions, UsageError> {
        let if_file = matches!(self.work.inputs[..], [Input::Url(_)]).then(|| Box::new(self.clone()));
        if let Some(option) = self.video.given().filter(|_| self.to.is_none()) {
            return Err(UsageError::new(format!("{option} says how a video is written; add -o out.mp4")));
        }
        let output = match self.to {
            Some(path) => Output::File { path, video: self.video.options() },
            None if self.window => Output::Window,
            None if self.tui => Output::Screen,
            None => Output::Discard,
        };
        let to_file = matches!(output, Output::File { .. });
        if self.work.inputs.len() > 1
            && let Some(option) = match (&output, &self.strategy) {
                (Output::File { .. }, _) => Some("-o writes one file"),
                (Output::Window, _) => Some("--window shows one input"),
                (Output::Screen, _) => Some("--tui shows one input"),
                (Output::Discard, StrategyChoice::Auto) => Some("-s auto tries out one input"),
                (Output::Discard, StrategyChoice::Named(_)) => None,
            }
        {
            let inputs = self.work.inputs.len();
            return Err(UsageError::new(format!("{option}, and there are {inputs}; several are counted and hashed")));
        }
        if let Output::File { path, video } = &output {
            video.check(path).map_err(UsageError::new)?;
        }
        let (strategy, auto) = match self.strategy {
            StrategyChoice::Named(strategy) => (strategy, None),
            StrategyChoice::Auto if self.work.preload => {
                return Err(UsageError::new(
                    "-s auto tries out reading, too, and --preload leaves it out; name a strategy",
                ));
            }
            StrategyChoice::Auto => {
                let (workers, decode_threads) = (self.work.workers, self.work.decode_threads);
                (STRATEGIES[0], Some(GivenSettings { workers, decode_threads }))
            }
        };
        if to_file && !strategy.keeps_every_frame() {
            return Err(UsageError::new("latest shows frames again and again, which is no video; try -s threads"));
        }
        let again_and_again = self.tui && self.work.times.is_none();
        let to_stdout = matches!(&output, Output::File { path, .. } if is_stdout(path));
        let mut work = self.work.check(to_file || auto.is_some(), self.reports)?;
        if to_stdout && work.files.iter().any(|(_, path)| is_stdout(path)) {
            return Err(UsageError::new("-o - writes the video to standard output; give the other files names"));
        }
        // Nothing else may go there.
        work.console.quiet |= to_stdout;
        if again_and_again && !work.input.is_pipe() {
            work.settings.open.times = u32::MAX;
        }
        Ok(RunOptions { work, strategy, auto, output, if_file })
    }
}
