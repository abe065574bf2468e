//! `report`: which result is shown, and which files it is written to.

use std::path::PathBuf;

use clap::Args;

use crate::app::args::command::Flags;
use crate::app::args::console::ColorArgs;
use crate::app::args::files::{File, FilesArgs};
use crate::app::args::usage_error::UsageError;

/// A saved result to show.
pub struct ReportOptions {
    /// Its file; `-` for standard input.
    pub result: PathBuf,
    pub files: Vec<File>,
    pub color: bool,
    pub verbose: bool,
}

/// Show a result again, or write it in another format, from its file alone
#[derive(Args)]
pub struct ReportArgs {
    /// A result that --json or --html wrote (- for standard input)
    result: PathBuf,
    #[command(flatten)]
    files: FilesArgs,
    #[command(flatten)]
    color: ColorArgs,
    /// Print all that was measured
    #[arg(short, long)]
    verbose: bool,
}

impl Flags for ReportArgs {
    type Options = ReportOptions;

    fn check(self) -> Result<ReportOptions, UsageError> {
        let (files, color) = (self.files.check()?, self.color.use_color());
        Ok(ReportOptions { result: self.result, files, color, verbose: self.verbose })
    }
}
