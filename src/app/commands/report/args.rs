//! `report`: which result is shown, and which files it is written to.

use std::path::PathBuf;

use clap::Args;

use crate::app::args::console::ColorArgs;
use crate::app::args::files::FilesArgs;
use crate::app::args::headings::REPORTS;

const EXAMPLES: &str = "\
Examples:
  framerace report result.json -v
  framerace report result.json --html result.html --csv result.csv";

/// Show a result again, or write it in another format, from its file alone
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct ReportArgs {
    /// A result that --json or --html wrote (- for standard input)
    pub result: PathBuf,
    #[command(flatten)]
    pub files: FilesArgs,
    #[command(flatten)]
    pub color: ColorArgs,
    /// Print all that was measured
    #[arg(short, long, help_heading = REPORTS)]
    pub verbose: bool,
}
