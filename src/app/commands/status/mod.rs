//! `status`: prints how far the shards of a plan are.

pub mod args;
mod table;

use std::thread::sleep;
use std::time::Duration;

use anyhow::Result;
use framerace::batch::{ShardPlan, status};
use framerace::text::plain_json;

use self::args::StatusArgs;
use self::table::{bars, is_over, sum, table};
use crate::app::args::command::Command;
use crate::app::args::console::ColorArgs;
use crate::app::exit_code::Misused;
use crate::app::results::target::{print, terminal_width};
use crate::app::terminal::DrawnLines;
use crate::app::terminal::stderr::Stderr;

/// How often it looks.
const PERIOD: Duration = Duration::from_secs(1);

impl Command for StatusArgs {
    fn color(&self) -> ColorArgs {
        self.color.clone()
    }

    fn execute(self: Box<Self>, stderr: &Stderr) -> Result<()> {
        let plan = ShardPlan::read(&self.plan).map_err(|error| Misused(format!("{error:#}")))?;
        if self.watch {
            return watch(&plan, stderr);
        }
        let shards = status(&plan)?;
        if self.json {
            return print(&(plain_json(&serde_json::to_string(&shards)?) + "\n"));
        }
        print(&(table(&shards) + &terminal_width().sentence(&sum(&shards))))
    }
}

/// Shows it again and again until all is done or has failed.
fn watch(plan: &ShardPlan, stderr: &Stderr) -> Result<()> {
    let (mut screen, mut before) = (DrawnLines::of(stderr), Vec::new());
    loop {
        let shards = status(plan)?;
        match &mut screen {
            Some(screen) => {
                let lines = bars(&shards, screen.columns());
                screen.draw(lines);
            }
            None if shards != before => print(&(sum(&shards) + "\n"))?,
            None => {}
        }
        if shards.iter().all(is_over) {
            drop(screen);
            return print(&terminal_width().sentence(&sum(&shards)));
        }
        before = shards;
        sleep(PERIOD);
    }
}
