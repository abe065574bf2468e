//! `plan`: which files are converted and how, as in `batch`, and in how many shards.

use std::path::PathBuf;

use clap::Args;

use crate::app::args::command::Flags;
use crate::app::args::console::ConsoleArgs;
use crate::app::args::conversion::{ConversionArgs, Conversions, negative};
use crate::app::args::headings::{REPORTS, SHARDS};
use crate::app::args::usage_error::UsageError;
use crate::app::args::values::at_least_one;

pub struct PlanSettings {
    pub conversions: Conversions,
    pub shards: usize,
    pub save: PathBuf,
    pub json: bool,
    pub console: ConsoleArgs,
}

const EXAMPLES: &str = "\
Examples:
  framerace plan videos/ -o edges -f grayscale,edges --shards 8 --save plan.json
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
        Ok(PlanSettings { conversions, shards: self.shards, save: self.save, json: self.json, console: self.console })
    }
}
