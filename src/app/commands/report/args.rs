//! `report`: which result is shown, and which files it is written to.

use std::path::PathBuf;

use clap::Args;

use crate::app::args::console::ColorArgs;
use crate::app::args::files::FilesArgs;

/// Show a result again, or write it in another format, from its file alone
#[derive(Args)]
pub struct ReportArgs {
    /// A result that --json or --html wrote (- for standard input)
    pub result: PathBuf,
    #[command(flatten)]
    pub files: FilesArgs,
    #[command(flatten)]
    pub color: ColorArgs,
    /// Print all that was measured
    #[arg(short, long)]
    pub verbose: bool,
}
