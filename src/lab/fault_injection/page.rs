//! The result of the crash lab as a page: the answer, who survived what, and a table for each fault.

use anyhow::Result;

use super::answer::{next, sentences};
use super::report::CrashReport;
use super::table::{LEGEND, block, facts, names, overview};
use crate::lab::report::embedded;
use crate::lab::report::sheet::{Section, Sheet, Table};

/// The result as one self-contained page, with the result itself in it.
///
/// # Errors
/// Never in practice: it is plain data.
pub fn to_html(report: &CrashReport) -> Result<String> {
    let faults = names(report, |trial| &trial.fault);
    let survived = Section {
        title: "Who survives what".into(),
        lead: LEGEND.into(),
        tables: vec![Table::of("Frames that were lost", overview(report, &faults))],
        ..Section::default()
    };
    let fault = |name: &&str| {
        let (title, grid) = block(report, name)?;
        let tables = vec![Table::of(&format!("What {name} left of the run"), grid)];
        Some(Section { title, closed: true, tables, ..Section::default() })
    };
    let sheet = Sheet {
        framerace: report.framerace.clone(),
        kind: "What strategies survive".into(),
        answer: sentences(report),
        next: next(report),
        facts: vec![facts(report).join(" · "), report.machine.cpu.clone()],
        sections: [survived].into_iter().chain(faults.iter().filter_map(fault)).collect(),
        json: embedded(report)?,
    };
    sheet.page()
}
