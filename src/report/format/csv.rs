//! Every round of every strategy as a row, for spreadsheets and plots. Columns keep their names and their units.

use anyhow::{Result, anyhow};
use serde::Serialize;

use super::{Format, Report};
use crate::report::StrategyReport;

/// Comma-separated values, in the long form.
pub(super) struct Csv;

impl Format for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn summary(&self) -> &'static str {
        "every round of every strategy as CSV"
    }

    fn render(&self, report: &Report) -> Result<String> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        for strategy in &report.strategies {
            let mut points = report.sweep.iter().flat_map(|sweep| &sweep.curves).flat_map(|curve| &curve.points);
            let value = points.find(|point| point.name == strategy.name).map(|point| point.value.as_str());
            for (round, fps) in (1..).zip(&strategy.fps.samples) {
                writer.serialize(Row { sweep_value: value, ..Row::new(strategy, round, *fps) })?;
            }
        }
        // The writer's own error carries the writer along.
        let bytes = writer.into_inner().map_err(|error| anyhow!("{error}"))?;
        Ok(String::from_utf8(bytes)?)
    }
}

/// A row. What comes after the FPS of the round is of the strategy, and the same in each of its rows.
#[derive(Serialize)]
struct Row<'a> {
    strategy: &'a str,
    round: usize,
    fps: f64,
    place: Option<usize>,
    workers: usize,
    fps_median: f64,
    fps_min: f64,
    fps_max: f64,
    speedup: Option<f64>,
    cpu_limit_share: f64,
    cpu_ms_per_frame: f64,
    latency_p50_ms: f64,
    latency_p95_ms: f64,
    latency_p99_ms: f64,
    latency_max_ms: f64,
    peak_memory_mb: f64,
    added_memory_mb: f64,
    startup_ms: f64,
    captured: u64,
    delivered: u64,
    dropped: u64,
    failed: u64,
    same_pixels: Option<bool>,
    limited_by: &'a str,
    kind: String,
    evidence: &'a str,
    advice: &'a str,
    sweep_value: Option<&'a str>,
}

impl<'a> Row<'a> {
    fn new(strategy: &'a StrategyReport, round: usize, fps: f64) -> Self {
        let StrategyReport { latency_ms, ledger, verdict, .. } = strategy;
        Self {
            strategy: &strategy.name,
            round,
            fps,
            place: strategy.place,
            workers: strategy.workers,
            fps_median: strategy.fps.median,
            fps_min: strategy.fps.min,
            fps_max: strategy.fps.max,
            speedup: strategy.speedup,
            cpu_limit_share: strategy.cpu_limit_share,
            cpu_ms_per_frame: strategy.cpu_ms_per_frame,
            latency_p50_ms: latency_ms.p50,
            latency_p95_ms: latency_ms.p95,
            latency_p99_ms: latency_ms.p99,
            latency_max_ms: latency_ms.max,
            peak_memory_mb: strategy.peak_memory_mb,
            added_memory_mb: strategy.added_memory_mb,
            startup_ms: strategy.startup_ms,
            captured: ledger.captured,
            delivered: ledger.delivered,
            dropped: ledger.dropped,
            failed: ledger.failed,
            same_pixels: strategy.same_pixels,
            limited_by: &verdict.stage,
            kind: verdict.kind.to_string(),
            evidence: &verdict.evidence,
            advice: &verdict.advice,
            sweep_value: None,
        }
    }
}
