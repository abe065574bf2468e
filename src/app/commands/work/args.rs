//! `work`: which shard of which plan.

use std::path::PathBuf;

use clap::Args;

use crate::app::args::command::Flags;
use crate::app::args::console::ConsoleArgs;
use crate::app::args::headings::{PARALLELISM, SHARDS};
use crate::app::args::usage_error::UsageError;
use crate::app::args::values::{at_least_one, bytes};

const EXAMPLES: &str = "\
Examples:
  framerace work plan.json --shard 3
  framerace work plan.json --shard-base 1";

/// Do one shard of a plan; run again, it goes on where it stopped
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct ShardArgs {
    /// The plan, as `framerace plan` wrote it
    #[arg(value_name = "PLAN")]
    pub plan: PathBuf,
    /// Which shard [default: what the engine of the array job says, in SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX,
    /// AWS_BATCH_JOB_ARRAY_INDEX, BATCH_TASK_INDEX, CLOUD_RUN_TASK_INDEX or PBS_ARRAY_INDEX]
    #[arg(long, value_name = "I", help_heading = SHARDS)]
    pub shard: Option<u64>,
    /// The index of the first shard, where the engine does not count from 0
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = SHARDS)]
    pub shard_base: u64,
    /// Workers of the filter stage [default: the cores that the machine, the scheduler and the control group grant]
    #[arg(short, long, value_name = "N", value_parser = at_least_one, help_heading = PARALLELISM)]
    pub workers: Option<usize>,
    /// The most memory that it may take with all its processes [default: nine tenths of what the scheduler and the control
    /// group grant]
    #[arg(long, value_name = "SIZE", value_parser = bytes, help_heading = PARALLELISM)]
    pub mem: Option<u64>,
    #[command(flatten)]
    pub console: ConsoleArgs,
}

impl Flags for ShardArgs {
    type Options = Self;

    fn check(self) -> Result<Self, UsageError> {
        if self.shard_base > 1 << 40 {
            return Err(UsageError::new(format!("--shard-base {} is no index that an engine gives", self.shard_base)));
        }
        Ok(self)
    }
}
