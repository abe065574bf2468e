//! The program: parse, run, exit code.

mod app;

use std::process::ExitCode;

use app::args::{self, Command};
use app::terminal::stderr::Stderr;
use app::{commands, interrupt};

/// The exit code of a gate that tripped; 1 is a failure, and 2 are words that make no sense.
const GATE_TRIPPED: u8 = 3;

fn main() -> ExitCode {
    match args::parse() {
        Ok(Command::Worker(transport)) => commands::worker(&transport),
        Ok(command) => run(command),
        Err(exit) => exit.say(),
    }
}

fn run(command: Command) -> ExitCode {
    let stderr = match Stderr::take(command.is_loud()) {
        Ok(stderr) => stderr,
        Err(error) => {
            eprintln!("error: cannot keep standard error: {error}");
            return ExitCode::FAILURE;
        }
    };
    match commands::run(command, &stderr) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read our output has seen enough.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            stderr.line(&format!("error: {error:#}"));
            code_of(&error)
        }
    }
}

fn code_of(error: &anyhow::Error) -> ExitCode {
    if error.is::<commands::GateTripped>() {
        ExitCode::from(GATE_TRIPPED)
    } else if error.is::<interrupt::Interrupted>() {
        ExitCode::from(interrupt::INTERRUPTED)
    } else {
        ExitCode::FAILURE
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let kind = error.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
    kind == Some(std::io::ErrorKind::BrokenPipe)
}
