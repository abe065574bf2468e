//! `price`: the frame size that is measured with, and how long.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap_complete::ArgValueCompleter;
use framerace::source::Input;

use crate::app::args::completion;
use crate::app::args::console::ConsoleArgs;
use crate::app::args::values::{at_least_one, input, seconds, size};

const EXAMPLES: &str = "\
Examples:
  framerace price
  framerace price clip.mp4 -w 4 --json price.json";

/// Show what threads, processes and handing frames over cost on this machine, and when they pay
#[derive(Args)]
#[command(allow_negative_numbers = true, after_help = EXAMPLES)]
pub struct PriceArgs {
    /// A video whose frame size to take; the frames themselves are synthetic
    #[arg(value_parser = input(), add = ArgValueCompleter::new(completion::input))]
    pub input: Option<Input>,
    /// The frame size
    #[arg(long, value_name = "WxH", default_value = "1920x1080", value_parser = size, conflicts_with = "input")]
    pub size: (i32, i32),
    /// Workers of the filter stage [default: one per core]
    #[arg(short, long, value_name = "N", value_parser = at_least_one)]
    pub workers: Option<usize>,
    /// Rounds; each measures everything once, in shuffled order
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = at_least_one)]
    pub rounds: usize,
    /// How long a run lasts, of which there are about forty a round
    #[arg(long, value_name = "S", default_value = "0.25", value_parser = seconds)]
    pub duration: Duration,
    /// Write the result as JSON (- for standard output)
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Write one page with charts, tables and the result itself (- for standard output)
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    #[command(flatten)]
    pub console: ConsoleArgs,
}
