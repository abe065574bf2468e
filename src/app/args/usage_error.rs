//! Why a command line cannot be executed, in one line.

use std::ffi::OsString;
use std::fmt::Display;
use std::io::stderr;

use clap::error::ErrorKind;
use clap::{Command, Error};
use framerace::filter::ChainError;
use framerace::near_miss::with_list;
use framerace::text::plain;

use super::console::ColorArgs;
use super::mistakes::{mistake, with_help};
use crate::app::exit_code::{DONE, FAILED, WRONG_USAGE};
use crate::app::terminal::stderr::Stderr;
use crate::app::terminal::stdout::check;

/// The command line is wrong, or it asks for help or the version, which clap treats alike.
pub enum UsageError {
    /// Clap says so.
    Clap(Error),
    /// A value can be read but not used: why.
    Unusable(String),
}

impl From<Error> for UsageError {
    fn from(error: Error) -> Self {
        Self::Clap(error)
    }
}

impl From<ChainError> for UsageError {
    fn from(error: ChainError) -> Self {
        Self::Unusable(with_list(error.to_string(), "framerace filters"))
    }
}

impl UsageError {
    /// A value that can be read but not used.
    pub fn new(reason: impl Display) -> Self {
        Self::Unusable(reason.to_string())
    }

    /// The same as the error of a command, for what is found out only later.
    pub fn into_error(self) -> anyhow::Error {
        match self {
            Self::Clap(error) => error.into(),
            Self::Unusable(reason) => anyhow::Error::msg(reason),
        }
    }

    /// Prints it, and returns the exit code: 0 after help, 2 after an error, which is printed as one line. `whole` is the
    /// whole command line as clap knows it, `arguments` are those that were given, and `given` is the command among them.
    pub fn report(self, whole: &Command, arguments: &[OsString], given: Option<&str>) -> u8 {
        if let Self::Clap(error) = &self
            && is_help(error)
        {
            return print_help(error);
        }
        let message = self.in_words(whole, arguments, given);
        let color = ColorArgs::default().is_wanted(&stderr());
        // With logs of libraries it changes nothing, so it cannot fail.
        if let Ok(stderr) = Stderr::open(true, color) {
            stderr.line(&format!("error: {message}"));
        }
        WRONG_USAGE
    }

    /// What is wrong, in one line. The rest is as for [`report`](Self::report).
    pub fn in_words(self, whole: &Command, arguments: &[OsString], given: Option<&str>) -> String {
        let message = match self {
            Self::Clap(error) => mistake(&error, whole, arguments, given),
            Self::Unusable(reason) => reason,
        };
        with_help(plain(&message).into_owned(), given)
    }
}

fn is_help(error: &Error) -> bool {
    !error.use_stderr() || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
}

fn print_help(error: &Error) -> u8 {
    let printed = check().and_then(|()| error.print());
    match printed {
        _ if error.use_stderr() => WRONG_USAGE,
        Ok(()) => DONE,
        Err(_) => FAILED,
    }
}
