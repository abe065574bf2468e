//! `filters`: lists the filters and their options.

pub mod args;

use anyhow::Result;
use framerace::filter::FILTERS;

use self::args::FiltersArgs;
use crate::app::args::command::Command;
use crate::app::results::target::print;
use crate::app::terminal::stderr::Stderr;

impl Command for FiltersArgs {
    fn execute(self: Box<Self>, _: &Stderr) -> Result<()> {
        let mut text = String::new();
        for kind in FILTERS.iter().filter(|kind| !kind.hidden) {
            text += &format!("{:<20}{}\n", kind.name, kind.summary);
            for option in kind.options {
                let example = format!("{}={}", option.name, option.default);
                text += &format!("    {example:<16}{} ({})\n", option.help, option.values);
            }
        }
        text += "\nThe values shown are the defaults. A chain is filters with commas between, options with colons between:\n";
        text += "-f grayscale,blur=ksize=7:sigma=1.5,edges\n";
        print(&text)
    }
}
