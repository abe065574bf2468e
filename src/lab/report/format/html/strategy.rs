//! What a page says of one strategy: the tables and sentences of its card.

use super::table::{Row, Table};
use crate::lab::report::column::{confidence_interval, queue_row, stage_rows, sweep_cells};
pub(super) use crate::lab::report::inputs::words as input_words;
use crate::lab::report::inputs::{HEADS, cells};
use crate::lab::report::live::{balance, losses};
use crate::lab::report::number::{percent, signed, three_digits};
use crate::lab::report::{Curve, Point, Report, StrategyReport, SweepReport};
use crate::predict::Prediction;

fn heads<const N: usize>(heads: [&str; N]) -> Vec<String> {
    heads.map(str::to_owned).into()
}

/// Percentiles of the latency of every strategy, and the most.
pub(super) fn latency(report: &Report) -> Table {
    let row = |strategy: &StrategyReport| {
        let latency = &strategy.run.latency_ms;
        Row::new(strategy.name(), [latency.p50, latency.p95, latency.p99, latency.max].map(three_digits))
    };
    Table {
        caption: "Latency: ms from capture to delivery".into(),
        corner: "strategy".into(),
        heads: heads(["p50", "p95", "p99", "longest"]),
        rows: report.strategies.iter().map(row).collect(),
        ..Table::default()
    }
}

/// Each stage, then what it is made of.
pub(super) fn stages(strategy: &StrategyReport) -> Table {
    let mut rows = stage_rows(strategy, "– ");
    for row in rows.iter_mut().filter(|row| row.is_ceiling) {
        row.cells.last_mut().into_iter().for_each(|could| could.push_str(" ◂"));
    }
    let names = [
        "workers",
        "busy",
        "waiting for a CPU",
        "starved",
        "blocked",
        "lock",
        "CPU s",
        "ms p50",
        "ms p95",
        "could FPS",
    ];
    let table = Table {
        caption: format!("Stages of {}: shares of the time of their workers", strategy.name()),
        corner: "stage".into(),
        heads: heads(names),
        rows: rows.into_iter().map(|row| Row::new(row.name, row.cells)).collect(),
        ..Table::default()
    };
    table.filled(&["busy", "starved", "blocked"])
}

/// A row for each of several inputs.
pub(super) fn inputs(strategy: &StrategyReport) -> Table {
    let table = Table {
        caption: format!("Inputs of {}", strategy.name()),
        corner: "input".into(),
        heads: heads(HEADS),
        rows: strategy.run.inputs.iter().map(|input| Row::new(&*input.input, cells(input))).collect(),
        ..Table::default()
    };
    table.filled(&["came", "delivered", "FPS"])
}

/// Each queue: how full it was.
pub(super) fn queues(strategy: &StrategyReport) -> Table {
    let row = |[name, cells @ ..]: [String; 5]| Row::new(name, cells);
    Table {
        caption: format!("Queues of {}: frames waiting", strategy.name()),
        corner: "queue".into(),
        heads: heads(["holds", "mean depth", "full", "empty"]),
        rows: strategy.run.queues.iter().map(queue_row).map(row).collect(),
        ..Table::default()
    }
}

/// What changes would give, and what experiments gave.
pub(super) fn what_if(strategy: &StrategyReport) -> Table {
    let row = |Prediction { scenario, fps, gain, measured }: &Prediction| {
        let interval = measured.map_or("–".into(), |m| format!("{} to {}", signed(m.low), signed(m.high)));
        let measured = measured.map_or("–".into(), |m| signed(m.value));
        Row::new(scenario.to_string(), [three_digits(*fps), signed(*gain), measured, interval])
    };
    let level = strategy.what_if.iter().find_map(|prediction| Some(prediction.measured?.level));
    let level = level.map_or("CI".to_owned(), |level| format!("{} CI", percent(level)));
    let table = Table {
        caption: format!("What if, for {}: simulated from the measured times; some were tried out", strategy.name()),
        corner: "what if".into(),
        heads: heads(["FPS", "predicted", "measured", &level]),
        rows: strategy.what_if.iter().map(row).collect(),
        ..Table::default()
    };
    table.filled(&["FPS", "predicted"])
}

/// Where every frame went.
pub(super) fn ledger(strategy: &StrategyReport) -> String {
    let ledger = &strategy.run.ledger;
    losses(ledger).map_or_else(|| balance(ledger), |lost| format!("{}; lost: {lost}", balance(ledger)))
}

/// What it cost beside time.
pub(super) fn costs(strategy: &StrategyReport) -> String {
    format!(
        "{} ms CPU, {} page faults and {} context switches a frame; started in {} ms; measuring cost {}",
        three_digits(strategy.cpu_ms_per_frame),
        three_digits(strategy.minor_faults_per_frame),
        three_digits(strategy.context_switches_per_frame),
        three_digits(strategy.startup_ms),
        percent(strategy.run.meter_share),
    )
}

/// The values of a sweep of one strategy.
pub(super) fn swept(report: &Report, sweep: &SweepReport, curve: &Curve) -> Table {
    let row = |point: &Point| Some(Row::new(&point.value, sweep_cells(point, report.strategy(&point.name)?)));
    let table = Table {
        caption: format!("{}, value by value", curve.strategy),
        corner: sweep.axis.to_string(),
        heads: heads(["FPS", &confidence_interval(report), "× first", "p95 ms", "MB", "CPU ms"]),
        rows: curve.points.iter().filter_map(row).collect(),
        ..Table::default()
    };
    table.filled(&["FPS"])
}
