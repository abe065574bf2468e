//! The overview: a row for each strategy, a cell for each of its stages, with what the stage did with its time.
//!
//! Strategies differ in their stages: `stages` has one for each filter, others have one for the whole chain. The columns
//! are those of the strategy with the most stages; a stage that does the work of several spans their columns.

use super::colors::look;
use crate::lab::report::{Report, StrategyReport};
use crate::metrics::StageReport;

/// The overview of a report.
pub(super) struct Matrix {
    /// What stands above the columns.
    pub stages: Vec<String>,
    /// A row for each strategy, best first.
    pub rows: Vec<MatrixRow>,
    /// Whether a stage of any strategy waited for a lock.
    pub locked: bool,
}

/// What one strategy did.
pub(super) struct MatrixRow {
    /// The strategy.
    pub name: String,
    /// Its color.
    pub color: String,
    /// A cell for each of its stages, in the order of the path.
    pub cells: Vec<Cell>,
    /// The stage that limits it, and how.
    pub limit: String,
}

/// What a stage did with its time.
pub(super) struct Cell {
    /// What is to be known of the stage that does not stand above it: another name, how many workers.
    pub stage: String,
    /// Columns it spans.
    pub span: usize,
    /// Whether it limits the strategy.
    pub limits: bool,
    /// Width in percent and color of each part of its bar.
    pub parts: Vec<(f64, &'static str)>,
    /// Percent of the time of its workers: `90 / 8 / 2`.
    pub shares: String,
    /// The same in words.
    pub words: String,
}

/// The overview; none where no clock was read.
pub(super) fn matrix(report: &Report) -> Option<Matrix> {
    let measured = |s: &&StrategyReport| s.run.stages.iter().any(|stage| stage.busy > 0.0);
    let strategies: Vec<_> = report.strategies.iter().filter(measured).collect();
    let longest = strategies.iter().map(|s| &s.run.stages).reduce(|a, b| if b.len() > a.len() { b } else { a })?;
    let stages: Vec<String> = longest.iter().map(|stage| stage.name.clone()).collect();
    let rows = strategies.iter().map(|strategy| row(report, strategy, &stages)).collect();
    let locked = strategies.iter().flat_map(|s| &s.run.stages).any(|stage| stage.locked >= LEAST);
    Some(Matrix { stages, rows, locked })
}

/// Less is told as none.
const LEAST: f64 = 0.005;

fn row(report: &Report, strategy: &StrategyReport, columns: &[String]) -> MatrixRow {
    let own = &strategy.run.stages;
    // The first and the last stage stand in their columns; of those between the last one does what is left.
    let last = own.len().saturating_sub(1);
    let spare = columns.len() - own.len();
    let widened = last.saturating_sub(1);
    let mut column = 0;
    let cell = |(at, stage): (usize, &StageReport)| {
        let span = if at == widened { spare + 1 } else { 1 };
        let head = columns.get(column).filter(|_| span == 1).map_or("", String::as_str);
        column += span;
        cell_of(strategy, stage, span, head)
    };
    let verdict = &strategy.verdict;
    let limit = if verdict.stage == "balanced" {
        verdict.stage.clone()
    } else {
        format!("{}: {}", verdict.stage, verdict.kind)
    };
    MatrixRow {
        name: strategy.name().to_owned(),
        color: look(report, strategy).color,
        cells: own.iter().enumerate().map(cell).collect(),
        limit,
    }
}

fn cell_of(strategy: &StrategyReport, stage: &StageReport, span: usize, head: &str) -> Cell {
    let named = strategy.verdict.stage.as_str();
    let times = [
        ("busy", stage.busy, "var(--busy)"),
        ("starved", stage.starved, "var(--starved)"),
        ("blocked", stage.blocked, "var(--blocked)"),
        ("lock", stage.locked, "var(--lock)"),
    ];
    // A worker waits for the run to begin, too, so a little more than all may come together.
    let all = times.iter().map(|(_, share, _)| share).sum::<f64>().max(1.0);
    let percent = |share: f64| format!("{:.0}", share * 100.0);
    let lock = if stage.locked >= LEAST { format!(" · lock {}", percent(stage.locked)) } else { String::new() };
    let words = times.iter().filter(|(name, share, _)| *name != "lock" || *share >= LEAST);
    let words: Vec<_> = words.map(|(name, share, _)| format!("{name} {} %", percent(*share))).collect();
    let name = if stage.name == head { "" } else { &stage.name };
    let workers = if stage.workers > 1 { format!("× {}", stage.workers) } else { String::new() };
    Cell {
        stage: [name, &workers].join(" ").trim().to_owned(),
        span,
        limits: stage.name == named || stage.parts.iter().any(|part| part.name == named),
        parts: times.iter().map(|(_, share, color)| ((share / all * 1e3).round() / 10.0, *color)).collect(),
        shares: times[..3].iter().map(|(_, share, _)| percent(*share)).collect::<Vec<_>>().join(" / ") + &lock,
        words: format!("{} of {}: {}", stage.name, strategy.name(), words.join(", ")),
    }
}
