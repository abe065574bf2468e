//! `strategies`: lists the strategies, and when each is the right one.

pub mod args;

use anyhow::Result;
use framerace::strategy::STRATEGIES;

use self::args::StrategiesArgs;
use crate::app::args::command::Command;
use crate::app::results::target::print;
use crate::app::terminal::stderr::Stderr;

impl Command for StrategiesArgs {
    fn execute(self: Box<Self>, _: &Stderr) -> Result<()> {
        let mut text = String::new();
        for strategy in STRATEGIES {
            let (name, about) = (strategy.name(), strategy.about());
            text += &format!("{name}\n");
            for (what, words) in [("joined", about.joined), ("wins", about.wins), ("loses", about.loses)] {
                text += &format!("    {what:<8}{words}\n");
            }
        }
        print(&text)
    }
}
