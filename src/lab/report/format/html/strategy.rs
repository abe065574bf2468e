//! What a page says of one strategy: its row in the ranking, and the tables and sentences of its card.

use crate::lab::report::column::{
    CPU, Column, FPS, FPS_CI, MEMORY, P95, SAME_PIXELS, SPEEDUP, WORKERS, queue_row, stage_rows, sweep_cells,
};
use crate::lab::report::live::{balance, losses};
use crate::lab::report::number::{percent, signed, three_digits};
use crate::lab::report::{Curve, Point, Report, StrategyReport};
use crate::predict::Prediction;

/// The head of a row, and its cells.
type Row = (String, Vec<String>);

/// Its place; a dash where it has none.
pub(super) fn place(strategy: &StrategyReport) -> String {
    strategy.place.map_or("–".into(), |place| place.to_string())
}

/// Place, and what stands in the ranking after the name.
pub(super) fn ranked(strategy: &StrategyReport) -> Row {
    // Without clocks there is no latency.
    let p95 = Column { cell: |s| if s.run.latency_ms.max > 0.0 { (P95.cell)(s) } else { "–".into() }, ..P95 };
    let columns = [FPS, FPS_CI, SPEEDUP, CPU, p95, MEMORY, WORKERS, SAME_PIXELS];
    (place(strategy), columns.map(|column| (column.cell)(strategy)).into())
}

/// Percentiles 50, 95 and 99 and the most, in milliseconds.
pub(super) fn latency(strategy: &StrategyReport) -> [String; 4] {
    let latency = &strategy.run.latency_ms;
    [latency.p50, latency.p95, latency.p99, latency.max].map(three_digits)
}

/// Each stage, then what it is made of.
pub(super) fn stages(strategy: &StrategyReport) -> Vec<Row> {
    let mut rows = stage_rows(strategy, "– ");
    for row in rows.iter_mut().filter(|row| row.is_ceiling) {
        row.cells.last_mut().into_iter().for_each(|could| could.push_str(" ◂"));
    }
    rows.into_iter().map(|row| (row.name, row.cells)).collect()
}

/// Each queue: how full it was.
pub(super) fn queues(strategy: &StrategyReport) -> Vec<[String; 5]> {
    strategy.run.queues.iter().map(queue_row).collect()
}

/// A scenario, what it would give, and what an experiment gave.
pub(super) fn what_if(prediction: &Prediction) -> Row {
    let Prediction { scenario, fps, gain, measured } = prediction;
    let surely = measured.map_or("–".into(), |m| format!("{} to {}", signed(m.low), signed(m.high)));
    let measured = measured.map_or("–".into(), |m| signed(m.value));
    (scenario.to_string(), vec![three_digits(*fps), signed(*gain), measured, surely])
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

/// The values of a sweep of one strategy: FPS, where it surely is, × first, p95, memory, CPU a frame.
pub(super) fn swept(report: &Report, curve: &Curve) -> Vec<Row> {
    let row = |point: &Point| Some((point.value.clone(), sweep_cells(point, report.strategy(&point.name)?).into()));
    curve.points.iter().filter_map(row).collect()
}
