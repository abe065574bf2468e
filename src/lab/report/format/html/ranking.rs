//! The table of all strategies: those columns of it that say something, and what they mean.

use super::table::{Row, Table};
use crate::lab::report::column::{
    CPU, Column, FPS, FPS_CI, LIVE, LIVE_EXPLAINED, LOST, MEMORY, P95, SAME_PIXELS, SPEEDUP, WORKERS,
};
use crate::lab::report::{Report, StrategyReport};

/// What the columns of a ranking mean.
const EXPLAINED: [(Column, &str); 5] = [
    (FPS, "delivered new frames a second, the median of the rounds"),
    (SPEEDUP, "FPS over that of sequential in the same round"),
    (CPU, "how much of what the cores could do at this price a frame was done"),
    (P95, "95 % of the frames took at most this long from capture to delivery"),
    (MEMORY, "the most memory of the whole process tree"),
];
/// What stands above the places.
const PLACE: &str = "place";

/// The strategies, best first; a single one has no place.
pub(super) fn ranking(report: &Report) -> Table {
    let several = report.strategies.len() > 1;
    let columns: Vec<Column> = if report.is_live() { LIVE[1..].into() } else { files(report).collect() };
    let places = several.then(|| PLACE.to_owned());
    let row = |strategy: &StrategyReport| {
        let cells = columns.iter().map(|column| (column.cell)(strategy));
        Row {
            class: class(strategy, several),
            name: strategy.name().to_owned(),
            cells: several.then(|| place(strategy)).into_iter().chain(cells).collect(),
        }
    };
    let table = Table {
        id: "ranking-table",
        caption: if several { "The strategies, best first" } else { "The run in figures" }.into(),
        corner: "strategy".into(),
        heads: places.into_iter().chain(columns.iter().map(|column| column.title(report))).collect(),
        rows: report.strategies.iter().map(row).collect(),
    };
    table.filled(&[PLACE, LOST.head])
}

/// The columns of a source that waits.
fn files(report: &Report) -> impl Iterator<Item = Column> {
    // Without clocks there is no latency.
    let p95 = Column { cell: |s| if s.run.latency_ms.max > 0.0 { (P95.cell)(s) } else { "–".into() }, ..P95 };
    let several = report.strategies.len() > 1;
    let alike = report.strategies.iter().all(|strategy| strategy.same_pixels == Some(true));
    let columns = [FPS, FPS_CI, SPEEDUP, CPU, p95, MEMORY, WORKERS, SAME_PIXELS];
    columns.into_iter().filter(move |column| match column.head {
        head if head == SAME_PIXELS.head => !alike,
        head if head == SPEEDUP.head => several,
        _ => true,
    })
}

/// The columns of this table in words.
pub(super) fn explained(report: &Report, table: &Table) -> String {
    if report.is_live() {
        return LIVE_EXPLAINED.to_owned();
    }
    let shown = EXPLAINED.iter().filter(|(column, _)| table.has(column.head));
    shown.map(|(column, words)| format!("{}: {words}.", column.head)).collect::<Vec<_>>().join(" ")
}

/// Its place; a dash where it has none.
fn place(strategy: &StrategyReport) -> String {
    strategy.place.map_or("–".into(), |place| place.to_string())
}

fn class(strategy: &StrategyReport, several: bool) -> &'static str {
    match strategy.place {
        Some(1) if several => "first",
        None => "out",
        Some(_) => "",
    }
}
