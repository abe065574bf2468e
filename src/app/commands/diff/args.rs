//! `diff`: which two results, and which changes are not wanted.

use std::path::{Path, PathBuf};

use clap::Args;
use framerace::lab::diff::Gate;

use crate::app::args::exit::Exit;

/// Two results to be compared.
pub struct Diff {
    /// The file of the first; `-` is standard input.
    pub before: PathBuf,
    /// The file of the second.
    pub after: PathBuf,
    pub gates: Vec<Gate>,
    pub force: bool,
}

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

impl DiffArgs {
    pub fn diff(self) -> Result<Diff, Exit> {
        if [&self.before, &self.after].iter().all(|path| path.as_path() == Path::new("-")) {
            return Err(Exit::wrong("only one of the two results can come from standard input"));
        }
        Ok(Diff { before: self.before, after: self.after, gates: self.fail_if, force: self.force })
    }
}
