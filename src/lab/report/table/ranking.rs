//! The ranking, and what it rests on.

use super::layout::{plain_table, wrapped};
use crate::lab::report::number::percent;
use crate::lab::report::ranking::Cells;
use crate::lab::report::{Report, words};
use crate::statistics::SHOWN;

/// The strategy in the first place is marked with it.
const WINNER: &str = "▸";

/// The strategies, best first. With `color`, the winner stands out.
pub(super) fn ranking(report: &Report, color: bool) -> String {
    let sure = format!("{} sure", percent(SHOWN));
    let header = ["", "strategy", "workers", "FPS", &sure, "× seq", "", "of CPU", "p95 ms", "MB", "same pixels"];
    let mut table = plain_table(&header, 2);
    for strategy in &report.strategies {
        let cells = Cells::of(strategy);
        table.add_row([
            if strategy.place == Some(1) && report.strategies.len() > 1 { WINNER } else { " " },
            strategy.name(),
            &cells.workers,
            &cells.fps,
            &cells.fps_interval,
            &cells.speedup,
            &cells.speedup_margin,
            &cells.cpu,
            &cells.p95,
            &cells.memory,
            cells.same_pixels,
        ]);
    }
    let line = |line: &str| {
        let line = line.trim_end();
        if color && line.starts_with(WINNER) { format!("\x1b[1;32m{line}\x1b[0m\n") } else { format!("{line}\n") }
    };
    table.lines().map(|l| line(&l)).collect()
}

/// What the ranking rests on.
pub(super) fn basis(report: &Report) -> String {
    words::basis(report).iter().map(|line| wrapped(line, 0)).collect()
}
