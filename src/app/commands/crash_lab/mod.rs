//! `crash-lab`: injects faults into every strategy, and prints what each lost and kept.

pub mod args;

use anyhow::{Result, bail};
use framerace::host::libraries;
use framerace::lab::fault_injection::{run as try_all, to_json, to_table};
use framerace::pipeline::Watch;

use self::args::CrashLabOptions;
use crate::app::args::command::Command;
use crate::app::results::target::{Target, print};
use crate::app::terminal::stderr::Stderr;
use crate::app::terminal::with_bar;

impl Command for CrashLabOptions {
    fn shows_library_logs(&self) -> bool {
        self.console.verbose
    }

    fn execute(self: Box<Self>, stderr: &Stderr) -> Result<()> {
        let console = &self.console;
        libraries::prepare(1, console.verbose)?;
        let json = self.json.as_deref().map(Target::open).transpose()?;
        let report = with_bar(stderr, console.progress, &Watch::default(), |on_step| try_all(&self.plan, on_step))?;
        let to_stdout = matches!(json, Some(Target::Stdout));
        if let Some(json) = json {
            json.write(&to_json(&report)?)?;
        }
        if !console.quiet && !to_stdout {
            print(&to_table(&report))?;
        }
        let broken: Vec<_> =
            report.broken_promises().map(|trial| format!("{} ({})", trial.strategy, trial.fault)).collect();
        if !broken.is_empty() {
            bail!("a promise was broken by {}", broken.join(", "));
        }
        Ok(())
    }
}
