//! `plan`: which files are converted and how, as in `batch`, and in how many shards.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use framerace::source::Decoder;

use crate::app::args::command::Flags;
use crate::app::args::console::ConsoleArgs;
use crate::app::args::conversion::{ConversionArgs, Conversions, negative};
use crate::app::args::headings::{REPORTS, SHARDS};
use crate::app::args::usage_error::UsageError;
use crate::app::args::values::{at_least_one, seconds};

pub struct PlanSettings {
    pub conversions: Conversions,
    pub shards: usize,
    pub segment: Option<Duration>,
    pub save: PathBuf,
    pub json: bool,
    pub console: ConsoleArgs,
}

const EXAMPLES: &str = "\
Examples:
  framerace plan videos/ -o out -f grayscale,edges --shards 8 --save plan.json
  framerace plan '*.mov' -o small -f resize=640:360 --shards 100 --save p.json";

/// Split a batch into shards for an array job (Slurm, Kubernetes, ...): a file that says who does what
#[derive(Args)]
#[command(mut_args = negative, after_help = EXAMPLES)]
#[command(override_usage = "framerace plan [OPTIONS] -o DIR -f CHAIN --shards N --save FILE INPUT...")]
pub struct PlanArgs {
    #[command(flatten)]
    conversion: ConversionArgs,
    /// How many shards there are, each a task of the array job
    #[arg(long, value_name = "N", value_parser = at_least_one, required = true, help_heading = SHARDS)]
    shards: usize,
    /// The file that the plan is written to. Folders below its own are kept relative to it
    #[arg(long, value_name = "FILE", required = true, help_heading = SHARDS)]
    save: PathBuf,
    /// Cut films that are longer than so many seconds at key pictures into parts of that length; merge joins them without
    /// encoding again. Outputs in .mkv and .webm only; what cannot be cut is kept whole, and that is said
    #[arg(long, value_name = "SECONDS", value_parser = seconds, help_heading = SHARDS)]
    segment: Option<Duration>,
    /// Print what the plan is as JSON
    #[arg(long, help_heading = REPORTS)]
    json: bool,
    #[command(flatten)]
    console: ConsoleArgs,
}

impl Flags for PlanArgs {
    type Options = PlanSettings;

    fn check(self) -> Result<PlanSettings, UsageError> {
        const MOST: usize = 1_000_000;
        if self.shards > MOST {
            return Err(UsageError::new(format!("--shards {} is more than {MOST}", self.shards)));
        }
        let conversions = self.conversion.check()?;
        let batch = &conversions.batch;
        if self.segment.is_some() {
            let other = [
                ("--frames", batch.settings.limits.frames.is_some()),
                ("--decoder opencv", batch.settings.open.decoder == Decoder::Opencv),
                ("--strategy segments", batch.strategy.is_some_and(|strategy| strategy.name() == "segments")),
            ];
            if let Some((other, _)) = other.iter().find(|(_, given)| *given) {
                return Err(UsageError::new(format!("--segment and {other} do not go together; leave one out")));
            }
        }
        let segment = self.segment;
        Ok(PlanSettings {
            conversions,
            shards: self.shards,
            segment,
            save: self.save,
            json: self.json,
            console: self.console,
        })
    }
}
