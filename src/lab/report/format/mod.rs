//! Formats: the files a report is written as, and the list of them. A format sees the report and nothing else, so that
//! every file can be made again later, from the result file alone.
//!
//! A new format costs one file here, its `mod` line and its line in [`FORMATS`].

mod csv;
mod html;
mod json;
mod markdown;
mod trace;

use anyhow::Result;

use super::Report;

pub(crate) use html::{Look, chart, sheet};

/// Every format, in the order they are listed.
pub const FORMATS: &[Format] = &[json::JSON, markdown::MARKDOWN, csv::CSV, html::HTML, trace::TRACE];

/// A form of file a report can be written in.
#[derive(Debug)]
pub struct Format {
    /// Its name: that of its flag on the command line.
    pub name: &'static str,
    /// What the file holds, to be read after "write": `the result as JSON`.
    pub summary: &'static str,
    /// Whether it shows spans, which a race writes down only when somebody wants them.
    pub shows_spans: bool,
    render: fn(&Report) -> Result<String>,
}

impl Format {
    /// The text of the file.
    ///
    /// # Errors
    /// When the report does not hold what the format shows; else never in practice: a report is plain data.
    pub fn render(&self, report: &Report) -> Result<String> {
        (self.render)(report)
    }
}
