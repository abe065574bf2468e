//! The cells of the ranking, written once: table, Markdown and page choose from them.

use super::StrategyReport;
use super::number::{percent, three_digits};
use super::words::{interval, margin};

/// A strategy's cells. Units are those of the headers: FPS, milliseconds, millions of bytes.
pub(super) struct Cells {
    /// Its place; none if it is not ranked.
    pub place: Option<String>,
    pub workers: String,
    pub fps: String,
    pub fps_interval: String,
    /// FPS over that of the baseline.
    pub speedup: String,
    pub speedup_margin: String,
    /// How much of what the cores could do was done.
    pub cpu: String,
    pub p95: String,
    pub p95_interval: String,
    pub memory: String,
    pub memory_interval: String,
    pub same_pixels: &'static str,
}

impl Cells {
    pub(super) fn of(strategy: &StrategyReport) -> Self {
        Self {
            place: strategy.place.map(|place| place.to_string()),
            workers: strategy.run.workers.to_string(),
            fps: three_digits(strategy.fps.median),
            fps_interval: interval(strategy.fps_estimate),
            speedup: strategy.speedup.map_or("–".into(), three_digits),
            speedup_margin: margin(strategy.speedup_estimate),
            cpu: percent(strategy.cpu_limit_share),
            p95: three_digits(strategy.run.latency_ms.p95),
            p95_interval: interval(strategy.p95_estimate),
            memory: format!("{:.0}", strategy.peak_memory_mb),
            memory_interval: interval(strategy.memory_estimate),
            same_pixels: match strategy.same_pixels {
                Some(true) => "✓",
                Some(false) => "✗ differ",
                None => "–",
            },
        }
    }
}
