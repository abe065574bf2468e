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

use std::io::{Write, stderr};
use std::process::ExitCode;

use self::args::command::{Help, command_line, given, parse};
use self::args::completion;
use self::commands::COMMANDS;
use self::terminal::stderr::Stderr;
use self::this_program::become_with_opencv;

/// Reads the command line, executes the command, and returns the exit code.
pub fn main() -> ExitCode {
    completion::answer(|| command_line(COMMANDS, Help::Full));
    let arguments: Vec<_> = std::env::args_os().collect();
    let command = match parse(COMMANDS, &arguments) {
        Ok(command) => command,
        Err(error) => {
            return error.report(&command_line(COMMANDS, Help::Full), &arguments, given(COMMANDS, &arguments));
        }
    };
    let equipped = if command.needs_opencv() { become_with_opencv() } else { Ok(()) };
    match Stderr::open(command.shows_library_logs(), command.color().is_wanted(&stderr())) {
        Ok(stderr) => match equipped.and_then(|()| command.execute(&stderr)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => exit_code::report(&error, &stderr),
        },
        Err(error) => {
            // Where standard error does not take it there is no other place.
            let _ = writeln!(std::io::stderr(), "error: cannot keep standard error: {error}");
            ExitCode::FAILURE
        }
    }
}
