//! What each stage of a strategy and each of its parts did with the time, and how full its queues were, as cells: table
//! and page have the same ones.

use super::StrategyReport;
use super::number::{percent, three_digits};
use super::rates::Rate;
use crate::metrics::QueueReport;

pub(super) struct StageRow {
    pub name: String,
    /// Workers, busy, no core, starved, blocked, lock, CPU s, ms p50, ms p95, could FPS.
    pub cells: Vec<String>,
    /// Whether nobody could do fewer frames a second.
    pub is_ceiling: bool,
}

/// A row for each stage in the order of the path, each followed by its parts, whose names follow `indent`.
pub(super) fn stage_rows(strategy: &StrategyReport, indent: &str) -> Vec<StageRow> {
    let mut rows = Vec::new();
    for stage in &strategy.run.stages {
        let rate = strategy.rates.iter().find(|rate| rate.name == stage.name);
        let shares = [stage.busy, stage.queued, stage.starved, stage.blocked, stage.locked].map(percent);
        let times = [stage.cpu_s, stage.service_ms.p50, stage.service_ms.p95].map(three_digits);
        let cells = [&[stage.workers.to_string()], &shares[..], &times, &[could(rate)]].concat();
        rows.push(StageRow { name: stage.name.clone(), cells, is_ceiling: rate.is_some_and(|rate| rate.ceiling) });
        for part in &stage.parts {
            let [busy, no_core] = [part.share, part.queued].map(|share| percent(share * stage.busy));
            let [cpu, p50, p95] = [part.cpu_s, part.service_ms.p50, part.service_ms.p95].map(three_digits);
            let none = String::new;
            // It has no workers and no waits of its own.
            let cells = vec![none(), busy, no_core, none(), none(), none(), cpu, p50, p95, none()];
            rows.push(StageRow { name: format!("{indent}{}", part.name), cells, is_ceiling: false });
        }
    }
    rows
}

pub(super) fn could(rate: Option<&Rate>) -> String {
    rate.and_then(|rate| rate.could_fps).map_or("–".into(), three_digits)
}

/// How full a queue was: name, frames it holds, mean depth, full, empty.
pub(super) fn queue_row(queue: &QueueReport) -> [String; 5] {
    let [full, empty] = [queue.full, queue.empty].map(percent);
    [queue.name.clone(), queue.capacity.to_string(), three_digits(queue.mean_depth), full, empty]
}
