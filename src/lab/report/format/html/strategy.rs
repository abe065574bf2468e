//! What a page says of one strategy: its row in the ranking, and a card with its verdict, charts and tables.

use super::chart::Chart;
use super::legend::Legend;
use super::plots;
use super::text::tied;
use crate::lab::report::live::{balance, losses};
use crate::lab::report::number::{percent, signed, three_digits};
use crate::lab::report::ranking::Cells;
use crate::lab::report::{Finding, Rate, StrategyReport};
use crate::metrics::{QueueReport, StageReport};
use crate::predict::Prediction;

/// A row of the ranking.
pub(super) struct Ranked<'a> {
    pub strategy: &'a StrategyReport,
    pub cells: Cells,
    pub place: String,
    pub p95: String,
    /// Percentiles 50, 95 and 99 and the most, in milliseconds.
    pub latency: [String; 4],
}

impl<'a> Ranked<'a> {
    pub(super) fn of(strategy: &'a StrategyReport) -> Self {
        let (latency, cells) = (&strategy.run.latency_ms, Cells::of(strategy));
        Self {
            strategy,
            place: cells.place.clone().unwrap_or_else(|| "–".into()),
            p95: if latency.max > 0.0 { cells.p95.clone() } else { "–".into() },
            latency: [latency.p50, latency.p95, latency.p99, latency.max].map(three_digits),
            cells,
        }
    }
}

/// The card of a strategy.
pub(super) struct StrategyView<'a> {
    pub strategy: &'a StrategyReport,
    pub verdict: String,
    pub evidence: String,
    /// What was found beside the verdict.
    pub others: Vec<String>,
    pub stages: Option<Chart>,
    pub depths: Option<(Chart, Vec<Legend>)>,
    pub stage_rows: Vec<(String, Vec<String>)>,
    pub link_rows: Vec<(String, Vec<String>)>,
    pub what_if: Vec<(String, Vec<String>)>,
    pub ledger: String,
    pub costs: String,
}

impl<'a> StrategyView<'a> {
    pub(super) fn of(strategy: &'a StrategyReport) -> Self {
        let (verdict, ledger) = (&strategy.verdict, &strategy.run.ledger);
        Self {
            strategy,
            verdict: if verdict.stage == "balanced" {
                verdict.stage.clone()
            } else {
                format!("{} limits it ({})", verdict.stage, verdict.kind)
            },
            evidence: tied(&verdict.evidence),
            others: strategy.findings.iter().skip(1).map(other).collect(),
            stages: plots::stages(strategy),
            depths: plots::depths(strategy),
            stage_rows: strategy.run.stages.iter().flat_map(|stage| stage_rows(stage, &strategy.rates)).collect(),
            link_rows: strategy.run.queues.iter().map(link_row).collect(),
            what_if: strategy.what_if.iter().map(what_if_row).collect(),
            ledger: losses(ledger).map_or_else(|| balance(ledger), |lost| format!("{}; lost: {lost}", balance(ledger))),
            costs: format!(
                "{} ms CPU, {} page faults and {} context switches a frame; started in {} ms; measuring cost {}",
                three_digits(strategy.cpu_ms_per_frame),
                three_digits(strategy.minor_faults_per_frame),
                three_digits(strategy.context_switches_per_frame),
                three_digits(strategy.startup_ms),
                percent(strategy.run.meter_share),
            ),
        }
    }
}

fn other(finding: &Finding) -> String {
    let Finding { stage, kind, evidence, advice, .. } = finding;
    tied(&format!("{stage}, {kind}: {evidence}; {advice}"))
}

/// A stage, then what it is made of.
fn stage_rows(stage: &StageReport, rates: &[Rate]) -> Vec<(String, Vec<String>)> {
    let shares = [stage.busy, stage.queued, stage.starved, stage.blocked, stage.locked].map(percent);
    let times = [stage.cpu_s, stage.service_ms.p50, stage.service_ms.p95].map(three_digits);
    let rate = rates.iter().find(|rate| rate.name == stage.name);
    let could = rate.and_then(|rate| rate.could_fps).map_or("–".into(), three_digits);
    let could = could + if rate.is_some_and(|rate| rate.ceiling) { " ◂" } else { "" };
    let whole = [vec![stage.workers.to_string()], shares.into(), times.into(), vec![could]].concat();
    let part = |part: &crate::metrics::PartReport| {
        let none = || vec![String::new(); 4];
        let times = [part.cpu_s, part.service_ms.p50, part.service_ms.p95].map(three_digits);
        let cells = [vec![String::new(), percent(part.share * stage.busy)], none(), times.into(), vec![String::new()]];
        let cells = cells.concat();
        (format!("– {}", part.name), cells)
    };
    [(stage.name.clone(), whole)].into_iter().chain(stage.parts.iter().map(part)).collect()
}

fn link_row(link: &QueueReport) -> (String, Vec<String>) {
    let cells = [link.capacity.to_string(), three_digits(link.mean_depth), percent(link.full), percent(link.empty)];
    (link.name.clone(), cells.into())
}

/// A scenario, what it would give, and what an experiment gave.
fn what_if_row(prediction: &Prediction) -> (String, Vec<String>) {
    let Prediction { scenario, fps, gain, measured } = prediction;
    let surely = measured.map(|m| format!("{} to {}", signed(m.low), signed(m.high)));
    let measured = measured.map_or("–".into(), |m| signed(m.value));
    let cells = [three_digits(*fps), signed(*gain), measured, surely.unwrap_or_else(|| "–".into())];
    (scenario.to_string(), cells.into())
}
