//! The exit codes of the program, and the errors that have one of their own. 1 is any other failure, and 2 is a command
//! line that makes no sense.

use anyhow::Error;
use thiserror::Error;

use super::terminal::stderr::Stderr;
use crate::host::shortage::is_shortage;

/// The exit code after work that was done.
pub const DONE: u8 = 0;

/// The exit code after a failure that has no code of its own.
pub const FAILED: u8 = 1;

/// The exit code after a command line that makes no sense.
pub const WRONG_USAGE: u8 = 2;

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

/// A signal has ended the work: which one, and what is left.
#[derive(Debug, Error)]
#[error("{1}")]
pub struct EndedBySignal(pub u8, pub String);

/// What was asked for makes no sense; the text says why. For what is found out only when files are read.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct Misused(pub String);

/// A gate (`--fail-if`, `--strict`) did not hold.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct GateTripped(pub String);

/// Prints the error of a command as one line, and returns the exit code for it.
pub fn report(error: &Error, stderr: &Stderr) -> u8 {
    stderr.line(&format!("error: {error:#}"));
    if let Some(EndedBySignal(signal, _)) = error.downcast_ref() {
        // As shells tell it.
        128 + signal
    } else if error.is::<Misused>() {
        WRONG_USAGE
    } else if error.is::<GateTripped>() {
        GATE_TRIPPED
    } else if error.is::<NotNow>() || is_shortage(error) {
        LATER
    } else if error.is::<Interrupted>() {
        INTERRUPTED
    } else {
        FAILED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_names_every_exit_code() {
        let page = include_str!("../../docs/src/reference/exit-codes.md");
        for code in [DONE, FAILED, WRONG_USAGE, GATE_TRIPPED, LATER, INTERRUPTED, 143] {
            assert!(page.contains(&format!("\n| {code} |")), "{code}");
        }
    }
}
