//! `status`: which plan, and for how long.

use std::path::PathBuf;

use clap::Args;

use crate::app::args::console::ColorArgs;

const EXAMPLES: &str = "\
Examples:
  framerace status plan.json
  framerace status plan.json --watch";

/// How far the shards of a plan are, from their ledgers, while they are worked at
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct StatusArgs {
    /// The plan, as `framerace plan` wrote it
    #[arg(value_name = "PLAN")]
    pub plan: PathBuf,
    /// Go on until all is done: a bar a shard on a terminal, else a line whenever something has changed
    #[arg(long, conflicts_with = "json")]
    pub watch: bool,
    /// Print it as JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub color: ColorArgs,
}
