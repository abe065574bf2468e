//! `report`: which result, and where it goes.

use std::path::PathBuf;

use clap::Args;

use crate::app::args::exit::Exit;
use crate::app::args::files::{File, FilesArgs};
use crate::app::args::output::ColorArgs;

/// A result to be shown again.
pub struct Show {
    /// Its file; `-` is standard input.
    pub result: PathBuf,
    pub files: Vec<File>,
    pub color: bool,
    pub verbose: bool,
}

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

impl ReportArgs {
    pub fn show(self) -> Result<Show, Exit> {
        Ok(Show { result: self.result, files: self.files.files()?, color: self.color.wanted(), verbose: self.verbose })
    }
}
