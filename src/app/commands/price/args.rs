//! `price`: for frames of which size, and how thoroughly.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};
use framerace::child::WorkerCommand;
use framerace::pipeline::Settings;
use framerace::source::Input;

use crate::app::args::output::{Output, OutputArgs};
use crate::app::args::values::{at_least_one, input, seconds, size};

/// A price list to be made.
pub struct Price {
    /// The video whose frame size counts; none: `size` does.
    pub input: Option<Input>,
    pub size: (i32, i32),
    pub workers: usize,
    pub rounds: usize,
    pub duration: Duration,
    pub worker_command: WorkerCommand,
    /// Where to write the result as JSON.
    pub json: Option<PathBuf>,
    pub output: Output,
}

#[derive(Args)]
pub struct PriceArgs {
    /// A video whose frame size to take; the frames themselves are made up
    #[arg(value_parser = OsStringValueParser::new().try_map(input))]
    input: Option<Input>,
    /// The frame size
    #[arg(long, value_name = "WxH", default_value = "1920x1080", value_parser = size, conflicts_with = "input")]
    size: (i32, i32),
    /// Workers of the filter stage [default: one a core]
    #[arg(short, long, value_name = "N", value_parser = at_least_one)]
    workers: Option<usize>,
    /// Rounds; each measures everything once, in shuffled order
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = at_least_one)]
    rounds: usize,
    /// How long a run lasts, of which there are about forty a round
    #[arg(long, value_name = "S", default_value = "0.25", value_parser = seconds)]
    duration: Duration,
    /// Write the result as JSON (- for standard output)
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    #[command(flatten)]
    output: OutputArgs,
}

impl From<PriceArgs> for Price {
    fn from(args: PriceArgs) -> Self {
        Self {
            input: args.input,
            size: args.size,
            workers: args.workers.unwrap_or(Settings::default().workers),
            rounds: args.rounds,
            duration: args.duration,
            worker_command: crate::app::args::this_program(),
            json: args.json,
            output: args.output.into(),
        }
    }
}
