//! The exit codes of the program, and the errors that have one of their own. 1 is any other failure, and 2 is a command
//! line that makes no sense.

use std::process::ExitCode;

use anyhow::Error;
use thiserror::Error;

use super::terminal::stderr::Stderr;
use crate::host::shortage::is_shortage;

/// The exit code after an interruption by Ctrl-C, SIGTERM or SIGHUP.
pub const INTERRUPTED: u8 = 130;

/// The exit code after a gate that did not hold, so that scripts can tell it from a failure.
const GATE_TRIPPED: u8 = 3;

/// The work was interrupted; the text says what is left of it.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct Interrupted(pub String);

/// The exit code after work that the machine had too little room for at the time: EX_TEMPFAIL of sysexits.h.
const LATER: u8 = 75;

/// Work is left that may succeed later; the text says what.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct NotNow(pub String);

/// A gate (`--fail-if`, `--strict`) did not hold.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct GateTripped(pub String);

/// Prints the error of a command as one line, and returns the exit code for it.
pub fn report(error: &Error, stderr: &Stderr) -> ExitCode {
    stderr.line(&format!("error: {error:#}"));
    if error.is::<GateTripped>() {
        ExitCode::from(GATE_TRIPPED)
    } else if error.is::<NotNow>() || is_shortage(error) {
        ExitCode::from(LATER)
    } else if error.is::<Interrupted>() {
        ExitCode::from(INTERRUPTED)
    } else {
        ExitCode::FAILURE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_names_every_exit_code() {
        let page = include_str!("../../docs/src/reference/exit-codes.md");
        for code in [0, 1, 2, GATE_TRIPPED, LATER, INTERRUPTED] {
            assert!(page.contains(&format!("\n| {code} |")), "{code}");
        }
    }
}
