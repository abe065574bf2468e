//! The strategies on a live source: they all get the frames at one pace, so what tells them apart is what they lose, how
//! long a frame takes, and how much more they could do.

use super::layout::{plain_table, trimmed};
use crate::lab::report::number::{percent, three_digits};
use crate::lab::report::{LiveFigures, Report, StrategyReport};
use crate::metrics::Run;

/// The strategies, best first.
pub(super) fn ranking(report: &Report) -> String {
    let header = ["strategy", "FPS", "dup", "drops", "missed", "p50 ms", "p95", "p99", "of CPU", "possible"];
    let mut table = plain_table(&header, 1);
    for strategy in &report.strategies {
        table.add_row(row(strategy));
    }
    let source = report.strategies.iter().filter_map(|strategy| strategy.live.as_ref()).map(|live| live.source_fps);
    let came =
        source.reduce(f64::max).map_or(String::new(), |fps| format!("{} frames a second came\n", three_digits(fps)));
    came + &trimmed(&table)
}

fn row(strategy: &StrategyReport) -> [String; 10] {
    let Run { strategy: name, ledger, latency_ms, .. } = &strategy.run;
    let possible = strategy.live.as_ref().and_then(|live: &LiveFigures| live.possible_fps);
    [
        name.clone(),
        three_digits(strategy.fps.median),
        ledger.duplicate.to_string(),
        ledger.dropped.to_string(),
        ledger.missed.to_string(),
        three_digits(latency_ms.p50),
        three_digits(latency_ms.p95),
        three_digits(latency_ms.p99),
        percent(strategy.cpu_limit_share),
        possible.map_or("–".into(), three_digits),
    ]
}
