//! The flags that write a report to files: one for each format in the list of formats.

use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Arg, ArgMatches, Args, Command, Error, value_parser};
use framerace::lab::report::{FORMATS, Format};

use super::headings::REPORTS;

/// The formats that `-h` shows, too.
const COMMON: &[&str] = &["json", "html"];

/// A format, and the file to write in it.
pub type File = (&'static Format, PathBuf);

/// The files asked for. Not derived from a struct, so that a new format needs no line here.
#[derive(Clone)]
pub struct FilesArgs(pub Vec<File>);

impl Args for FilesArgs {
    fn augment_args(command: Command) -> Command {
        FORMATS.iter().fold(command, |command, format| {
            let help = format!("Write {} (- for standard output)", format.summary);
            let name = format.name;
            let arg = Arg::new(name).long(name).value_name("FILE").help(help).value_parser(value_parser!(PathBuf));
            command.arg(arg.help_heading(REPORTS).hide_short_help(!COMMON.contains(&name)))
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for FilesArgs {
    /// Two formats cannot go to the same file.
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let path = |format: &Format| matches.get_one::<PathBuf>(format.name).cloned();
        let files: Vec<File> = FORMATS.iter().filter_map(|format| Some((format, path(format)?))).collect();
        for (at, (format, path)) in files.iter().enumerate() {
            if let Some((other, _)) = files[..at].iter().find(|(_, before)| before == path) {
                let (one, two, path) = (other.name, format.name, path.display());
                let message = format!("--{one} and --{two} cannot both write {path}; give each its own file");
                return Err(Error::raw(ErrorKind::ValueValidation, message));
            }
        }
        Ok(Self(files))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
