//! `diff`: what changed between two results, and whether that may be.

pub mod args;

use anyhow::{Result, bail};
use framerace::lab::diff::{diff, to_table, why_not};
use thiserror::Error;

use super::result_file::read_result;
use super::target::print;
use crate::app::args::Diff;
use crate::app::terminal::stderr::Stderr;

/// A change that was not wanted has come about. It has an exit code of its own, for scripts to tell it from a failure.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct GateTripped(pub String);

/// Compares two results, and shows what changed.
///
/// # Errors
/// One line for the user; [`GateTripped`] when a gate did.
pub fn run(asked: &Diff, stderr: &Stderr) -> Result<()> {
    let (before, after) = (read_result(&asked.before)?, read_result(&asked.after)?);
    let reasons = why_not(&before, &after).join("; ");
    if !reasons.is_empty() {
        if !asked.force {
            bail!("the two are not comparable: {reasons}; --force compares them all the same");
        }
        stderr.line(&format!("warning: the two are not comparable: {reasons}"));
    }
    let diff = diff(&before, &after);
    if diff.changes.is_empty() {
        bail!("there is nothing to compare: no strategy is in both results");
    }
    print(&to_table(&diff))?;
    let mut tripped = Vec::new();
    for gate in &asked.gates {
        tripped.extend(gate.tripped(&diff)?.iter().map(|change| format!("{change} is beyond {gate}")));
    }
    if !tripped.is_empty() {
        bail!(GateTripped(tripped.join("; ")));
    }
    Ok(())
}
