//! The command line: every command and flag, and what it becomes. The only door to clap; what leaves here is plain.
//!
//! A command costs one file here with its flags, its line in `CliCommand` and its line in `Command`.

mod batch;
mod crash_lab;
mod demo;
mod devices;
mod diff;
mod exit;
mod files;
mod live;
mod output;
mod overflow;
mod price;
mod race;
mod record;
mod report;
mod values;
mod video;
mod work;

use clap::{Parser, Subcommand};

pub use batch::Many;
pub use crash_lab::CrashLab;
pub use demo::{Demo, Lessons, OnScreen};
pub use devices::Devices;
pub use diff::Diff;
pub use exit::Exit;
pub use files::File;
pub use price::Price;
pub use race::Race;
pub use record::Record;
pub use report::Show;

/// What worker processes are started from: this program, even when it was replaced on disk while it runs.
pub const THIS_PROGRAM: &str = "/proc/self/exe";

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
    Compare(race::CompareArgs),
    /// Run one strategy over one input
    #[command(allow_negative_numbers = true)]
    Run(race::RunArgs),
    /// Run many files through one chain, each into a file of its own; run again, it goes on where it stopped
    #[command(allow_negative_numbers = true)]
    Batch(batch::BatchArgs),
    /// Record a camera with the times at which its frames come, as a twin that plays them again for every strategy
    #[command(allow_negative_numbers = true)]
    Record(record::RecordArgs),
    /// Show a result again, or write it in another format, from its file alone
    Report(report::ReportArgs),
    /// Compare two results: what changed, and by more than the noise?
    Diff(diff::DiffArgs),
    /// Show what threads, processes and handing frames over cost on this machine, and when they pay
    #[command(allow_negative_numbers = true)]
    Price(price::PriceArgs),
    /// Let something go wrong in every strategy, and see what is lost, what survives, and how long it takes
    #[command(allow_negative_numbers = true)]
    CrashLab(crash_lab::CrashLabArgs),
    /// Put a claim about threads and processes to the test on this machine: predicted, measured, judged
    #[command(allow_negative_numbers = true)]
    Demo(demo::DemoArgs),
    /// List the cameras, and the formats, sizes and rates of each
    Devices(devices::DevicesArgs),
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
