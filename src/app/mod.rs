//! The program: the command line, the commands, and what they show on a terminal. The rest of the library never reaches it.
//!
//! ```text
//! main ─▶ args::command::parse(COMMANDS) ─▶ commands/X/args: flags ─check─▶ options ─▶ commands/X: execute
//!                                                                                └─▶ terminal · tui · results
//! ```

pub mod args;
pub mod commands;
pub mod exit_code;
pub mod interrupt;
pub mod results;
pub mod terminal;
pub mod this_program;
pub mod tui;

use std::ffi::OsString;
use std::io::{Write, stderr};
use std::process::ExitCode;
use std::sync::Arc;

use framerace::lab::report::Report;
use framerace::pipeline::Watch;

use anyhow::anyhow;

use self::args::command::{Help, command_line, given, parse};
use self::args::completion;
use self::commands::{COMMANDS, WORKER};
use self::terminal::stderr::Stderr;
use self::this_program::become_with_opencv;

/// A worker process, and nothing else: the hidden command `worker`, without the others and what they are linked with.
pub fn worker_main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    // Worker processes keep their standard error, see `Stderr::open`: it is their parent's.
    let ran = parse(WORKER, &arguments).map_err(|_| anyhow!("framerace starts this program itself; it needs a parent"));
    let stderr = Stderr::inherited();
    match ran.and_then(|command| command.execute(&stderr)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => exit_code::report(&error, &stderr).into(),
    }
}

/// Reads the command line, executes the command, and returns the exit code.
pub fn main() -> ExitCode {
    completion::answer(|| command_line(COMMANDS, Help::Full));
    ExitCode::from(execute(&std::env::args_os().collect::<Vec<_>>()))
}

/// Executes a command line, of which the first word is the program, and returns the exit code.
pub fn execute(arguments: &[OsString]) -> u8 {
    let command = match parse(COMMANDS, arguments) {
        Ok(command) => command,
        Err(error) => {
            return error.report(&command_line(COMMANDS, Help::Full), arguments, given(COMMANDS, arguments));
        }
    };
    let equipped = if command.needs_opencv() { become_with_opencv() } else { Ok(()) };
    match Stderr::open(command.shows_library_logs(), command.color().is_wanted(&stderr())) {
        Ok(stderr) => match equipped.and_then(|()| command.execute(&stderr)) {
            Ok(()) => exit_code::DONE,
            Err(error) => exit_code::report(&error, &stderr),
        },
        Err(error) => {
            // Where standard error does not take it there is no other place.
            let _ = writeln!(std::io::stderr(), "error: cannot keep standard error: {error}");
            exit_code::FAILED
        }
    }
}

/// Does the work of a command line that measures, `compare` or `run`, and returns what it measured: nothing is printed, and no
/// file is written but the output. `watch` stops it.
///
/// # Errors
/// One line for the user.
pub fn measure(arguments: &[OsString], watch: &Arc<Watch>) -> anyhow::Result<Report> {
    let command = parse(COMMANDS, arguments).map_err(|error| {
        anyhow::anyhow!(error.in_words(&command_line(COMMANDS, Help::Full), arguments, given(COMMANDS, arguments)))
    })?;
    anyhow::ensure!(!command.needs_opencv(), this_program::no_opencv_here());
    command.measure(watch, &Stderr::silent())
}
