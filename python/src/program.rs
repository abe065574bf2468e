//! The program `framerace` within Python: its command line, and what its worker processes are started from.

use std::ffi::OsString;

use framerace::child::WorkerCommand;
use framerace::{EMBEDDING, Embedding};
use linkme::distributed_slice;
use pyo3::prelude::*;

#[distributed_slice(EMBEDDING)]
static PYTHON: Embedding = Embedding { worker_command, arguments };

/// An interpreter of its own, which imports this module (`framerace._workers.command`).
fn worker_command() -> WorkerCommand {
    let command = |py: Python<'_>| {
        py.import("framerace._workers")?.getattr("command")?.call0()?.extract::<(String, Vec<String>)>()
    };
    let (program, args) = Python::attach(command).unwrap_or_default();
    WorkerCommand { args, ..WorkerCommand::new(program) }
}

fn arguments() -> Vec<OsString> {
    let arguments = |py: Python<'_>| py.import("framerace._workers")?.getattr("arguments")?.extract::<Vec<OsString>>();
    Python::attach(arguments).unwrap_or_default()
}

/// Executes a command line of framerace, of which the first word is the program, and returns its exit code.
#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "what Python gives is a list of its own")]
pub fn main(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    py.detach(|| framerace::execute(&arguments))
}
