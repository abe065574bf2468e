//! `run`: which strategy runs, and where its frames go.

use std::path::PathBuf;

use clap::Args;
use framerace::sink::video::{VideoOptions, is_stdout};
use framerace::source::Input;
use framerace::strategy::{STRATEGIES, Strategy};

use crate::app::args::command::Flags;
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

/// Run one strategy over one input
#[derive(Args, Clone)]
#[command(allow_negative_numbers = true)]
pub struct RunArgs {
    /// The strategy; `framerace strategies` lists them. auto tries out on the first frames what is quickest, workers and
    /// decoder threads included unless they are given
    #[arg(short, long, value_name = "NAME", default_value = "threads", value_parser = strategy_or_auto)]
    strategy: StrategyChoice,
    /// Write what comes out as a video: .mp4, .mkv, .mov or .webm, or - for Matroska on standard output. Times are kept;
    /// sound, subtitles and chapters of a file are copied as they are. A file of that name is replaced once the new one is
    /// whole
    #[arg(short = 'o', long = "output", value_name = "FILE", conflicts_with_all = ["preload", "prove"],
          help_heading = "Writing a video")]
    to: Option<PathBuf>,
    /// Show what comes out in a window, with FPS, age and drops over it. Keys: b shows before | after, space holds the
    /// picture, q or Esc ends. A file goes by as fast as it is done; --as-camera plays it
    #[arg(long, conflicts_with_all = ["to", "preload", "prove"])]
    window: bool,
    /// Show the pipeline as it runs, on the whole terminal: what each stage does, how full the queues are, FPS, latency, drops
    /// and the verdict. Keys change strategy, workers, queue and overflow policy, slow filters down, pause, record and quit.
    /// A file is played again and again unless --loop says how often
    #[arg(long, conflicts_with_all = ["to", "window", "preload", "prove", "no_meters", "trace", "trace_frames"])]
    tui: bool,
    #[command(flatten)]
    video: VideoArgs,
    #[command(flatten)]
    work: WorkArgs,
}

impl RunArgs {
    /// The same run of another input.
    ///
    /// # Errors
    /// As [`Flags::check`].
    pub fn of(mut self, input: Input) -> anyhow::Result<RunOptions> {
        self.work.input = input;
        self.check().map_err(UsageError::into_error)
    }
}

impl Flags for RunArgs {
    type Options = RunOptions;

    fn check(self) -> Result<RunOptions, UsageError> {
        let if_file = matches!(self.work.input, Input::Url(_)).then(|| Box::new(self.clone()));
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
        let mut work = self.work.check(to_file || auto.is_some())?;
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
