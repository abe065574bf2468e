//! `price`: measures what threads, processes and handing frames over cost, and prints the list.

pub mod args;

use anyhow::Result;
use framerace::frame::Shape;
use framerace::lab::microbench::{MicrobenchPlan, measure, to_html, to_table};
use framerace::pipeline::{Settings, Step, Watch};
use framerace::source::{OpenOptions, open};

use self::args::PriceArgs;
use crate::app::args::command::Command;
use crate::app::args::console::{ColorArgs, detail};
use crate::app::results::result_file::{ResultFiles, measure_and_show};
use crate::app::results::target::terminal_width;
use crate::app::terminal::stderr::Stderr;
use crate::app::this_program::this_program;

impl Command for PriceArgs {
    fn needs_opencv(&self) -> bool {
        self.input.as_ref().is_some_and(|input| OpenOptions::default().needs_opencv(input))
    }

    fn shows_library_logs(&self) -> bool {
        self.console.verbose
    }

    fn color(&self) -> ColorArgs {
        self.console.color.clone()
    }

    fn execute(self: Box<Self>, stderr: &Stderr) -> Result<()> {
        let Self { input, size: (width, height), workers, rounds, duration, json, html, console } = *self;
        let workers = workers.unwrap_or(Settings::default().workers);
        let all = |watch: &Watch, on_step: &mut dyn FnMut(Step)| {
            let shape = match &input {
                Some(input) => open(input, &OpenOptions::default())?.info().shape,
                None => Shape::bgr(width, height),
            };
            measure(
                &MicrobenchPlan { shape, workers, rounds, duration, worker_command: this_program() },
                watch,
                on_step,
            )
        };
        let text = |prices: &_| to_table(prices, detail(console.verbose), terminal_width());
        let files = ResultFiles { json: json.as_deref(), html: html.as_deref().map(|path| (path, to_html as _)) };
        measure_and_show(&console, &files, stderr, all, text).map(drop)
    }
}
