//! What a command is: flags that are read and checked, and become options that can be executed. Knows no single command;
//! the list of them is in `commands`.

use std::ffi::OsString;

use anyhow::Result;
use clap::{ArgMatches, Args};

use super::usage_error::UsageError;
use crate::app::terminal::stderr::Stderr;

/// The options of a command: its flags, checked.
pub trait Command {
    /// Whether OpenCV and FFmpeg may write to standard error while it runs.
    fn shows_library_logs(&self) -> bool {
        false
    }

    /// Whether it needs parts of OpenCV that only `framerace-opencv` is linked with.
    fn needs_opencv(&self) -> bool {
        false
    }

    /// Does what was asked for. An error is one line for the user.
    fn execute(self: Box<Self>, stderr: &Stderr) -> Result<()>;
}

/// The flags of a command, as clap reads them. The doc comment of the type is the command's line in the help.
pub trait Flags: Args {
    /// What they become.
    type Options: Command + 'static;

    /// Makes options of the flags. Fails when they contradict each other or the input, which clap cannot check.
    fn check(self) -> Result<Self::Options, UsageError>;
}

pub struct Entry {
    name: &'static str,
    add_flags: fn(clap::Command) -> clap::Command,
    read: fn(&ArgMatches) -> Result<Box<dyn Command>, UsageError>,
}

impl Entry {
    pub const fn new<F: Flags>(name: &'static str) -> Self {
        Self { name, add_flags: F::augment_args, read: |matches| Ok(Box::new(F::from_arg_matches(matches)?.check()?)) }
    }

    /// The command whose flags are its options, because clap checks all there is to check.
    pub const fn unchecked<C: Command + Args + 'static>(name: &'static str) -> Self {
        Self { name, add_flags: C::augment_args, read: |matches| Ok(Box::new(C::from_arg_matches(matches)?)) }
    }
}

/// Reads the command line. Fails when it is wrong, or asks for help.
pub fn parse(commands: &[Entry], arguments: &[OsString]) -> Result<Box<dyn Command>, UsageError> {
    let matches = command_line(commands).try_get_matches_from(arguments)?;
    let given = matches.subcommand().and_then(|(name, flags)| {
        let entry = commands.iter().find(|entry| entry.name == name)?;
        Some((entry, flags))
    });
    let (entry, flags) = given.ok_or_else(|| UsageError::new("a command is missing"))?;
    (entry.read)(flags)
}

/// The command that a command line names, whatever is wrong with the rest of it.
pub fn given(commands: &[Entry], arguments: &[OsString]) -> Option<&'static str> {
    let word = arguments.get(1)?;
    commands.iter().map(|entry| entry.name).find(|name| word == name)
}

/// The whole command line, as clap describes it.
pub fn command_line(commands: &[Entry]) -> clap::Command {
    clap::Command::new(env!("CARGO_PKG_NAME"))
        .version(env!("CARGO_PKG_VERSION"))
        .about("Race one chain of OpenCV filters through every way of running it, and see what limits each one")
        .max_term_width(100)
        .disable_help_subcommand(true)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(commands.iter().map(|entry| (entry.add_flags)(clap::Command::new(entry.name))))
}
