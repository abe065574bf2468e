//! `diff`: which two results are compared, and which changes are not allowed.

use std::path::{Path, PathBuf};

use clap::Args;
use framerace::lab::diff::Gate;

use crate::app::args::command::Flags;
use crate::app::args::console::ColorArgs;
use crate::app::args::usage_error::UsageError;

const EXAMPLES: &str = "\
Examples:
  framerace diff before.json after.json
  framerace diff before.json after.json --fail-if 'fps<-5%,p95>+10%'";

/// Compare two results: what changed, and by more than the noise?
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct DiffArgs {
    /// The result before, as --json wrote it (- for standard input)
    #[arg(value_name = "A")]
    pub before: PathBuf,
    /// The result after
    #[arg(value_name = "B")]
    pub after: PathBuf,
    /// Changes that are not wanted, with commas between: 'fps<-5%,p95>+10%'; of fps, p95, memory, cpu. One that comes
    /// about, and is more than the noise of the rounds, ends framerace with exit code 3
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub fail_if: Vec<Gate>,
    /// Compare results of different machines, inputs or chains too
    #[arg(long)]
    pub force: bool,
    #[command(flatten)]
    pub color: ColorArgs,
}

impl Flags for DiffArgs {
    type Options = Self;

    fn check(self) -> Result<Self, UsageError> {
        if [&self.before, &self.after].iter().all(|path| path.as_path() == Path::new("-")) {
            return Err(UsageError::new("only one of the two results can come from standard input"));
        }
        Ok(self)
    }
}
