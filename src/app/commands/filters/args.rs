//! `filters`: all of them, or one in full.

use clap::Args;
use clap_complete::ArgValueCandidates;
use framerace::filter::FilterKind;

use crate::app::args::completion;
use crate::app::args::values::filter;

const EXAMPLES: &str = "\
Examples:
  framerace filters
  framerace filters blur";

/// List the filters and their options, or show one in full
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct FiltersArgs {
    /// The filter to show [default: all]
    #[arg(value_name = "NAME", value_parser = filter, add = ArgValueCandidates::new(completion::filters))]
    pub only: Option<&'static FilterKind>,
}
