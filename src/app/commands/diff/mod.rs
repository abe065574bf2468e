//! `diff`: prints what changed between two results, and fails if a change is not allowed.

pub mod args;

use anyhow::{Result, ensure};
use framerace::lab::diff::{diff, to_table, why_not};
use framerace::text::plain_data;

use self::args::DiffArgs;
use crate::app::args::command::Command;
use crate::app::exit_code::GateTripped;
use crate::app::results::result_file::read_result;
use crate::app::results::target::print;
use crate::app::terminal::stderr::Stderr;

impl Command for DiffArgs {
    fn execute(self: Box<Self>, stderr: &Stderr) -> Result<()> {
        let [before, after] = [read_result(&self.before)?, read_result(&self.after)?].map(|report| plain_data(&report));
        let reasons = why_not(&before, &after).join("; ");
        if !reasons.is_empty() {
            ensure!(self.force, "the two are not comparable: {reasons}; --force compares them all the same");
            stderr.line(&format!("warning: the two are not comparable: {reasons}"));
        }
        let diff = diff(&before, &after);
        ensure!(!diff.changes.is_empty(), "there is nothing to compare: no strategy is in both results");
        print(&to_table(&diff))?;
        let mut tripped = Vec::new();
        for gate in &self.fail_if {
            tripped.extend(gate.tripped(&diff)?.iter().map(|change| format!("{change} is beyond {gate}")));
        }
        ensure!(tripped.is_empty(), GateTripped(tripped.join("; ")));
        Ok(())
    }
}
