//! The commands: each takes plain arguments, does its work with the library, and shows what came of it. One file each.

mod auto;
pub mod batch;
pub mod compare;
mod convert;
pub mod crash_lab;
pub mod demo;
pub mod devices;
pub mod diff;
mod doctor;
mod files;
pub mod price;
pub mod record;
pub mod report;
mod result_file;
mod scene;
mod target;
mod window;

use std::io::Write;
use std::process::ExitCode;

use anyhow::{Result, bail};
use framerace::batch::converter_main;
use framerace::filter::FILTERS;
use framerace::lab::fault_injection::subject_main;
use framerace::strategy::{STRATEGIES, worker_main};

use crate::app::args::Command;
use crate::app::interrupt::on_interrupt;
use crate::app::terminal::stderr::Stderr;
pub use diff::GateTripped;
use target::print;

/// Does what was asked for.
///
/// # Errors
/// One line for the user.
pub fn run(command: Command, stderr: &Stderr) -> Result<()> {
    match command {
        Command::Race(race) => compare::run(*race, stderr),
        Command::Batch(many) => batch::run(&many, stderr),
        Command::Record(asked) => record::run(&asked, stderr),
        Command::Report(show) => report::run(&show),
        Command::Diff(asked) => diff::run(&asked, stderr),
        Command::Price(price) => price::run(&price, stderr),
        Command::CrashLab(lab) => crash_lab::run(&lab, stderr),
        Command::Demo(demo) => demo::run(&demo, stderr),
        Command::Devices(asked) => devices::run(&asked),
        Command::Doctor => doctor::run_all(),
        Command::Filters => print(&filters()),
        Command::Strategies => print(&strategies()),
        Command::Worker(_) => bail!("a worker has nothing to say to a terminal"),
        Command::Subject => subject_main(),
        Command::Converter => converter(),
    }
}

#[expect(unsafe_code, reason = "a worker closes what it was not given, whoever may own it")]
/// Is a worker process. Its standard error is a line to its parent, so nothing is kept from it.
pub fn worker(transport: &str) -> ExitCode {
    // SAFETY: `main` calls this before anything else, so nothing is open but what this process was given.
    match unsafe { worker_main(transport) } {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // There may be nobody left to tell.
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Is a converter process. A Ctrl-C is meant for its batch, which tells it what to do.
fn converter() -> Result<()> {
    on_interrupt(|| {})?;
    converter_main()
}

fn filters() -> String {
    let mut text = String::new();
    for kind in FILTERS.iter().filter(|kind| !kind.hidden()) {
        text += &format!("{:<20}{}\n", kind.name(), kind.summary());
        for option in kind.options() {
            let example = format!("{}={}", option.name, option.default);
            text += &format!("    {example:<16}{} ({})\n", option.help, option.values);
        }
    }
    text +=
        "\nThe values shown are the defaults. A chain is filters with commas between, options with colons between:\n";
    text + "-f grayscale,blur=ksize=7:sigma=1.5,edges\n"
}

fn strategies() -> String {
    let mut text = String::new();
    for strategy in STRATEGIES {
        let (name, about) = (strategy.name(), strategy.about());
        text +=
            &format!("{name}\n    joined  {}\n    wins    {}\n    loses   {}\n", about.joined, about.wins, about.loses);
    }
    text
}
