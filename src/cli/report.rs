//! `report`: which result, and where it goes.

use std::path::PathBuf;

use clap::Args;

use super::exit::Exit;
use super::files::{File, FilesArgs};
use super::output::ColorArgs;

/// A result to be shown again.
pub struct Show {
    /// Its file; `-` is standard input.
    pub result: PathBuf,
    pub files: Vec<File>,
    pub color: bool,
    pub verbose: bool,
}

#[derive(Args)]
pub(super) struct ReportArgs {
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

impl ReportArgs {
    pub(super) fn show(self) -> Result<Show, Exit> {
        Ok(Show { result: self.result, files: self.files.files()?, color: self.color.wanted(), verbose: self.verbose })
    }
}
