//! `merge`: which plan, and what is printed.

use std::path::PathBuf;

use clap::Args;

use crate::app::args::console::ColorArgs;

const EXAMPLES: &str = "\
Examples:
  framerace merge plan.json
  framerace merge plan.json --missing";

/// Prove that all pieces of a plan are there, or say which shards are missing
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct MergeArgs {
    /// The plan, as `framerace plan` wrote it
    #[arg(value_name = "PLAN")]
    pub plan: PathBuf,
    /// Print nothing but the shards that are missing, as engines take them: 3,5
    #[arg(long)]
    pub missing: bool,
    /// The index of the first shard, where the engine does not count from 0
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub shard_base: u64,
    /// Print the result as JSON
    #[arg(long, conflicts_with = "missing")]
    pub json: bool,
    #[command(flatten)]
    pub color: ColorArgs,
}
