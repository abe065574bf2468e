//! The page that people share: one file that needs nothing else, neither network nor script, in light and dark, on a
//! desk and on a phone. What it looks like is in `templates/`; here is what it says.
//!
//! The whole result is in it, too, so that a page can be read back as if it were the result file.

pub(crate) mod chart;
mod facts;
mod legend;
mod plots;
mod strategy;
mod sweep;
mod text;

use anyhow::Result;
use askama::Template;

use super::{Format, Report};
use crate::lab::report::StrategyReport;
use crate::lab::report::live::{COLUMNS, EXPLAINED, cells, live};
use crate::lab::report::number::{percent, three_digits};
use crate::statistics::SHOWN;
use chart::Chart;
use legend::Legend;
use strategy::{Ranked, StrategyView};
use sweep::SweepView;
use text::capital;

pub(crate) use text::{embedded, tied};

/// One self-contained page.
pub(super) struct Html;

impl Format for Html {
    fn name(&self) -> &'static str {
        "html"
    }

    fn summary(&self) -> &'static str {
        "one page with charts, tables and the result itself"
    }

    fn render(&self, report: &Report) -> Result<String> {
        Ok(Page::of(report)?.render()?)
    }
}

#[derive(Template)]
#[template(path = "result.html")]
struct Page<'a> {
    report: &'a Report,
    headline: String,
    subtitle: String,
    sure: String,
    sureness: Vec<String>,
    /// Of a live source its own columns, each strategy's cells, and what they mean.
    live: Option<LiveTable>,
    ranking: Chart,
    rows: Vec<Ranked<'a>>,
    legend: Vec<Legend>,
    fps: Option<Chart>,
    latency: Option<Chart>,
    strategies: Vec<StrategyView<'a>>,
    sweep: Option<SweepView>,
    facts: Vec<(&'static str, String)>,
    command: String,
    json: String,
}

impl<'a> Page<'a> {
    fn of(report: &'a Report) -> Result<Self> {
        Ok(Self {
            report,
            headline: headline(report),
            subtitle: facts::subtitle(report),
            sure: tied(&percent(SHOWN)),
            sureness: facts::sureness(report),
            live: report.is_live().then(|| LiveTable::of(report)),
            ranking: plots::ranking(report),
            rows: report.strategies.iter().map(Ranked::of).collect(),
            legend: Legend::of(report.strategies.iter().map(StrategyReport::name)),
            fps: plots::fps(report),
            latency: plots::latency(report),
            strategies: report.strategies.iter().map(StrategyView::of).collect(),
            sweep: SweepView::of(report),
            facts: facts::facts(report),
            command: super::markdown::command_line(report),
            json: embedded(report)?,
        })
    }
}

/// What the ranking is on a live source.
struct LiveTable {
    columns: [&'static str; COLUMNS.len()],
    rows: Vec<(String, [String; COLUMNS.len()])>,
    explained: &'static str,
}

impl LiveTable {
    fn of(report: &Report) -> Self {
        let rows = report.strategies.iter().map(|strategy| (strategy.name().to_owned(), cells(strategy)));
        Self { columns: COLUMNS, rows: rows.collect(), explained: EXPLAINED }
    }
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
        [names @ .., last] => format!("{} and {last} share the first place: {fps} FPS{times}", names.join(", ")),
        [] => String::new(),
    }
}
