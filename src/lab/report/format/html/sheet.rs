//! A page of tables and charts, for results that are no comparison: the answer at the top, then a section for each subject. It
//! is told what to show, and knows nothing of what was measured.

use anyhow::Result;
use askama::Template;

use super::chart::Chart;
pub(crate) use super::plots::Legend;
pub(crate) use super::table::Table;
use crate::lab::report::number::tied;

/// A page.
#[derive(Default, Template)]
#[template(path = "sheet.html")]
pub(crate) struct Sheet {
    /// Version of framerace that measured.
    pub framerace: String,
    /// What kind of page it is.
    pub kind: String,
    /// The answer, a sentence each; the first is the headline.
    pub answer: Vec<String>,
    /// The command to go on with.
    pub next: String,
    /// What was measured, and where.
    pub facts: Vec<String>,
    /// What there is to see.
    pub sections: Vec<Section>,
    /// The whole result.
    pub json: String,
}

/// A part of a page.
#[derive(Default)]
pub(crate) struct Section {
    /// What it is about.
    pub title: String,
    /// What is to be known before; empty where it is plain.
    pub lead: String,
    /// Whether it is closed until somebody opens it.
    pub closed: bool,
    /// Which color is whose in its charts.
    pub legend: Vec<Legend>,
    /// Its charts, with what stands above each.
    pub charts: Vec<(String, Chart)>,
    /// Its tables.
    pub tables: Vec<Table>,
}

impl Sheet {
    /// The page as one file.
    ///
    /// # Errors
    /// Never in practice: it is plain data.
    pub(crate) fn page(&self) -> Result<String> {
        Ok(self.render()?)
    }

    fn headline(&self) -> &str {
        self.answer.first().map_or("", |line| line.strip_suffix('.').unwrap_or(line))
    }
}
