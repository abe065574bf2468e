//! The command line: every command and flag, and what it becomes. The only door to clap; what leaves here is plain.
//!
//! A command costs one file here with its flags, its line in `CliCommand` and its line in `Command`.

pub mod exit;
pub mod files;
pub mod live;
pub mod output;
pub mod overflow;
pub mod values;
pub mod video;
pub mod work;

use clap::{Parser, Subcommand};
use framerace::child::WorkerCommand;

use super::commands::{batch, compare, crash_lab, demo, devices, diff, price, record, report};

pub use crate::app::commands::batch::args::Many;
pub use crate::app::commands::compare::args::Race;
pub use crate::app::commands::crash_lab::args::CrashLab;
pub use crate::app::commands::demo::args::{Demo, Lessons, OnScreen};
pub use crate::app::commands::devices::args::Devices;
pub use crate::app::commands::diff::args::Diff;
pub use crate::app::commands::price::args::Price;
pub use crate::app::commands::record::args::Record;
pub use crate::app::commands::report::args::Show;
pub use exit::Exit;
pub use files::File;

/// What worker processes are started from: this program, even when it was replaced on disk while it runs.
pub fn this_program() -> WorkerCommand {
    WorkerCommand::new("/proc/self/exe")
}

/// What to do.
pub enum Command {
    /// Race.
    Race(Box<Race>),
    /// Do many files.
    Batch(Box<Many>),
    /// Make a twin of a camera.
    Record(Box<Record>),
    /// Show a result again.
    Report(Show),
    /// Compare two results.
    Diff(Diff),
    /// Make the price list.
    Price(Price),
    /// Let things go wrong.
    CrashLab(Box<CrashLab>),
    /// Give lessons.
    Demo(Box<Demo>),
    /// List the cameras.
    Devices(Devices),
    /// Look what this machine offers.
    Doctor,
    /// List the filters.
    Filters,
    /// List the strategies.
    Strategies,
    /// Be a worker process.
    Worker(String),
    /// Be the subject of a trial of the crash lab.
    Subject,
    /// Be a converter process of a batch.
    Converter,
}

impl Command {
    /// Whether the noise of the libraries is wanted on standard error.
    pub fn is_loud(&self) -> bool {
        match self {
            // Noise would spoil the screen.
            Self::Race(race) => race.output.verbose && !race.on_screen,
            Self::Batch(many) => many.output.verbose,
            Self::Record(record) => record.output.verbose,
            Self::Price(price) => price.output.verbose,
            Self::CrashLab(lab) => lab.output.verbose,
            Self::Demo(demo) => demo.output.verbose && demo.on_screen.is_none(),
            // What these say belongs to their parent's standard error, wherever that leads.
            Self::Worker(_) | Self::Subject | Self::Converter => true,
            Self::Report(_) | Self::Diff(_) | Self::Devices(_) | Self::Doctor | Self::Filters | Self::Strategies => {
                false
            }
        }
    }
}

/// Race one chain of OpenCV filters through every way of running it, and see what limits each one.
#[derive(Parser)]
#[command(name = "framerace", version, max_term_width = 100, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: CliCommand,
}

#[derive(Subcommand)]
enum CliCommand {
    /// Run every strategy on the same work, rank them, and say what limits each
    #[command(allow_negative_numbers = true)]
    Compare(compare::args::CompareArgs),
    /// Run one strategy over one input
    #[command(allow_negative_numbers = true)]
    Run(compare::args::RunArgs),
    /// Run many files through one chain, each into a file of its own; run again, it goes on where it stopped
    #[command(allow_negative_numbers = true)]
    Batch(batch::args::BatchArgs),
    /// Record a camera with the times at which its frames come, as a twin that plays them again for every strategy
    #[command(allow_negative_numbers = true)]
    Record(record::args::RecordArgs),
    /// Show a result again, or write it in another format, from its file alone
    Report(report::args::ReportArgs),
    /// Compare two results: what changed, and by more than the noise?
    Diff(diff::args::DiffArgs),
    /// Show what threads, processes and handing frames over cost on this machine, and when they pay
    #[command(allow_negative_numbers = true)]
    Price(price::args::PriceArgs),
    /// Let something go wrong in every strategy, and see what is lost, what survives, and how long it takes
    #[command(allow_negative_numbers = true)]
    CrashLab(crash_lab::args::CrashLabArgs),
    /// Put a claim about threads and processes to the test on this machine: predicted, measured, judged
    #[command(allow_negative_numbers = true)]
    Demo(demo::args::DemoArgs),
    /// List the cameras, and the formats, sizes and rates of each
    Devices(devices::args::DevicesArgs),
    /// Try what framerace needs of this machine: clocks, memory figures, worker processes and their sandbox
    Doctor,
    /// List the filters and their options
    Filters,
    /// List the strategies: how they are joined, when they win, when they lose
    Strategies,
    #[command(hide = true)]
    Worker { transport: String },
    #[command(hide = true)]
    Subject,
    #[command(hide = true)]
    Converter,
}

/// Reads the command line.
///
/// # Errors
/// What to say instead of doing anything.
pub fn parse() -> Result<Command, Exit> {
    let cli = Cli::try_parse()?;
    let command = match cli.command {
        CliCommand::Compare(args) => Command::Race(Box::new(args.race()?)),
        CliCommand::Run(args) => Command::Race(Box::new(args.race()?)),
        CliCommand::Batch(args) => Command::Batch(Box::new(args.many()?)),
        CliCommand::Record(args) => Command::Record(Box::new(args.record()?)),
        CliCommand::Report(args) => Command::Report(args.show()?),
        CliCommand::Diff(args) => Command::Diff(args.diff()?),
        CliCommand::Price(args) => Command::Price(args.into()),
        CliCommand::CrashLab(args) => Command::CrashLab(Box::new(args.lab()?)),
        CliCommand::Demo(args) => Command::Demo(Box::new(args.demo()?)),
        CliCommand::Devices(args) => Command::Devices(args.into()),
        CliCommand::Doctor => Command::Doctor,
        CliCommand::Filters => Command::Filters,
        CliCommand::Strategies => Command::Strategies,
        CliCommand::Worker { transport } => Command::Worker(transport),
        CliCommand::Subject => Command::Subject,
        CliCommand::Converter => Command::Converter,
    };
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_holds_together() {
        Cli::command().debug_assert();
    }
}
