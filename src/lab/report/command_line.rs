//! Command lines as a shell takes them back.

use super::{Report, StrategyReport};
use crate::text::for_shell;

/// The command line as a shell takes it back.
pub(super) fn command_line(report: &Report) -> String {
    report.command.iter().map(|word| for_shell(word)).collect::<Vec<_>>().join(" ")
}

/// The command that does this work with one strategy of a report, and with a file it may be written to.
pub(super) fn run_with(report: &Report, strategy: &StrategyReport) -> String {
    let workers = if strategy.is_baseline() { String::new() } else { format!(" -w {}", report.settings.workers) };
    let output = if report.is_live() { "" } else { " -o out.mp4" };
    let (input, chain) = (for_shell(&report.input.name), for_shell(&report.chain));
    format!("framerace run {input} -f {chain} -s {}{workers}{output}", strategy.name())
}
