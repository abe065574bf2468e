//! The price list as a page: the answer, when each strategy pays as a chart, and every figure in tables.

use anyhow::Result;

use super::answer::{next, sentences};
use super::list::{Prices, StrategyPrices};
use super::table::{NOTES, costs, facts, speeds, speedups};
use crate::lab::report::chart::{Bar, Chart, Frame, Line, bars, lines};
use crate::lab::report::sheet::{Legend, Section, Sheet, Table};
use crate::lab::report::{Look, embedded, range, three_digits};

/// The price list as one self-contained page, with the result itself in it.
///
/// # Errors
/// Never in practice: it is plain data.
pub fn to_html(prices: &Prices) -> Result<String> {
    let known = prices.strategies.iter().filter(|strategy| !strategy.points.is_empty());
    let pays = Section {
        title: "When each strategy pays".into(),
        lead: "A strategy pays where its line is above that of sequential: then it saves time a frame.".into(),
        legend: known.map(|strategy| Legend::new(&strategy.name, Look::of(&strategy.name))).collect(),
        charts: [Some(speedup(prices)), handoffs(prices)].into_iter().flatten().collect(),
        tables: vec![Table::of("FPS by the time that the filters take a frame, and when it pays", speeds(prices))],
        ..Section::default()
    };
    let costs = Section {
        title: "What it costs".into(),
        tables: vec![Table::of("Median, smallest and largest of the rounds", costs(prices, true))],
        ..Section::default()
    };
    let speedups = Section {
        title: "Times as fast as sequential".into(),
        lead: NOTES.into(),
        closed: true,
        tables: vec![Table::of("FPS over that of sequential: median, smallest and largest", speedups(prices))],
        ..Section::default()
    };
    let sheet = Sheet {
        framerace: prices.framerace.clone(),
        kind: "The price of threads, processes and handoffs".into(),
        answer: sentences(prices).into(),
        next: next(prices),
        facts: vec![facts(prices).join(" · ")],
        sections: vec![pays, costs, speedups],
        json: embedded(prices)?,
    };
    sheet.page()
}

/// How many times as fast as sequential each is, by the time that the filters take.
fn speedup(prices: &Prices) -> (String, Chart) {
    let line = |strategy: &StrategyPrices| {
        let Look { color, dashed } = Look::of(&strategy.name);
        let points: Vec<_> = strategy.points.iter().map(|point| (point.filter_ms, point.speedup.median)).collect();
        let tip = |(ms, times): &(f64, f64)| {
            format!("{}: {} × sequential with filters of {} ms", strategy.name, three_digits(*times), three_digits(*ms))
        };
        Line { color, dashed, tips: points.iter().map(tip).collect(), points }
    };
    let times = prices.strategies.iter().flat_map(|strategy| &strategy.points).map(|point| point.filter_ms);
    let log_x = Some((times.clone().fold(f64::INFINITY, f64::min), times.fold(0.0, f64::max)));
    let frame = Frame {
        words: "FPS over that of sequential, by the time that the filters take a frame".into(),
        x: "ms that the filters take a frame",
        y: "× sequential",
        log_x: log_x.filter(|(first, last)| *first > 0.0 && first < last),
        dots: true,
        ..Frame::default()
    };
    ("How many times as fast as sequential".into(), lines(frame, prices.strategies.iter().map(line).collect()))
}

/// What the handoff of a frame takes; none where no strategy hands frames to processes.
fn handoffs(prices: &Prices) -> Option<(String, Chart)> {
    let bar = |strategy: &StrategyPrices| {
        let figure = strategy.handoff_us.as_ref()?;
        let (median, interval) = (three_digits(figure.median), range(figure.min, figure.max));
        Some(Bar {
            label: strategy.name.clone(),
            parts: vec![(figure.median, Look::of(&strategy.name).color)],
            tips: vec![format!("{}: {median} µs, {interval}", strategy.name)],
            error: Some(((figure.median - figure.min).max(0.0), (figure.max - figure.median).max(0.0))),
            marker: None,
        })
    };
    let drawn: Vec<_> = prices.strategies.iter().filter_map(bar).collect();
    let chart = || bars(Frame { x: "µs, there and back", ..Frame::default() }, drawn);
    (prices.strategies.iter().any(|strategy| strategy.handoff_us.is_some()))
        .then(|| ("Handoff of a frame to a process".into(), chart()))
}
