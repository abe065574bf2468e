//! `crash-lab`: let something go wrong in every strategy, and show what is left.

pub mod args;

use anyhow::{Result, bail};
use framerace::host::libraries;
use framerace::lab::fault_injection::{run as try_all, to_json, to_table};
use framerace::pipeline::Watch;

use super::target::{Target, print};
use crate::app::args::CrashLab;
use crate::app::terminal::stderr::Stderr;
use crate::app::terminal::with_bar;

/// Makes the trials, and shows what came of them.
///
/// # Errors
/// One line for the user; also when a strategy did not keep what is promised of it.
pub fn run(lab: &CrashLab, stderr: &Stderr) -> Result<()> {
    let output = &lab.output;
    libraries::prepare(1, output.verbose)?;
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
