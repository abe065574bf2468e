//! `strategies`: all of them, or one in full.

use clap::Args;
use clap_complete::ArgValueCandidates;
use framerace::strategy::Strategy;

use crate::app::args::completion;
use crate::app::args::values::named_strategy;

const EXAMPLES: &str = "\
Examples:
  framerace strategies
  framerace strategies tiles";

/// List the strategies: how they are joined, when they win, when they lose; or show one in full
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct StrategiesArgs {
    /// The strategy to show [default: all]
    #[arg(value_name = "NAME", value_parser = named_strategy, add = ArgValueCandidates::new(completion::strategies))]
    pub only: Option<&'static dyn Strategy>,
}
