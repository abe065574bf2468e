//! Every round of every strategy as a row, for spreadsheets and plots. Columns keep their names and their units.

use anyhow::{Result, anyhow};
use serde::Serialize;

use super::{Format, Report};
use crate::lab::report::live::losses;
use crate::lab::report::{Outlier, StrategyReport};
use crate::metrics::{Run, SteadyRate};
use crate::statistics::Estimate;

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
            let value = points.find(|point| point.name == strategy.name()).map(|point| point.value.as_str());
            for (round, fps) in (1..).zip(&strategy.fps.samples) {
                writer.serialize(Row { sweep_value: value, ..Row::new(report, strategy, round, *fps) })?;
            }
        }
        // The writer's own error carries the writer along.
        let bytes = writer.into_inner().map_err(|error| anyhow!("{error}"))?;
        Ok(String::from_utf8(bytes)?)
    }
}

/// A row. What is not said to be of the round is of the strategy, or of the whole result, and the same in all its rows.
/// New columns come last.
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
    fps_low: Option<f64>,
    fps_high: Option<f64>,
    speedup_low: Option<f64>,
    speedup_high: Option<f64>,
    latency_p95_low_ms: Option<f64>,
    latency_p95_high_ms: Option<f64>,
    peak_memory_low_mb: Option<f64>,
    peak_memory_high_mb: Option<f64>,
    round_latency_p95_ms: Option<f64>,
    round_peak_memory_mb: Option<f64>,
    round_cpu_ms_per_frame: Option<f64>,
    round_others: Option<f64>,
    round_stolen: Option<f64>,
    rate_frames: Option<u64>,
    rate_seconds: Option<f64>,
    measuring_share: f64,
    settled: Option<bool>,
    rounds: Option<usize>,
    rounds_seconds: Option<f64>,
    round_stopped: Option<f64>,
    round_is_outlier: Option<bool>,
    confidence: Option<String>,
    duplicate: u64,
    missed: u64,
    drops: String,
    source_fps: Option<f64>,
    claimed_fps: Option<f64>,
    possible_fps: Option<f64>,
}

impl<'a> Row<'a> {
    fn new(report: &Report, strategy: &'a StrategyReport, round: usize, fps: f64) -> Self {
        let StrategyReport { run, verdict, .. } = strategy;
        let Run { latency_ms, ledger, .. } = run;
        let of_round = |samples: &[f64]| samples.get(round - 1).copied();
        let neighbours = strategy.interference.get(round - 1);
        let rate = rate(strategy);
        let is_this_round = |outlier: &Outlier| outlier.strategy == strategy.name() && outlier.round == round;
        let fairness = report.fairness.as_ref();
        let decision = report.decision.as_ref();
        Self {
            strategy: strategy.name(),
            round,
            fps,
            place: strategy.place,
            workers: strategy.run.workers,
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
            fps_low: low(strategy.fps_estimate),
            fps_high: high(strategy.fps_estimate),
            speedup_low: low(strategy.speedup_estimate),
            speedup_high: high(strategy.speedup_estimate),
            latency_p95_low_ms: low(strategy.p95_estimate),
            latency_p95_high_ms: high(strategy.p95_estimate),
            peak_memory_low_mb: low(strategy.memory_estimate),
            peak_memory_high_mb: high(strategy.memory_estimate),
            round_latency_p95_ms: of_round(&strategy.p95_samples),
            round_peak_memory_mb: of_round(&strategy.memory_samples),
            round_cpu_ms_per_frame: of_round(&strategy.cpu_samples),
            round_others: neighbours.map(|round| round.others),
            round_stolen: neighbours.map(|round| round.stolen),
            rate_frames: rate.map(|rate| rate.frames),
            rate_seconds: rate.map(|rate| rate.seconds),
            measuring_share: strategy.run.meter_share,
            settled: decision.filter(|decision| decision.budget_s.is_some()).map(|decision| decision.open.is_empty()),
            rounds: decision.map(|decision| decision.rounds),
            rounds_seconds: decision.map(|decision| decision.seconds),
            round_stopped: neighbours.map(|round| round.stopped),
            round_is_outlier: fairness.map(|fairness| fairness.outliers.iter().any(is_this_round)),
            confidence: fairness.map(|fairness| fairness.confidence.to_string()),
            duplicate: ledger.duplicate,
            missed: ledger.missed,
            drops: losses(ledger).unwrap_or_default(),
            source_fps: strategy.live.map(|live| live.source_fps),
            claimed_fps: strategy.live.map(|live| live.claimed_fps),
            possible_fps: strategy.live.and_then(|live| live.possible_fps),
        }
    }
}

fn low(estimate: Option<Estimate>) -> Option<f64> {
    estimate.map(|at| at.low)
}

fn high(estimate: Option<Estimate>) -> Option<f64> {
    estimate.map(|at| at.high)
}

/// What the FPS of the strategy is of; results from before rates left anything out do not say.
fn rate(strategy: &StrategyReport) -> Option<SteadyRate> {
    Some(strategy.run.steady_rate).filter(|rate| rate.frames > 0)
}
