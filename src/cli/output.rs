//! What every measuring command can show of its result, and where.

use std::io::IsTerminal;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Where a result goes, and how it looks.
pub struct Output {
    /// Where to write it as JSON.
    pub json: Option<PathBuf>,
    /// Whether a bar is wanted.
    pub progress: bool,
    /// Whether to print nothing.
    pub quiet: bool,
    /// Whether to print all there is, the libraries' noise included.
    pub verbose: bool,
    /// Whether to color what is printed.
    pub color: bool,
}

#[derive(Args)]
pub(super) struct OutputArgs {
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
    /// Print all that was measured, and let OpenCV and FFmpeg log
    #[arg(short, long, conflicts_with = "quiet")]
    verbose: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum ColorWhen {
    Auto,
    Always,
    Never,
}

impl From<OutputArgs> for Output {
    fn from(args: OutputArgs) -> Self {
        Self {
            json: args.json,
            progress: !args.no_progress && !args.quiet,
            quiet: args.quiet,
            verbose: args.verbose,
            color: match args.color {
                ColorWhen::Auto => std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
                ColorWhen::Always => true,
                ColorWhen::Never => false,
            },
        }
    }
}
