//! Lessons as a page that a class can keep: one file, a card a lesson, that needs neither network nor script. What it
//! looks like is in `templates/`; here is what it says. It sees what was measured, and no lesson.

use anyhow::Result;
use askama::Template;

use super::text::{cells, heading, say, verdict};
use super::{DemoReport, Figure, LessonReport, Outcome, find};
use crate::lab::report::chart::{Bar, Chart, Frame, bars};
use crate::lab::report::{embedded, range, three_digits, tied};

/// The lessons as one self-contained page, with the result itself in it.
///
/// # Errors
/// Never in practice: it is plain data.
pub fn to_html(report: &DemoReport) -> Result<String> {
    Ok(Page { report, json: embedded(report)? }.render()?)
}

/// The page, with a card a lesson. Its template asks the functions below, and those for text, for what it shows.
#[derive(Template)]
#[template(path = "lessons.html")]
struct Page<'a> {
    report: &'a DemoReport,
    json: String,
}

/// Letters of the longest name that stands before a bar: names of figures are longer than those of strategies.
const LETTERS: usize = 24;

/// The class of the style sheet for how a lesson ended.
fn class(lesson: &LessonReport) -> &'static str {
    match lesson.verdict.outcome {
        Outcome::Holds => "holds",
        Outcome::DoesNotHold => "fails",
        Outcome::NotDecided => "open",
    }
}

/// How it went, in a line.
fn headline(lessons: &[LessonReport]) -> String {
    let hold = lessons.iter().filter(|lesson| lesson.verdict.outcome == Outcome::Holds).count();
    match lessons {
        [one] => format!("{}: {}", one.name, one.verdict.outcome.words()),
        all => format!("{hold} of {} claims about threads and processes hold here", all.len()),
    }
}

/// A chart for each unit there is, in the order of the figures.
fn charts(lesson: &LessonReport) -> Vec<Chart> {
    let mut units: Vec<&str> = Vec::new();
    for figure in &lesson.measured.figures {
        if !units.contains(&figure.unit.as_str()) {
            units.push(&figure.unit);
        }
    }
    units.into_iter().map(|unit| chart(lesson, unit)).collect()
}

/// What was measured in this unit, each with what theory says below it.
fn chart(lesson: &LessonReport, unit: &str) -> Chart {
    let figures = lesson.measured.figures.iter().filter(|figure| figure.unit == unit);
    let drawn = figures.flat_map(|figure| {
        let predicted = lesson.predicted(figure).map(|predicted| theory(predicted, figure.estimate.is_some()));
        [measurement(figure)].into_iter().chain(predicted)
    });
    bars(Frame { x: unit, letters: Some(LETTERS), ..Frame::default() }, drawn.collect())
}

fn measurement(figure: &Figure) -> Bar {
    let (name, value) = (&figure.name, figure.median);
    let sure = figure.estimate.map_or(String::new(), |at| format!(", surely {}", range(at.low, at.high)));
    Bar {
        label: name.clone(),
        parts: vec![(value.max(0.0), "var(--c0)".into())],
        tips: vec![format!("{name}: {} {}{sure}", three_digits(value), figure.unit)],
        error: figure.estimate.map(|at| ((value - at.low).max(0.0), (at.high - value).max(0.0))),
    }
}

/// What theory says of a figure; a chart in which others have an interval needs one of every bar.
fn theory(predicted: &Figure, intervals: bool) -> Bar {
    let value = predicted.median;
    Bar {
        label: "theory".into(),
        parts: vec![(value.max(0.0), "var(--line)".into())],
        tips: vec![format!("{}, by theory: {} {}", predicted.name, three_digits(value), predicted.unit)],
        error: intervals.then_some((0.0, 0.0)),
    }
}
