//! The program: reads the command line, executes the command, and returns its exit code.

mod app;

use std::process::ExitCode;

use app::args::command::{Command, parse};
use app::commands::COMMANDS;
use app::exit_code;
use app::terminal::stderr::Stderr;

fn main() -> ExitCode {
    match parse(COMMANDS) {
        Ok(command) => execute(command),
        Err(error) => error.report(),
    }
}

fn execute(command: Box<dyn Command>) -> ExitCode {
    let stderr = match Stderr::open(command.shows_library_logs()) {
        Ok(stderr) => stderr,
        Err(error) => {
            eprintln!("error: cannot keep standard error: {error}");
            return ExitCode::FAILURE;
        }
    };
    match command.execute(&stderr) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => exit_code::report(&error, &stderr),
    }
}
