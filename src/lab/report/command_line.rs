//! Command lines as a shell takes them back.

use super::inputs::as_given;
use super::{Axis, Report};
use crate::text::for_shell;

/// The command line as a shell takes it back.
pub(super) fn command_line(report: &Report) -> String {
    report.command.iter().map(|word| for_shell(word)).collect::<Vec<_>>().join(" ")
}

/// The command that does this work with one strategy, and with a file it may be written to.
pub(super) fn run_with(report: &Report, strategy: &str, workers: usize) -> String {
    // Several inputs are not written.
    let one_file = !report.is_live() && as_given(report).is_empty();
    run(report, strategy, workers) + if one_file { " -o out.mp4" } else { "" }
}

/// The command that does this work with one strategy, and measures it.
pub(super) fn run(report: &Report, strategy: &str, workers: usize) -> String {
    let workers = if strategy == super::BASELINE { String::new() } else { format!(" -w {workers}") };
    format!("framerace run {} -s {strategy}{workers}", work(report))
}

/// The command that compares all strategies on this work.
pub(super) fn compare(report: &Report) -> String {
    format!("framerace compare {}", work(report))
}

/// The command that sweeps these values with one strategy.
pub(super) fn sweep(report: &Report, strategy: &str, axis: Axis, values: &str) -> String {
    format!("framerace compare {} -s {strategy} --sweep {axis}={values}", work(report))
}

fn work(report: &Report) -> String {
    let inputs = as_given(report);
    if let [(_, first), ..] = inputs[..] {
        let names = |(name, _): &(&str, &str)| for_shell(name);
        let chain = |chain: &str| format!(" -f {}", for_shell(chain));
        return match inputs.iter().all(|(_, chain)| *chain == first) {
            true => inputs.iter().map(names).collect::<Vec<_>>().join(" ") + &chain(first),
            false => inputs.iter().map(|input| names(input) + &chain(input.1)).collect::<Vec<_>>().join(" "),
        };
    }
    format!("{} -f {}", for_shell(&report.input.name), for_shell(&report.chain))
}
