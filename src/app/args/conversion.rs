//! Flags that say which files are converted, how, and where the outputs go: shared by every command that does many files, or
//! plans to.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::builder::TypedValueParser;
use clap::{Arg, Args};
use clap_complete::{ArgValueCandidates, ArgValueCompleter};
use framerace::batch::{Batch, Pattern};
use framerace::filter::Chain;
use framerace::pipeline::{Limits, Settings};
use framerace::source::{Decoder, OpenOptions};

use super::completion;
use super::headings::{PARALLELISM, RESUMING, WHAT};
use super::usage_error::UsageError;
use super::values::{
    StrategyChoice, at_least_one, bytes, decoder, opencv_threads, seconds, strategy_or_auto, whole_from,
};
use super::video::VideoArgs;
use crate::app::this_program::this_program;

// A doc comment here would replace that of the command in the help.
#[derive(Args)]
pub struct ConversionArgs {
    /// Video files, folders of them, and globs ('*.mov', in quotes where the shell shall leave them alone); - reads a list of
    /// them from standard input, one a line
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// The list on standard input has a zero byte after each path, as that of find -print0
    #[arg(short = '0', long, help_heading = WHAT, hide_short_help = true)]
    null: bool,
    /// The folder that outputs go to, and the ledger of what was done
    #[arg(short, long = "output", value_name = "DIR", help_heading = WHAT)]
    output_folder: PathBuf,
    /// The filters, in ffmpeg's -vf grammar; may be given several times. `framerace filters` lists them
    #[arg(short = 'f', long = "filter", value_name = "CHAIN", required = true, help_heading = WHAT,
          add = ArgValueCompleter::new(completion::chain))]
    filters: Vec<String>,
    /// The strategy; `framerace strategies` lists them. auto tries out on the first frames what is quickest
    #[arg(short, long, value_name = "NAME", default_value = "auto", value_parser = strategy_or_auto,
          help_heading = WHAT, add = ArgValueCandidates::new(completion::strategies_or_auto))]
    strategy: StrategyChoice,
    /// Files at a time [default: whatever is quickest: small ones several at a time, large ones alone with all cores]
    #[arg(short, long, value_name = "N", value_parser = at_least_one, help_heading = PARALLELISM)]
    jobs: Option<usize>,
    /// Look into the folders below, too; outputs lie in folders of the same names
    #[arg(short, long, help_heading = WHAT)]
    recursive: bool,
    /// How outputs are named: {stem} the input's name, {chain} the filters, {ext} the input's ending where it is mp4,
    /// mov, m4v, webm or mkv, else mkv. The ending says which container
    #[arg(long, value_name = "PATTERN", default_value = "{stem}.{ext}",
          value_parser = clap::builder::StringValueParser::new().try_map(|text| text.parse::<Pattern>()), help_heading = WHAT)]
    name: Pattern,
    /// Give a file up whose conversion gets on with nothing for so many seconds: no frame, and no byte read or written. One
    /// that computes may take ten times as long
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds, help_heading = RESUMING,
          hide_short_help = true)]
    stall: Duration,
    /// End with exit code 0 even if inputs were damaged and not all of their frames could be decoded
    #[arg(long, help_heading = RESUMING, hide_short_help = true)]
    accept_damaged: bool,
    /// Workers of the filter stage, of all files in work together [default: one per core]
    #[arg(short, long, value_name = "N", value_parser = at_least_one, help_heading = PARALLELISM)]
    workers: Option<usize>,
    /// Frames that each queue between two stages can hold
    #[arg(short, long, value_name = "N", default_value_t = 4, value_parser = at_least_one,
          help_heading = PARALLELISM, hide_short_help = true)]
    queue: usize,
    /// Of each file, only so many frames
    #[arg(long, value_name = "N", value_parser = whole_from(1_u64), help_heading = WHAT)]
    frames: Option<u64>,
    /// The most memory that framerace may take with all its processes: 512M, 2G. So many files are done at a time as
    /// have room
    #[arg(long, value_name = "SIZE", value_parser = bytes, help_heading = PARALLELISM)]
    mem: Option<u64>,
    /// What reads the files: libav, or opencv (which takes as many decoder threads as it likes)
    #[arg(long, value_name = "NAME", default_value = "auto", hide_possible_values = true, value_parser = decoder(),
          help_heading = WHAT, hide_short_help = true)]
    decoder: Decoder,
    /// Threads of each video decoder [default: 1, or what -s auto finds]
    #[arg(long, value_name = "N", value_parser = at_least_one, help_heading = PARALLELISM, hide_short_help = true)]
    decode_threads: Option<usize>,
    /// Threads that OpenCV itself may use inside a filter
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = opencv_threads, help_heading = PARALLELISM,
          hide_short_help = true)]
    cv_threads: i32,
    #[command(flatten)]
    video: VideoArgs,
}

/// The same, checked.
pub struct Conversions {
    /// What is to be done; of what is there already nothing is done again.
    pub batch: Batch,
    pub opencv_threads: i32,
    /// How the list of inputs on standard input is separated, if there is one.
    pub list: Option<u8>,
    /// Whether a damaged input is no failure.
    pub accept_damaged: bool,
    /// Workers, where they are given.
    pub workers: Option<usize>,
}

/// Lets an option have a negative value, for which its parser has better words. -0 by itself is an option.
pub fn negative(argument: Arg) -> Arg {
    if argument.is_positional() || !argument.get_action().takes_values() {
        return argument;
    }
    argument.allow_negative_numbers(true)
}

/// Whether an input stands for the list on standard input.
pub fn is_stdin(input: &Path) -> bool {
    input == Path::new("-")
}

impl ConversionArgs {
    /// Makes a batch of the flags. Fails when they contradict each other.
    pub fn check(self) -> Result<Conversions, UsageError> {
        let chain = self.filters.join(",").parse::<Chain>()?;
        let from_stdin = self.inputs.iter().any(|input| is_stdin(input));
        if self.null && !from_stdin {
            return Err(UsageError::new("--null is about a list on standard input, which is the input -; add it"));
        }
        let video = self.video.options();
        self.name.check(&video).map_err(UsageError::new)?;
        let defaults = Settings::default();
        // For files the two are the same. The journal must not take a decoder that is named for a change.
        let decoder = if self.decoder == Decoder::Libav { Decoder::Auto } else { self.decoder };
        let settings = Settings {
            workers: self.workers.unwrap_or(defaults.workers),
            queue: self.queue,
            memory: self.mem,
            limits: Limits { frames: self.frames, duration: None },
            open: OpenOptions {
                times: 1,
                plain: true,
                decoder,
                decode_threads: self.decode_threads.unwrap_or(1),
                memory: self.mem,
                pixels: chain.reads(),
                ..OpenOptions::default()
            },
            worker_command: Some(this_program()),
            ..defaults
        };
        let batch = Batch {
            inputs: self.inputs,
            recursive: self.recursive,
            folder: self.output_folder,
            pattern: self.name,
            chain,
            strategy: match self.strategy {
                StrategyChoice::Auto => None,
                StrategyChoice::Named(strategy) => Some(strategy),
            },
            decode_threads: self.decode_threads,
            jobs: self.jobs,
            retry: false,
            redo: false,
            take_over: false,
            stall: self.stall,
            settings,
            video,
            loud: false,
        };
        let list = from_stdin.then_some(if self.null { 0 } else { b'\n' });
        let (opencv_threads, accept_damaged, workers) = (self.cv_threads, self.accept_damaged, self.workers);
        Ok(Conversions { batch, opencv_threads, list, accept_damaged, workers })
    }
}
