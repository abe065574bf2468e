//! The command line: every flag, and what it becomes. The only door to clap; what leaves here is plain.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use framerace::compare::Plan;
use framerace::filter::Chain;
use framerace::source::{Decoder, Input, Limits, Opening};
use framerace::strategy::{STRATEGIES, Settings, Strategy};

use crate::values::{Named, at_least_one, bytes, input, seconds, strategy};

/// What the user asked for.
pub struct Arguments {
    /// What to do.
    pub command: Command,
    /// Whether the noise of the libraries is wanted.
    pub verbose: bool,
}

/// What to do.
pub enum Command {
    /// Race.
    Race(Box<Race>),
    /// List the filters.
    Filters,
    /// List the strategies.
    Strategies,
    /// Be a worker process.
    Worker(String),
}

/// A race, or a single run.
pub struct Race {
    pub plan: Plan,
    pub opencv_threads: i32,
    pub json: Option<PathBuf>,
    pub progress: bool,
    pub quiet: bool,
    pub color: bool,
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
    Compare(CompareArgs),
    /// Run one strategy over one input
    #[command(allow_negative_numbers = true)]
    Run(RunArgs),
    /// List the filters and their options
    Filters,
    /// List the strategies: how they are joined, when they win, when they lose
    Strategies,
    #[command(hide = true)]
    Worker { transport: String },
}

#[derive(Args)]
struct CompareArgs {
    /// Strategies to race, with commas between; sequential always runs too, as the yardstick [default: all that fit]
    #[arg(short, long, value_name = "LIST", value_delimiter = ',', value_parser = strategy)]
    strategies: Vec<Named>,
    /// Rounds; each runs every strategy once, in shuffled order
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = at_least_one)]
    rounds: usize,
    /// Frames each strategy runs before the first round, uncounted
    #[arg(long, value_name = "N", default_value_t = 30)]
    warmup: u64,
    /// Decides the order within the rounds
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    work: WorkArgs,
}

#[derive(Args)]
struct RunArgs {
    /// The strategy; `framerace strategies` lists them
    #[arg(short, long, value_name = "NAME", default_value = "threads", value_parser = strategy)]
    strategy: Named,
    #[command(flatten)]
    work: WorkArgs,
}

#[derive(Args)]
struct WorkArgs {
    /// A video file, numbered images (frames/%04d.png), a URL, camera:0, or synthetic:1280x720@30x300 (size, rate,
    /// count; @0 = as fast as asked)
    #[arg(value_parser = OsStringValueParser::new().try_map(input))]
    input: Input,
    /// The filters, in ffmpeg's -vf grammar; may be given several times. `framerace filters` lists them
    #[arg(short = 'f', long = "filter", value_name = "CHAIN", default_value = "grayscale,blur=ksize=5,edges")]
    filters: Vec<String>,
    /// Workers of the filter stage [default: one a core]
    #[arg(short, long, value_name = "N", value_parser = at_least_one)]
    workers: Option<usize>,
    /// Frames that each link between two stages can hold
    #[arg(short, long, value_name = "N", default_value_t = 4, value_parser = at_least_one)]
    queue: usize,
    /// Stop after so many frames
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    frames: Option<u64>,
    /// Stop after so many seconds
    #[arg(long, value_name = "S", value_parser = seconds)]
    duration: Option<Duration>,
    /// Play a file N times, so that a short clip measures well
    #[arg(long = "loop", value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    times: u32,
    /// The most memory that frame buffers may take: 512M, 2G
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    mem: Option<u64>,
    /// What reads files: libav, or opencv (which takes as many decoder threads as it likes)
    #[arg(long, value_name = "NAME", default_value = "auto", hide_possible_values = true)]
    decoder: DecoderName,
    /// Threads of the video decoder; more than one, and capture is no longer one thread
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = at_least_one)]
    decode_threads: usize,
    /// Threads that OpenCV itself may use inside a filter; several workers with several threads each measure luck
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(i32).range(1..=1024))]
    cv_threads: i32,
    /// Do not read clocks: only count frames. To see what measuring costs
    #[arg(long)]
    no_meters: bool,
    /// Write the result as JSON (- for standard output)
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Color on the terminal
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    color: ColorWhen,
    /// No progress bar
    #[arg(long)]
    no_progress: bool,
    /// Print nothing but errors and the files asked for
    #[arg(long)]
    quiet: bool,
    /// Print every stage and link, and let OpenCV and FFmpeg log
    #[arg(short, long, conflicts_with = "quiet")]
    verbose: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum ColorWhen {
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, ValueEnum)]
enum DecoderName {
    Auto,
    Opencv,
    Libav,
}

