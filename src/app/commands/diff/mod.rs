//! `diff`: prints what changed between two results, and fails if a change is not allowed.

pub mod args;

use anyhow::{Result, ensure};
use framerace::lab::diff::{diff, to_table, why_not};
use framerace::text::plain_data;

use self::args::DiffArgs;
use crate::app::args::command::Command;
use crate::app::args::console::ColorArgs;
use crate::app::exit_code::GateTripped;
use crate::app::results::result_file::read_result;
use crate::app::results::target::{print_painted, terminal_width};
use crate::app::terminal::stderr::Stderr;

impl Command for DiffArgs {
    fn color(&self) -> ColorArgs {
        self.color.clone()
    }

    fn execute(self: Box<Self>, stderr: &Stderr) -> Result<()> {
        let [before, after] = [read_result(&self.before)?, read_result(&self.after)?].map(|report| plain_data(&report));
        let reasons = why_not(&before, &after).join("; ");
        if !reasons.is_empty() {
            ensure!(self.force, "the two are not comparable: {reasons}; --force compares them all the same");
            stderr.line(&format!("warning: the two are not comparable: {reasons}"));
        }
        let diff = diff(&before, &after);
        ensure!(!diff.changes.is_empty(), "there is nothing to compare: no strategy is in both results");
        let files = [&self.before, &self.after].map(|path| path.to_string_lossy());
        print_painted(&to_table(&diff, [&files[0], &files[1]], terminal_width()), &self.color)?;
        let mut tripped = Vec::new();
        for gate in &self.fail_if {
            tripped.extend(gate.tripped(&diff)?.iter().map(|change| format!("{change} is beyond {gate}")));
        }
        ensure!(tripped.is_empty(), GateTripped(tripped.join("; ")));
        Ok(())
    }
}
