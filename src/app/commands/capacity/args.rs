//! `capacity`: what is there several times, and what counts as sustained.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap_complete::{ArgValueCandidates, ArgValueCompleter};
use framerace::filter::Chain;
use framerace::host::machine::available_memory;
use framerace::lab::capacity::{CapacityPlan, Wanted};
use framerace::pipeline::{Policies, Settings};
use framerace::source::{Input, OpenOptions};
use framerace::strategy::{Strategy, find};

use crate::app::args::command::Flags;
use crate::app::args::completion;
use crate::app::args::console::ConsoleArgs;
use crate::app::args::inputs::DEFAULT_CHAIN;
use crate::app::args::usage_error::UsageError;
use crate::app::args::values::{at_least_one, bytes, input, percent, rate, seconds, strategy};
use crate::app::this_program::this_program;

pub struct CapacityOptions {
    pub plan: CapacityPlan,
    pub json: Option<PathBuf>,
    pub html: Option<PathBuf>,
    pub console: ConsoleArgs,
}

/// Who is asked where nothing else is said.
const STRATEGIES: [&str; 3] = ["threads", "processes", "process-per-input"];

const EXAMPLES: &str = "\
Examples:
  framerace capacity clip.mp4 -f grayscale,blur --fps 30
  framerace capacity twin:cam.twin -f edges -s threads,processes
  framerace capacity synthetic:1280x720@30x300 --inputs 4 --html capacity.html";

/// Find how many such inputs at once this machine sustains, by strategy
#[derive(Args)]
#[command(allow_negative_numbers = true, after_help = EXAMPLES)]
pub struct CapacityArgs {
    /// The input that is there several times: a video file (it plays a camera), twin:FILE (of `record`), or synthetic frames
    #[arg(value_parser = input(), add = ArgValueCompleter::new(completion::input))]
    input: Input,
    /// The filters, in ffmpeg's -vf grammar; may be given several times
    #[arg(short = 'f', long = "filter", value_name = "CHAIN", default_value = DEFAULT_CHAIN,
          add = ArgValueCompleter::new(completion::chain))]
    filters: Vec<String>,
    /// Strategies, with commas between [default: threads,processes,process-per-input]
    #[arg(short, long, value_name = "LIST", value_delimiter = ',', value_parser = strategy,
          add = ArgValueCandidates::new(completion::strategies))]
    strategies: Vec<&'static dyn Strategy>,
    /// Frames a second of each input [default: its own rate; 30 for frames that have none]
    #[arg(long, value_name = "N", value_parser = rate, conflicts_with = "inputs")]
    fps: Option<f64>,
    /// Find the highest rate with so many inputs instead
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    inputs: Option<usize>,
    /// The share of the frames that may be lost
    #[arg(long, value_name = "PERCENT", default_value = "1%", value_parser = percent)]
    loss: f64,
    /// The most that 95 % of the frames may take from capture to delivery, in seconds
    #[arg(long, value_name = "S", default_value = "0.1", value_parser = seconds)]
    p95: Duration,
    /// Seconds that one run of a step may take, if its frames are few
    #[arg(long, value_name = "S", default_value = "4", value_parser = seconds)]
    step: Duration,
    /// Workers of the filter stage [default: one per core]
    #[arg(short, long, value_name = "N", value_parser = at_least_one)]
    workers: Option<usize>,
    /// Frames that each queue between two stages can hold
    #[arg(short, long, value_name = "N", default_value_t = 4, value_parser = at_least_one)]
    queue: usize,
    /// The most memory that frames may take: 512M, 2G [default: half of what is free]
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    mem: Option<u64>,
    /// Write the result as JSON (- for standard output)
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write one page with charts, tables and the result itself (- for standard output)
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    #[command(flatten)]
    console: ConsoleArgs,
}

impl Flags for CapacityArgs {
    type Options = CapacityOptions;

    fn check(self) -> Result<CapacityOptions, UsageError> {
        let chain: Chain = self.filters.join(",").parse()?;
        if let (Input::Twin(_), true) = (&self.input, self.fps.is_some() || self.inputs.is_some()) {
            return Err(UsageError::new(format!(
                "{} comes at the times at which it was recorded; --fps and --inputs are for files and synthetic frames",
                self.input
            )));
        }
        let default = || STRATEGIES.into_iter().filter_map(find).collect();
        let strategies = if self.strategies.is_empty() { default() } else { self.strategies };
        let usual = Settings::default();
        let settings = Settings {
            workers: self.workers.unwrap_or(usual.workers),
            queue: self.queue,
            overflow: Policies::live(),
            open: OpenOptions { pixels: chain.reads(), ..usual.open },
            worker_command: Some(this_program()),
            ..usual
        };
        // A run needs some time to say anything.
        const LEAST: Duration = Duration::from_millis(500);
        let plan = CapacityPlan {
            command: std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect(),
            input: self.input,
            chain,
            strategies,
            settings,
            axis: self.inputs.map_or(Wanted::Inputs(self.fps), Wanted::Fps),
            loss: self.loss,
            p95: self.p95,
            step: (LEAST.min(self.step), self.step),
            memory: self.mem.unwrap_or(available_memory() / 2),
        };
        Ok(CapacityOptions { plan, json: self.json, html: self.html, console: self.console })
    }
}
