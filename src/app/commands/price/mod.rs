//! `price`: measures what threads, processes and handing frames over cost, and prints the list.

pub mod args;

use anyhow::Result;
use framerace::frame::Shape;
use framerace::host::libraries;
use framerace::lab::microbench::{MicrobenchPlan, measure, to_json, to_table};
use framerace::pipeline::Watch;
use framerace::source::{OpenOptions, open};

use self::args::PriceOptions;
use crate::app::args::command::Command;
use crate::app::results::target::{Target, print};
use crate::app::terminal::stderr::Stderr;
use crate::app::terminal::with_bar;
use crate::app::this_program::this_program;

impl Command for PriceOptions {
    fn shows_library_logs(&self) -> bool {
        self.console.verbose
    }

    fn execute(self: Box<Self>, stderr: &Stderr) -> Result<()> {
        let console = &self.console;
        libraries::prepare(1, console.verbose)?;
        let json = self.json.as_deref().map(Target::open).transpose()?;
        let plan = MicrobenchPlan {
            shape: shape(&self)?,
            workers: self.workers,
            rounds: self.rounds,
            duration: self.duration,
            worker_command: this_program(),
        };
        let watch = Watch::default();
        let prices = with_bar(stderr, console.progress, &watch, |on_step| measure(&plan, &watch, on_step))?;
        let to_stdout = matches!(json, Some(Target::Stdout));
        if let Some(json) = json {
            json.write(&to_json(&prices)?)?;
        }
        if !console.quiet && !to_stdout {
            print(&to_table(&prices, console.detail()))?;
        }
        Ok(())
    }
}

fn shape(price: &PriceOptions) -> Result<Shape> {
    let of_input = price.input.as_ref().map(|input| Ok(open(input, &OpenOptions::default())?.info().shape));
    of_input.unwrap_or(Ok(Shape::bgr(price.size.0, price.size.1)))
}
