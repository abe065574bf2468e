//! The capacity as a page: the answer, the share of delivered frames and the latency over the number as charts, and all figures.

use anyhow::Result;

use super::result::{Capacity, Step, Sustained};
use super::table::{facts, next, overview, sentences, steps};
use crate::lab::report::chart::{Frame, Line, lines};
use crate::lab::report::sheet::{Legend, Section, Sheet, Table};
use crate::lab::report::{Look, embedded, three_digits};

/// The capacity as one self-contained page, with the result itself in it.
///
/// # Errors
/// Never in practice: it is plain data.
pub fn to_html(capacity: &Capacity) -> Result<String> {
    let x = if capacity.inputs.is_some() { "FPS of each input" } else { "inputs" };
    let delivered = |step: &Step| 100.0 * (1.0 - step.lost as f64 / step.came.max(1) as f64);
    let curves = [
        ("Share of the frames that was delivered", "%", curve(capacity, x, "%", delivered)),
        ("Latency: ms that 95 % of the frames took at most", "ms", curve(capacity, x, "ms", |step| step.p95_ms)),
    ];
    let legend = capacity.sustained.iter().map(|one| Legend::new(&one.strategy, Look::of(&one.strategy))).collect();
    let found = Section {
        title: "What each strategy sustains".into(),
        legend,
        charts: curves.into_iter().map(|(title, _, chart)| (title.to_owned(), chart)).collect(),
        tables: vec![Table::of("The most that is sustained, and what limits one more", overview(capacity))],
        ..Section::default()
    };
    let all = Section {
        title: "Every step".into(),
        closed: true,
        tables: vec![Table::of("The steps of the search, in their order", steps(capacity))],
        ..Section::default()
    };
    let sheet = Sheet {
        framerace: capacity.framerace.clone(),
        kind: "The capacity of this machine".into(),
        answer: sentences(capacity),
        next: next(capacity),
        facts: vec![facts(capacity).join(" · ")],
        sections: vec![found, all],
        json: embedded(capacity)?,
    };
    sheet.page()
}

/// A figure of the steps over their number, a line for each strategy.
fn curve(capacity: &Capacity, x: &str, y: &str, figure: impl Fn(&Step) -> f64) -> crate::lab::report::chart::Chart {
    let line = |one: &Sustained| {
        let mut points: Vec<_> = one.steps.iter().map(|step| (step.number as f64, figure(step))).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let Look { color, dashed } = Look::of(&one.strategy);
        let tip =
            |(number, value): &(f64, f64)| format!("{}: {} {y} at {number} {x}", one.strategy, three_digits(*value));
        Line { color, dashed, tips: points.iter().map(tip).collect(), points }
    };
    let frame = Frame { words: format!("{y} by {x}"), x, y, dots: true, ..Frame::default() };
    lines(frame, capacity.sustained.iter().map(line).collect())
}
