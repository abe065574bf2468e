//! `completions`: prints the script with which a shell asks this program what fits.

pub mod args;

use anyhow::Result;

use self::args::CompletionsArgs;
use crate::app::args::command::Command;
use crate::app::args::completion::script;
use crate::app::results::target::print;
use crate::app::terminal::stderr::Stderr;

impl Command for CompletionsArgs {
    fn execute(self: Box<Self>, _: &Stderr) -> Result<()> {
        print(&script(self.shell)?)
    }
}
