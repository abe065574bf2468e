//! `crash-lab`: let something go wrong in every strategy, and show what is left.

use anyhow::{Result, bail};
use framerace::crash_lab::{run as try_all, to_json, to_table};
use framerace::globals;
use framerace::strategy::Watch;

use super::target::{Target, print};
use crate::cli::CrashLab;
use crate::progress::with_bar;
use crate::stderr::Stderr;

/// Makes the trials, and shows what came of them.
///
/// # Errors
/// One line for the user; also when a strategy did not keep what is promised of it.
pub fn run(lab: &CrashLab, stderr: &Stderr) -> Result<()> {
    let output = &lab.output;
    globals::prepare(1, output.verbose)?;
    let json = lab.json.as_deref().map(Target::open).transpose()?;
    let report = with_bar(stderr, output.progress, &Watch::default(), |on_step| try_all(&lab.plan, on_step))?;
    let to_stdout = matches!(json, Some(Target::Stdout));
    if let Some(json) = json {
        json.write(&to_json(&report)?)?;
    }
    if !output.quiet && !to_stdout {
        print(&to_table(&report))?;
    }
    let broken: Vec<_> =
        report.broken_promises().map(|trial| format!("{} ({})", trial.strategy, trial.fault)).collect();
    if !broken.is_empty() {
        bail!("a promise was broken by {}", broken.join(", "));
    }
    Ok(())
}
