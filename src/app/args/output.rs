//! What every measuring command can show of its result.

use std::io::IsTerminal;

use clap::{Args, ValueEnum};

/// How a result looks.
pub struct Output {
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
pub struct OutputArgs {
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
    verbose: bool,
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

impl From<OutputArgs> for Output {
    fn from(args: OutputArgs) -> Self {
        Self {
            progress: !args.no_progress && !args.quiet,
            quiet: args.quiet,
            verbose: args.verbose,
            color: args.color.wanted(),
        }
    }
}

impl ColorArgs {
    /// Whether to color what is printed.
    pub fn wanted(&self) -> bool {
        match self.color {
            ColorWhen::Auto => std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
            ColorWhen::Always => true,
            ColorWhen::Never => false,
        }
    }
}
