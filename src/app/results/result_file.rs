//! Result files: read again after they were saved, and written by commands that have no other format.

use std::io::stdin;
use std::path::Path;

use anyhow::{Result, anyhow};
use framerace::host::libraries;
use framerace::host::whole_file::{read_up_to, read_whole};
use framerace::lab::report::{Report, ResultFile};
use framerace::pipeline::{Step, Watch};

use super::target::{Target, print_painted};
use crate::app::args::console::ConsoleArgs;
use crate::app::terminal::stderr::Stderr;
use crate::app::terminal::with_bar;

/// The largest result in bytes. A comparison that traces thousands of frames has some tens of megabytes.
const LARGEST: u64 = 100 << 20;

/// The result in a file, or on standard input for `-`. An error names the file.
pub fn read_result(path: &Path) -> Result<Report> {
    let (bytes, name) = if path == Path::new("-") {
        let name = "standard input".to_owned();
        (read_up_to(stdin().lock(), &name, LARGEST)?, name)
    } else {
        (read_whole(path, LARGEST)?, path.display().to_string())
    };
    let text = String::from_utf8(bytes).map_err(|_| anyhow!("{name} is not a result of framerace: it is not text"))?;
    Report::from_json(&text, &name)
}

/// Makes a page of a result.
pub type MakePage<R> = fn(&R) -> Result<String>;

/// The files that a result is written to.
pub struct ResultFiles<'a, R> {
    /// As JSON.
    pub json: Option<&'a Path>,
    /// As a page, and what makes it.
    pub html: Option<(&'a Path, MakePage<R>)>,
}

/// Measures with a progress bar, writes the result into the files, and prints `text` unless standard output holds one of
/// them. That a file cannot be written is found out before the measurement.
pub fn measure_and_show<R: ResultFile>(
    console: &ConsoleArgs,
    files: &ResultFiles<'_, R>,
    stderr: &Stderr,
    measure: impl FnOnce(&Watch, &mut dyn FnMut(Step)) -> Result<R>,
    text: impl FnOnce(&R) -> String,
) -> Result<R> {
    libraries::prepare(1, console.verbose)?;
    let json = files.json.map(Target::open).transpose()?;
    let html = files.html.map(|(path, page)| anyhow::Ok((Target::open(path)?, page))).transpose()?;
    let watch = Watch::default();
    let result = with_bar(stderr, console.progress(), &watch, |on_step| measure(&watch, on_step))?;
    let mut targets = json.iter().chain(html.iter().map(|(target, _)| target));
    let to_stdout = targets.any(|target| matches!(target, Target::Stdout));
    if let Some(json) = json {
        json.write(&result.to_json()?)?;
    }
    if let Some((target, page)) = html {
        target.write(&page(&result)?)?;
    }
    if !console.quiet && !to_stdout {
        print_painted(&text(&result), &console.color)?;
    }
    Ok(result)
}
