//! `crash-lab`: injects faults into every strategy, and prints what each lost and kept.

pub mod args;

use anyhow::{Result, ensure};
use framerace::lab::fault_injection::{run as try_all, to_html, to_table};
use framerace::source::OpenOptions;

use self::args::CrashLabOptions;
use crate::app::args::command::Command;
use crate::app::args::console::{ColorArgs, detail};
use crate::app::results::result_file::{ResultFiles, measure_and_show};
use crate::app::results::target::terminal_width;
use crate::app::terminal::stderr::Stderr;

impl Command for CrashLabOptions {
    fn needs_opencv(&self) -> bool {
        OpenOptions::default().needs_opencv(&self.plan.input)
    }

    fn shows_library_logs(&self) -> bool {
        self.console.verbose
    }

    fn color(&self) -> ColorArgs {
        self.console.color.clone()
    }

    fn execute(self: Box<Self>, stderr: &Stderr) -> Result<()> {
        let Self { plan, json, html, console } = *self;
        let files = ResultFiles { json: json.as_deref(), html: html.as_deref().map(|path| (path, to_html as _)) };
        let text = |report: &_| to_table(report, detail(console.verbose), terminal_width());
        let report = measure_and_show(&console, &files, stderr, |_, on_step| try_all(&plan, on_step), text)?;
        let broken = report.trials.iter().filter(|trial| !trial.kept_promise);
        let broken: Vec<_> = broken.map(|trial| format!("{} ({})", trial.strategy, trial.fault)).collect();
        ensure!(broken.is_empty(), "a promise was broken by {}", broken.join(", "));
        Ok(())
    }
}
