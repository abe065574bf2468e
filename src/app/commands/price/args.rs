//! `price`: the frame size that is measured with, and how long.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};
use framerace::pipeline::Settings;
use framerace::source::Input;

use crate::app::args::command::Flags;
use crate::app::args::console::{ConsoleArgs, ConsoleOptions};
use crate::app::args::usage_error::UsageError;
use crate::app::args::values::{at_least_one, input, seconds, size};

/// A price list to measure.
pub struct PriceOptions {
    /// A video whose frame size is taken instead of `size`.
    pub input: Option<Input>,
    pub size: (i32, i32),
    pub workers: usize,
    pub rounds: usize,
    pub duration: Duration,
    /// Where to write the result as JSON.
    pub json: Option<PathBuf>,
    pub console: ConsoleOptions,
}

/// Show what threads, processes and handing frames over cost on this machine, and when they pay
#[derive(Args)]
#[command(allow_negative_numbers = true)]
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
    console: ConsoleArgs,
}

impl Flags for PriceArgs {
    type Options = PriceOptions;

    fn check(self) -> Result<PriceOptions, UsageError> {
        Ok(PriceOptions {
            input: self.input,
            size: self.size,
            workers: self.workers.unwrap_or(Settings::default().workers),
            rounds: self.rounds,
            duration: self.duration,
            json: self.json,
            console: self.console.into(),
        })
    }
}
