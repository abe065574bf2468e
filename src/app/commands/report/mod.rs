//! `report`: show a result again, and write it in other formats, from its file alone.

pub mod args;

use anyhow::Result;
use framerace::lab::report::{Detail, to_table};

use super::files::Files;
use super::result_file::read_result;
use super::target::print;
use crate::app::args::Show;

/// Shows a result.
///
/// # Errors
/// One line for the user.
pub fn run(show: &Show) -> Result<()> {
    let files = Files::open(&show.files)?;
    let report = read_result(&show.result)?;
    let to_stdout = files.to_stdout();
    files.write(&report)?;
    if !to_stdout {
        print(&to_table(&report, if show.verbose { Detail::Full } else { Detail::Brief }, show.color))?;
    }
    Ok(())
}
