//! `price`: measure what things cost, and show the list.

pub mod args;

use anyhow::Result;
use framerace::frame::Shape;
use framerace::host::libraries;
use framerace::lab::microbench::{Plan, measure, to_json, to_table};
use framerace::lab::report::Detail;
use framerace::pipeline::Watch;
use framerace::source::{Opening, open};

use super::target::{Target, print};
use crate::app::args::Price;
use crate::app::terminal::stderr::Stderr;
use crate::app::terminal::with_bar;

/// Makes the price list, and shows it.
///
/// # Errors
/// One line for the user.
pub fn run(price: &Price, stderr: &Stderr) -> Result<()> {
    let output = &price.output;
    libraries::prepare(1, output.verbose)?;
    let json = price.json.as_deref().map(Target::open).transpose()?;
    let plan = Plan {
        shape: shape(price)?,
        workers: price.workers,
        rounds: price.rounds,
        duration: price.duration,
        worker_command: price.worker_command.clone(),
    };
    let watch = Watch::default();
    let prices = with_bar(stderr, output.progress, &watch, |on_step| measure(&plan, &watch, on_step))?;
    let to_stdout = matches!(json, Some(Target::Stdout));
    if let Some(json) = json {
        json.write(&to_json(&prices)?)?;
    }
    if !output.quiet && !to_stdout {
        print(&to_table(&prices, if output.verbose { Detail::Full } else { Detail::Brief }))?;
    }
    Ok(())
}

fn shape(price: &Price) -> Result<Shape> {
    let of_input = price.input.as_ref().map(|input| Ok(open(input, &Opening::default())?.info().shape));
    of_input.unwrap_or(Ok(Shape::bgr(price.size.0, price.size.1)))
}
