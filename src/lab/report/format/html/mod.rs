//! The page that people share: one file that needs nothing else, neither network nor script, in light and dark, on a
//! desk and on a phone. What it looks like is in `templates/`; here is what it says.
//!
//! The whole result is in it, too, so that a page can be read back as if it were the result file.

pub(crate) mod chart;
mod facts;
mod plots;
mod strategy;

use anyhow::Result;
use askama::Template;

use super::markdown::command_line;
use super::{Format, Report};
use crate::lab::report::StrategyReport;
use crate::lab::report::column::{LIVE, LIVE_EXPLAINED, confidence_interval};
use crate::lab::report::live::live;
use crate::lab::report::number::{listed, three_digits, tied};
use crate::lab::report::result_file::embedded;
use plots::Legend;

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

/// The answer in one line.
fn headline(report: &Report) -> String {
    if let (Some(answer), [first, ..]) = (live(report).into_iter().next(), &report.strategies[..]) {
        let answer = answer.trim_start_matches("live: ");
        return if report.strategies.len() == 1 { format!("{}: {answer}", first.name()) } else { capital(answer) };
    }
    let first: Vec<_> = report.strategies.iter().filter(|s| s.place == Some(1)).collect();
    let Some(best) = first.first() else { return "No strategy delivered every frame as it should be".into() };
    let fps = three_digits(best.fps.median);
    if report.strategies.len() == 1 {
        return format!("{}: {fps} FPS", best.name());
    }
    let names: Vec<_> = first.iter().map(|s| s.name()).collect();
    if let Some(baseline) = first.iter().find(|s| s.is_baseline()).filter(|_| names.len() > 1) {
        return format!("No strategy is surely faster than sequential: {} FPS", three_digits(baseline.fps.median));
    }
    let times = best.speedup.filter(|_| !best.is_baseline());
    let times = times.map_or(String::new(), |times| format!(", {} × sequential", three_digits(times)));
    match names.as_slice() {
        [name] => format!("{name} is fastest: {fps} FPS{times}"),
        names if names.len() > 3 => format!("{} strategies share the first place: {fps} FPS{times}", names.len()),
        names => format!("{} share the first place: {fps} FPS{times}", listed(names)),
    }
}

/// A sentence that begins like one.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
