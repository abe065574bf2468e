//! `report`: shows a saved result, and writes it in other formats, from its file alone.

pub mod args;

use anyhow::Result;
use framerace::lab::report::to_table;

use self::args::ReportArgs;
use crate::app::args::command::Command;
use crate::app::args::console::{ColorArgs, detail};
use crate::app::results::result_file::read_result;
use crate::app::results::target::{Files, print_painted, terminal_width};
use crate::app::terminal::stderr::Stderr;

impl Command for ReportArgs {
    fn color(&self) -> ColorArgs {
        self.color.clone()
    }

    fn execute(self: Box<Self>, _: &Stderr) -> Result<()> {
        let files = Files::open(&self.files.0)?;
        let report = read_result(&self.result)?;
        let to_stdout = files.to_stdout();
        files.write(&report)?;
        if !to_stdout {
            print_painted(&to_table(&report, detail(self.verbose), terminal_width()), &self.color)?;
        }
        Ok(())
    }
}
