//! Lessons as a page that a class can keep: one file, a card a lesson, that needs neither network nor script. What it
//! looks like is in `templates/`; here is what it says. It sees what was measured, and no lesson.

use anyhow::Result;
use askama::Template;

use super::text::{cells, heading, say, summary_lines, verdict};
use super::{DemoReport, Figure, LessonReport, Outcome, find, text};
use crate::lab::palette::is_strategy;
use crate::lab::report::chart::{Bar, Chart, Frame, bars};
use crate::lab::report::{Look, embedded, percent, range, three_digits, tied};

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
const LETTERS: usize = 30;

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

/// The answer in a few lines, those that the terminal ends with.
fn answer(lessons: &[LessonReport]) -> Vec<String> {
    match lessons {
        [one] => text::answer(one),
        all => summary_lines(all),
    }
}

/// What stands above the intervals: their level.
fn interval_head(lesson: &LessonReport) -> String {
    let levels = lesson.measured.figures.iter().filter_map(|figure| Some(figure.estimate?.level));
    levels.reduce(f64::min).map_or("CI".to_owned(), |level| format!("{} CI", percent(level)))
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

/// What was measured in this unit, each with a mark where theory has it.
fn chart(lesson: &LessonReport, unit: &str) -> Chart {
    let figures = lesson.measured.figures.iter().filter(|figure| figure.unit == unit);
    // Where one has an interval, every bar needs one.
    let intervals = figures.clone().any(|figure| figure.estimate.is_some());
    let bar = |figure: &Figure| bar(figure, lesson.predicted(figure), intervals);
    bars(Frame { x: unit, letters: Some(LETTERS), ..Frame::default() }, figures.map(bar).collect())
}

fn bar(figure: &Figure, predicted: Option<&Figure>, intervals: bool) -> Bar {
    let Figure { name, unit, median, estimate, .. } = figure;
    let interval =
        estimate.map_or(String::new(), |at| format!(", {} CI {}", percent(at.level), range(at.low, at.high)));
    let theory = |predicted: &Figure| {
        let value = predicted.median;
        (value.max(0.0), format!("{name}, by theory: {} {unit}", three_digits(value)))
    };
    let off = |distance: f64| distance.max(0.0);
    Bar {
        label: name.clone(),
        parts: vec![(median.max(0.0), color(name))],
        tips: vec![format!("{name}: {} {unit}{interval}", three_digits(*median))],
        error: intervals.then(|| estimate.map_or((0.0, 0.0), |at| (off(median - at.low), off(at.high - median)))),
        marker: predicted.map(theory),
    }
}

/// A figure of a strategy has the color of the strategy.
fn color(figure: &str) -> String {
    let name = figure.split([',', ' ', ':']).next().unwrap_or(figure);
    if is_strategy(name) { Look::of(name).color } else { "var(--figure)".into() }
}
