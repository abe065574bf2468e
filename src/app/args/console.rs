//! What every measuring command shows on the terminal, and how.

use std::io::IsTerminal;

use clap::{Args, ValueEnum};
use framerace::lab::report::Detail;

/// What is shown on the terminal.
pub struct ConsoleOptions {
    /// Whether to show a progress bar.
    pub progress: bool,
    /// Whether to print nothing but errors.
    pub quiet: bool,
    /// Whether to print all that was measured, and the logs of OpenCV and FFmpeg.
    pub verbose: bool,
    /// Whether to color what is printed.
    pub color: bool,
}

impl ConsoleOptions {
    /// How much of a result is printed.
    pub fn detail(&self) -> Detail {
        detail(self.verbose)
    }
}

/// How much of a result is printed, with or without `--verbose`.
pub fn detail(verbose: bool) -> Detail {
    if verbose { Detail::Full } else { Detail::Brief }
}

#[derive(Args)]
pub struct ConsoleArgs {
    #[command(flatten)]
    color: ColorArgs,
    /// No progress bar
    #[arg(long)]
    no_progress: bool,
    /// Print nothing but errors and the files asked for
    #[arg(long)]
    quiet: bool,
    /// Print all that was measured, and let OpenCV and FFmpeg log
    #[arg(short, long, conflicts_with = "quiet")]
    pub verbose: bool,
}

#[derive(Args)]
pub struct ColorArgs {
    /// Color on the terminal
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    color: ColorWhen,
}

#[derive(Clone, Copy, ValueEnum)]
enum ColorWhen {
    Auto,
    Always,
    Never,
}

impl From<ConsoleArgs> for ConsoleOptions {
    fn from(args: ConsoleArgs) -> Self {
        Self {
            progress: !args.no_progress && !args.quiet,
            quiet: args.quiet,
            verbose: args.verbose,
            color: args.color.use_color(),
        }
    }
}

impl ColorArgs {
    /// Whether to color what is printed.
    pub fn use_color(&self) -> bool {
        match self.color {
            ColorWhen::Auto => std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
            ColorWhen::Always => true,
            ColorWhen::Never => false,
        }
    }
}
