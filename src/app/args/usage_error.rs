//! Why a command line cannot be executed, in one line.

use std::io::Write;
use std::process::ExitCode;

use clap::error::ErrorKind;
use framerace::text::plain;

use crate::app::terminal::stdout::check;

/// The command line is wrong, or it asks for help or the version, which clap treats alike.
pub struct UsageError(clap::Error);

impl From<clap::Error> for UsageError {
    fn from(error: clap::Error) -> Self {
        Self(error)
    }
}

impl UsageError {
    /// A value that can be read but not used.
    pub fn new(reason: impl std::fmt::Display) -> Self {
        Self(clap::Error::raw(ErrorKind::ValueValidation, reason))
    }

    /// The same as the error of a command, for what is found out only later.
    pub fn into_error(self) -> anyhow::Error {
        anyhow::Error::msg(self.0.to_string())
    }

    /// Prints it, and returns the exit code: 0 after help, 2 after an error, which is printed as one line.
    pub fn report(self) -> ExitCode {
        if !self.0.use_stderr() || self.0.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
            let printed = check().and_then(|()| self.0.print());
            return match printed {
                _ if self.0.use_stderr() => ExitCode::from(2),
                Ok(()) => ExitCode::SUCCESS,
                Err(_) => ExitCode::FAILURE,
            };
        }
        let text = self.0.render().to_string();
        let lines: Vec<_> = text.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:")).collect();
        let mut message = String::new();
        for line in lines.into_iter().filter(|line| !line.is_empty() && !line.starts_with("For more")) {
            let separator = if message.is_empty() || message.ends_with(':') { " " } else { "; " };
            message = message + separator + line;
        }
        // If standard error is closed or full, there is no other place to write to.
        let _ = writeln!(std::io::stderr(), "{}; see framerace --help", plain(message.trim()));
        ExitCode::from(2)
    }
}
