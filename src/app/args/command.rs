//! What a command is: flags that are read and checked, and become options that can be executed. Knows no single command;
//! the list of them is in `commands`.

use std::ffi::OsString;

use std::sync::Arc;

use anyhow::{Result, bail};
use clap::{Arg, ArgAction, ArgMatches, Args};

use framerace::lab::report::Report;
use framerace::pipeline::Watch;

use super::console::ColorArgs;
use super::headings::REPORTS;
use super::usage_error::UsageError;
use crate::app::terminal::stderr::Stderr;

/// The options of a command: its flags, checked.
pub trait Command {
    /// Whether OpenCV and FFmpeg may write to standard error while it runs.
    fn shows_library_logs(&self) -> bool {
        false
    }

    /// Whether what stands out is painted.
    fn color(&self) -> ColorArgs {
        ColorArgs::default()
    }

    /// Whether it needs parts of OpenCV that only `framerace-opencv` is linked with.
    fn needs_opencv(&self) -> bool {
        false
    }

    /// Measures what was asked for and returns it, without a word. Fails where nothing is measured.
    fn measure(self: Box<Self>, watch: &Arc<Watch>, stderr: &Stderr) -> Result<Report> {
        let _ = (watch, stderr);
        bail!("this command measures nothing that could be returned; take compare or run")
    }

    /// Does what was asked for. An error is one line for the user.
    fn execute(self: Box<Self>, stderr: &Stderr) -> Result<()>;
}

/// The flags of a command, as clap reads them. The doc comment of the type is the command's line in the help.
pub trait Flags: Args {
    /// What they become.
    type Options: Command + 'static;

    /// Learns where flags stand on the command line, where that means something.
    fn place(&mut self, matches: &ArgMatches) {
        let _ = matches;
    }

    /// Makes options of the flags. Fails when they contradict each other or the input, which clap cannot check.
    fn check(self) -> Result<Self::Options, UsageError>;
}

/// The flags of a command that describes the others.
pub trait Describes: Args {
    /// What they become.
    type Options: Command + 'static;

    /// Makes options of the flags and of all commands.
    fn describe(self, all: clap::Command) -> Self::Options;
}

/// Makes a command of what is given, where these are all commands.
type Read = fn(&ArgMatches, &[Entry]) -> Result<Box<dyn Command>, UsageError>;

pub struct Entry {
    name: &'static str,
    add_flags: fn(clap::Command) -> clap::Command,
    read: Read,
}

impl Entry {
    pub const fn new<F: Flags>(name: &'static str) -> Self {
        let read = |flags: &_, _: &_| {
            let mut given = F::from_arg_matches(flags)?;
            given.place(flags);
            Ok(Box::new(given.check()?) as _)
        };
        Self { name, add_flags: F::augment_args, read }
    }

    /// The command whose flags are its options, because clap checks all there is to check.
    pub const fn unchecked<C: Command + Args + 'static>(name: &'static str) -> Self {
        let read = |flags: &_, _: &_| Ok(Box::new(C::from_arg_matches(flags)?) as _);
        Self { name, add_flags: C::augment_args, read }
    }

    /// The command that describes all commands.
    pub const fn describing<D: Describes>(name: &'static str) -> Self {
        let read = |flags: &_, all: &[Self]| {
            Ok(Box::new(D::from_arg_matches(flags)?.describe(command_line(all, Help::Full))) as _)
        };
        Self { name, add_flags: D::augment_args, read }
    }

    /// The command as clap describes it.
    fn describe(&self, help: Help) -> clap::Command {
        let command = (self.add_flags)(clap::Command::new(self.name)).disable_help_flag(true);
        let in_reports = command.get_arguments().any(|arg| arg.get_help_heading() == Some(REPORTS));
        let flag = help_flag().help_heading(in_reports.then_some(REPORTS));
        let (many, name) = (command.get_arguments().count() > MANY, self.name);
        match help {
            Help::Brief if many => command
                .arg(flag.help("Print the most important options; --help prints all"))
                .after_help(format!("All options, by what they are for, and examples: framerace {name} --help")),
            _ if many => command.arg(flag.help("Print all options; -h prints the most important ones")),
            _ => command.arg(flag),
        }
        .mut_args(|arg| if help == Help::Full || !many { arg.hide_short_help(false) } else { arg })
    }
}

/// How much help is shown.
#[derive(Clone, Copy, PartialEq)]
pub enum Help {
    /// `-h`: of a command that has many options, those that matter most.
    Brief,
    /// `--help`: all options.
    Full,
}

/// A command that has more options than this has a brief help, too.
const MANY: usize = 16;

/// Reads the command line. Fails when it is wrong, or asks for help.
pub fn parse(commands: &[Entry], arguments: &[OsString]) -> Result<Box<dyn Command>, UsageError> {
    // clap's own two helps differ in form, too: the long one takes three lines for each option. So the short form is used for
    // both, and what it shows is decided here.
    let help = if arguments.iter().any(|argument| argument == "-h") { Help::Brief } else { Help::Full };
    let matches = command_line(commands, help).try_get_matches_from(arguments)?;
    let given = matches.subcommand().and_then(|(name, flags)| {
        let entry = commands.iter().find(|entry| entry.name == name)?;
        Some((entry, flags))
    });
    let (entry, flags) = given.ok_or_else(|| UsageError::new("a command is missing"))?;
    (entry.read)(flags, commands)
}

/// The command that a command line names, whatever is wrong with the rest of it.
pub fn given(commands: &[Entry], arguments: &[OsString]) -> Option<&'static str> {
    let word = arguments.get(1)?;
    commands.iter().map(|entry| entry.name).find(|name| word == name)
}

/// The whole command line, as clap describes it.
pub fn command_line(commands: &[Entry], help: Help) -> clap::Command {
    clap::Command::new(env!("CARGO_PKG_NAME"))
        .version(env!("CARGO_PKG_VERSION"))
        .about("Race one chain of OpenCV filters through every way of running it, and see what limits each one")
        .max_term_width(100)
        .disable_help_flag(true)
        .arg(help_flag())
        .after_help(
            "`framerace COMMAND --help` shows the options of a command and examples, `-h` the most important ones.",
        )
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(commands.iter().map(|entry| entry.describe(help)))
}

/// `-h` and `--help`.
fn help_flag() -> Arg {
    Arg::new("help").short('h').long("help").action(ArgAction::HelpShort).help("Print help")
}
