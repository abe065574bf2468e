//! The strategies on a live source as a wide table: the columns that every form of a report with room for them has.

use super::losses;
use crate::lab::report::StrategyReport;
use crate::lab::report::number::{percent, three_digits};
use crate::metrics::Run;

/// What stands above the columns after the strategy's name.
pub(in crate::lab::report) const COLUMNS: [&str; 13] = [
    "workers",
    "camera FPS",
    "new FPS",
    "claimed FPS",
    "possible FPS",
    "p50 ms",
    "p95 ms",
    "p99 ms",
    "of CPU",
    "duplicates",
    "dropped",
    "missed",
    "lost where",
];

/// The columns in words.
pub(in crate::lab::report) const EXPLAINED: &str = "Camera FPS: frames that came. New FPS: those delivered, each once. \
     Claimed: what a loop says that counts its turns. Possible: what the service times allow, if frames came faster \
     (headroom). ms: from a frame's arrival to its delivery. Missed: lost before they could be captured.";

/// The cells of a strategy, in the order of [`COLUMNS`].
pub(in crate::lab::report) fn cells(strategy: &StrategyReport) -> [String; 13] {
    let StrategyReport { run, fps, live, .. } = strategy;
    let Run { workers, ledger, latency_ms, .. } = run;
    let figure = |value: Option<f64>| value.map_or("–".into(), three_digits);
    [
        workers.to_string(),
        figure(live.map(|live| live.source_fps)),
        three_digits(fps.median),
        figure(live.map(|live| live.claimed_fps)),
        figure(live.and_then(|live| live.possible_fps)),
        three_digits(latency_ms.p50),
        three_digits(latency_ms.p95),
        three_digits(latency_ms.p99),
        percent(strategy.cpu_limit_share),
        ledger.duplicate.to_string(),
        ledger.dropped.to_string(),
        ledger.missed.to_string(),
        losses(ledger).unwrap_or_else(|| "–".into()),
    ]
}
