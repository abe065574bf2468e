//! `capacity`: searches how many such inputs this machine sustains, and prints what it found.

pub mod args;

use anyhow::Result;
use framerace::lab::capacity::{measure, to_html, to_table};

use self::args::CapacityOptions;
use crate::app::args::command::Command;
use crate::app::args::console::{ColorArgs, detail};
use crate::app::results::result_file::{ResultFiles, measure_and_show};
use crate::app::results::target::terminal_width;
use crate::app::terminal::stderr::Stderr;

impl Command for CapacityOptions {
    fn needs_opencv(&self) -> bool {
        self.plan.settings.open.needs_opencv(&self.plan.input)
    }

    fn shows_library_logs(&self) -> bool {
        self.console.verbose
    }

    fn color(&self) -> ColorArgs {
        self.console.color.clone()
    }

    fn execute(self: Box<Self>, stderr: &Stderr) -> Result<()> {
        let Self { plan, json, html, console } = *self;
        let text = |found: &_| to_table(found, detail(console.verbose), terminal_width());
        let files = ResultFiles { json: json.as_deref(), html: html.as_deref().map(|path| (path, to_html as _)) };
        measure_and_show(&console, &files, stderr, |watch, on_step| measure(&plan, watch, on_step), text).map(drop)
    }
}
