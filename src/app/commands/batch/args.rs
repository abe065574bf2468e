//! `batch`: which files are converted, how, and where the outputs go.

use std::path::PathBuf;

use clap::Args;
use framerace::batch::Batch;

use crate::app::args::command::Flags;
use crate::app::args::console::ConsoleArgs;
use crate::app::args::conversion::{ConversionArgs, Conversions, negative};
use crate::app::args::headings::{REPORTS, RESUMING};
use crate::app::args::usage_error::UsageError;

pub struct BatchOptions {
    pub batch: Batch,
    pub opencv_threads: i32,
    /// How the list of inputs on standard input is separated, if there is one.
    pub list: Option<u8>,
    /// Whether only to say what would be done.
    pub dry_run: bool,
    /// Where events are written as lines of JSON.
    pub json: Option<PathBuf>,
    /// Whether a damaged input is no failure of the batch.
    pub accept_damaged: bool,
    pub console: ConsoleArgs,
}

const EXAMPLES: &str = "\
Examples:
  framerace batch videos/ -o edges -f grayscale,edges
  framerace batch 'videos/*.mov' -o small -f resize=640:360 -j 2 --codec hevc";

/// Run many files through one chain, each into a file of its own; run again, it goes on where it stopped
#[derive(Args)]
#[command(mut_args = negative, after_help = EXAMPLES)]
pub struct BatchArgs {
    #[command(flatten)]
    conversion: ConversionArgs,
    /// Try again what has failed before
    #[arg(long, help_heading = RESUMING)]
    retry: bool,
    /// Replace finished outputs that were made with other options (filters, --frames, codec, ...), which are kept otherwise
    #[arg(long, help_heading = RESUMING)]
    redo: bool,
    /// List what would be done, a line a file, and write nothing
    #[arg(long, help_heading = RESUMING)]
    dry_run: bool,
    /// Write what happens as lines of JSON, at once (- for standard output)
    #[arg(long, value_name = "FILE", help_heading = REPORTS, hide_short_help = true)]
    json: Option<PathBuf>,
    /// Do what another batch has begun, too, even if it is still at work
    #[arg(long, help_heading = RESUMING, hide_short_help = true)]
    take_over: bool,
    #[command(flatten)]
    console: ConsoleArgs,
}

impl Flags for BatchArgs {
    type Options = BatchOptions;

    fn check(self) -> Result<BatchOptions, UsageError> {
        let Conversions { batch, opencv_threads, list, accept_damaged, .. } = self.conversion.check()?;
        let (retry, redo, take_over, loud) = (self.retry, self.redo, self.take_over, self.console.verbose);
        let batch = Batch { retry, redo, take_over, loud, ..batch };
        let (dry_run, json, console) = (self.dry_run, self.json, self.console);
        Ok(BatchOptions { batch, opencv_threads, list, dry_run, json, accept_damaged, console })
    }
}
