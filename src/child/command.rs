//! The command that child processes are started from. Knows nothing of what they do.

use std::fmt;
use std::path::PathBuf;
use std::process::Command;

use serde::{Deserialize, Serialize};

use super::sandbox::Policy;

/// The word that makes a worker process of a program.
pub(crate) const WORKER: &str = "worker";

/// A program that can be each of framerace's child processes; what it is to be is said by the words that follow
/// `args`, such as `worker socket`. Usually that is framerace itself. Another program, such as an interpreter, must
/// hand these words to this library, of the same build.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerCommand {
    /// The program: a path, or a name to be found in `PATH`.
    pub program: PathBuf,
    /// A smaller one that can be a worker process and nothing else, of the same build, if there is one. It is given no `args`.
    pub smaller: Option<PathBuf>,
    /// Its first arguments.
    pub args: Vec<String>,
    /// What it may do as a worker process.
    pub sandbox: Policy,
}

impl WorkerCommand {
    /// A program that needs no arguments of its own and the default sandbox, as framerace.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), smaller: None, args: Vec::new(), sandbox: Policy::default() }
    }

    /// The command that starts it with these words, the first of which says what it is to be.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        if let Some(smaller) = self.smaller.as_ref().filter(|_| words.first() == Some(&WORKER)) {
            let mut command = Command::new(smaller);
            command.args(words);
            return command;
        }
        let mut command = Command::new(&self.program);
        command.args(&self.args).args(words);
        command
    }
}

/// As errors name it.
impl fmt::Display for WorkerCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.program.display())?;
        self.args.iter().try_for_each(|arg| write!(f, " {arg}"))
    }
}
