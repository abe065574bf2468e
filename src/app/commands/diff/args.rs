//! `diff`: which two results are compared, and which changes are not allowed.

use std::path::{Path, PathBuf};

use clap::Args;
use framerace::lab::diff::Gate;

use crate::app::args::command::Flags;
use crate::app::args::usage_error::UsageError;

/// Two results to compare.
pub struct DiffOptions {
    /// The file of the first; `-` for standard input.
    pub before: PathBuf,
    /// The file of the second.
    pub after: PathBuf,
    /// Changes that are not allowed.
    pub gates: Vec<Gate>,
    /// Whether results of different machines, inputs or chains are compared, too.
    pub force: bool,
}

/// Compare two results: what changed, and by more than the noise?
#[derive(Args)]
pub struct DiffArgs {
    /// The result before, as --json wrote it (- for standard input)
    #[arg(value_name = "A")]
    before: PathBuf,
    /// The result after
    #[arg(value_name = "B")]
    after: PathBuf,
    /// Changes that are not wanted, with commas between: 'fps<-5%,p95>+10%'; of fps, p95, memory, cpu. One that comes
    /// about, and is more than the noise of the rounds, ends framerace with exit code 3
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    fail_if: Vec<Gate>,
    /// Compare results of different machines, inputs or chains too
    #[arg(long)]
    force: bool,
}

impl Flags for DiffArgs {
    type Options = DiffOptions;

    fn check(self) -> Result<DiffOptions, UsageError> {
        if [&self.before, &self.after].iter().all(|path| path.as_path() == Path::new("-")) {
            return Err(UsageError::new("only one of the two results can come from standard input"));
        }
        Ok(DiffOptions { before: self.before, after: self.after, gates: self.fail_if, force: self.force })
    }
}
