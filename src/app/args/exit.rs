//! Why there is nothing to do, in one line.

use std::io::Write;
use std::process::ExitCode;

use clap::CommandFactory;
use clap::error::ErrorKind;

use super::Cli;

/// Why there is nothing to do: help was asked for, or the words were wrong.
pub struct Exit(clap::Error);

impl From<clap::Error> for Exit {
    fn from(error: clap::Error) -> Self {
        Self(error)
    }
}

impl Exit {
    /// A value that was understood but cannot be.
    pub fn wrong(reason: impl std::fmt::Display) -> Self {
        Self(Cli::command().error(ErrorKind::ValueValidation, reason))
    }

    /// Says it, and gives the exit code: 0 after help, 2 after wrong words, which get one line.
    pub fn say(self) -> ExitCode {
        if !self.0.use_stderr() || self.0.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
            // There is nobody to tell that the output is closed.
            let _ = self.0.print();
            return if self.0.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
        let text = self.0.render().to_string();
        let lines: Vec<_> = text.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:")).collect();
        let mut said = String::new();
        for line in lines.into_iter().filter(|line| !line.is_empty() && !line.starts_with("For more")) {
            let joint = if said.is_empty() || said.ends_with(':') { " " } else { "; " };
            said = said + joint + line;
        }
        // There is nobody to tell that standard error is closed or full.
        let _ = writeln!(std::io::stderr(), "{}; see framerace --help", said.trim());
        ExitCode::from(2)
    }
}