/// Why there is nothing to do: help was asked for, or the words were wrong.
pub struct Exit(clap::Error);

impl Exit {
    /// Says it, and gives the exit code: 0 after help, 2 after wrong words, which get one line.
    pub fn say(self) -> ExitCode {
        if !self.0.use_stderr() || self.0.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
            // There is nobody to tell that the output is closed.
            let _ = self.0.print();
            return if self.0.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
        let text = self.0.render().to_string();
        let lines: Vec<_> = text.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:")).collect();
        let mut said = String::new();
        for line in lines.into_iter().filter(|line| !line.is_empty() && !line.starts_with("For more")) {
            let joint = if said.is_empty() || said.ends_with(':') { " " } else { "; " };
            said = said + joint + line;
        }
        // There is nobody to tell that standard error is closed or full.
        let _ = writeln!(std::io::stderr(), "{}; see framerace --help", said.trim());
        ExitCode::from(2)
    }
}

/// Reads the command line.
///
/// # Errors
/// What to say instead of doing anything.
pub fn parse() -> Result<Arguments, Exit> {
    let cli = Cli::try_parse().map_err(Exit)?;
    Ok(match cli.command {
        CliCommand::Filters => Arguments { command: Command::Filters, verbose: false },
        CliCommand::Strategies => Arguments { command: Command::Strategies, verbose: false },
        // What a worker says belongs to its parent's standard error, wherever that leads.
        CliCommand::Worker { transport } => Arguments { command: Command::Worker(transport), verbose: true },
        CliCommand::Compare(args) => {
            let verbose = args.work.verbose;
            let mut strategies: Vec<_> = args.strategies.iter().map(|named| named.0).collect();
            if strategies.is_empty() {
                strategies = STRATEGIES.to_vec();
            }
            let yardstick = STRATEGIES[0];
            strategies.insert(0, yardstick);
            let mut seen = Vec::new();
            strategies.retain(|strategy| {
                !seen.contains(&strategy.name()) && {
                    seen.push(strategy.name());
                    true
                }
            });
            let mut race = race(args.work, strategies)?;
            race.plan = Plan { rounds: args.rounds, warmup: args.warmup, seed: args.seed, ..race.plan };
            Arguments { command: Command::Race(Box::new(race)), verbose }
        }
        CliCommand::Run(args) => {
            let verbose = args.work.verbose;
            let race = race(args.work, vec![args.strategy.0])?;
            Arguments { command: Command::Race(Box::new(race)), verbose }
        }
    })
}

fn race(args: WorkArgs, strategies: Vec<&'static dyn Strategy>) -> Result<Race, Exit> {
    let chain: Chain = args.filters.join(",").parse().map_err(|error: framerace::filter::ChainError| {
        Exit(Cli::command().error(ErrorKind::ValueValidation, error))
    })?;
    let decoder = match args.decoder {
        DecoderName::Auto => Decoder::Auto,
        DecoderName::Opencv => Decoder::Opencv,
        DecoderName::Libav => Decoder::Libav,
    };
    let settings = Settings {
        workers: args.workers.unwrap_or(Settings::default().workers),
        queue: args.queue,
        memory: args.mem,
        limits: Limits { frames: args.frames, duration: args.duration },
        opening: Opening { times: args.times, decoder, decode_threads: args.decode_threads },
        meters: !args.no_meters,
        // Also right when the program was replaced on disk while it runs.
        worker_program: Some("/proc/self/exe".into()),
    };
    Ok(Race {
        plan: Plan { input: args.input, chain, strategies, settings, rounds: 1, warmup: 0, seed: 1 },
        opencv_threads: args.cv_threads,
        json: args.json,
        progress: !args.no_progress && !args.quiet,
        quiet: args.quiet,
        color: match args.color {
            ColorWhen::Auto => {
                std::io::IsTerminal::is_terminal(&std::io::stdout()) && std::env::var_os("NO_COLOR").is_none()
            }
            ColorWhen::Always => true,
            ColorWhen::Never => false,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_holds_together() {
        Cli::command().debug_assert();
    }
}
