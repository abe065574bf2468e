//! What every measuring command shows on the terminal, and how.

use std::io::{IsTerminal, stdout};

use clap::{Args, ColorChoice};
use framerace::lab::report::Detail;

use super::headings::REPORTS;

// A doc comment here would replace that of the command in the help.
#[derive(Args, Clone)]
pub struct ConsoleArgs {
    #[command(flatten)]
    pub color: ColorArgs,
    /// No progress bar
    #[arg(long, help_heading = REPORTS, hide_short_help = true)]
    no_progress: bool,
    /// Print nothing but errors and the files asked for
    #[arg(long, help_heading = REPORTS, hide_short_help = true)]
    pub quiet: bool,
    /// Print all that was measured, and let OpenCV and FFmpeg log
    #[arg(short, long, conflicts_with = "quiet", help_heading = REPORTS)]
    pub verbose: bool,
}

#[derive(Args, Clone, Default)]
pub struct ColorArgs {
    /// Color on the terminal
    #[arg(long, value_name = "WHEN", default_value = "auto", help_heading = REPORTS, hide_short_help = true)]
    color: ColorChoice,
}

impl ConsoleArgs {
    pub fn progress(&self) -> bool {
        !self.no_progress && !self.quiet
    }
}

/// How much of a result is printed, with or without `--verbose`.
pub fn detail(verbose: bool) -> Detail {
    if verbose { Detail::Full } else { Detail::Brief }
}

/// Whether the environment asks for no colors (no-color.org), or the terminal has none.
fn is_unwanted() -> bool {
    let is_set = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    is_set || std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb")
}

impl ColorArgs {
    pub fn use_color(&self) -> bool {
        self.is_wanted(&stdout())
    }

    /// Whether what is written there has colors.
    pub fn is_wanted(&self, stream: &impl IsTerminal) -> bool {
        match self.color {
            ColorChoice::Auto => stream.is_terminal() && !is_unwanted(),
            ColorChoice::Always => true,
            ColorChoice::Never => false,
        }
    }
}
