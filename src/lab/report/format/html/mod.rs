//! The page that people share: one file that needs nothing else, neither network nor script, in light and dark, on a
//! desk and on a phone. What it looks like is in `templates/`; here is what it says.
//!
//! The whole result is in it, too, so that a page can be read back as if it were the result file.

pub(crate) mod chart;
mod colors;
mod course;
mod facts;
mod matrix;
mod plots;
mod ranking;
pub(crate) mod sheet;
mod strategy;
pub(crate) mod table;

use anyhow::Result;
use askama::Template;

use super::{Format, Report};
use crate::lab::report::column::confidence_interval;
use crate::lab::report::command_line::command_line;
use crate::lab::report::number::tied;
use crate::lab::report::result_file::embedded;
use crate::lab::report::words::cores;
use plots::Legend;

pub(crate) use colors::Look;

/// One self-contained page.
pub(super) const HTML: Format =
    Format { name: "html", summary: "one page with charts, tables and the result itself", shows_spans: false, render };

fn render(report: &Report) -> Result<String> {
    Ok(Page { report, json: embedded(report)? }.render()?)
}

/// The page. Its template asks the functions below and those of the modules for what it shows.
#[derive(Template)]
#[template(path = "result.html")]
struct Page<'a> {
    report: &'a Report,
    /// The whole result.
    json: String,
}
