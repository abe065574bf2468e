//! The ranking, and what it rests on.

use std::iter::once;

use super::layout::{highlighted, plain_table, trimmed, wrapped};
use crate::lab::report::column::{
    CPU, Column, DROPPED, DUPLICATES, FPS, FPS_SURE, MEMORY, MISSED, NAME, P50, P95, P99, POSSIBLE, SAME_PIXELS,
    SPEEDUP, SPEEDUP_MARGIN, WORKERS,
};
use crate::lab::report::number::three_digits;
use crate::lab::report::{Report, StrategyReport, words};

/// The strategy in the first place is marked with it.
const WINNER: &str = "▸";

const RANKING: [Column; 10] = [NAME, WORKERS, FPS, FPS_SURE, SPEEDUP, SPEEDUP_MARGIN, CPU, P95, MEMORY, SAME_PIXELS];

/// On a live source all get the frames at one pace, so what tells them apart is what they lose, how long a frame takes,
/// and how much more they could do.
const LIVE: [Column; 10] = [
    NAME,
    FPS,
    DUPLICATES.named("dup"),
    DROPPED.named("drops"),
    MISSED,
    P50,
    P95.named("p95"),
    P99.named("p99"),
    CPU,
    POSSIBLE.named("possible"),
];

/// The strategies, best first. With `color`, the winner stands out.
pub(super) fn ranking(report: &Report, color: bool) -> String {
    let mark = |s: &StrategyReport| if s.place == Some(1) && report.strategies.len() > 1 { WINNER } else { " " };
    let mut table = plain_table(once(String::new()).chain(RANKING.iter().map(Column::title)), 2);
    for strategy in &report.strategies {
        let cells = RANKING.iter().map(|column| (column.cell)(strategy));
        table.add_row(once(mark(strategy).to_owned()).chain(cells));
    }
    highlighted(&table, WINNER, color)
}

/// The strategies on a live source, best first.
pub(super) fn live(report: &Report) -> String {
    let mut table = plain_table(LIVE.iter().map(Column::title), 1);
    for strategy in &report.strategies {
        table.add_row(LIVE.iter().map(|column| (column.cell)(strategy)));
    }
    let source = report.strategies.iter().filter_map(|strategy| Some(strategy.live?.source_fps));
    let came =
        source.reduce(f64::max).map_or(String::new(), |fps| format!("{} frames a second came\n", three_digits(fps)));
    came + &trimmed(&table)
}

pub(super) fn basis(report: &Report) -> String {
    words::basis(report).iter().map(|line| wrapped(line, 0)).collect()
}
