//! Every round of every strategy as a row, for spreadsheets and plots. Columns keep their names and their units.

use anyhow::{Result, anyhow};
use serde_json::Value;

use super::{Format, Report};
use crate::host::interference::Interference;
use crate::lab::report::live::losses;
use crate::lab::report::{Fairness, Spread, StrategyReport};
use crate::metrics::{InputRun, Run, SteadyRate};
use crate::statistics::Estimate;
use crate::text::{no_formula, plain};

/// Comma-separated values, in the long form.
pub(super) const CSV: Format =
    Format { name: "csv", summary: "every round of every strategy as CSV", shows_spans: false, render };

fn render(report: &Report) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    if !report.strategies.is_empty() {
        writer.write_record(COLUMNS.iter().map(|(name, _)| name))?;
    }
    for strategy in &report.strategies {
        let rows = (1..=strategy.fps.samples.len()).map(|round| Row { report, strategy, round, input: None });
        // After the rounds the inputs of the typical one, where there are several.
        let inputs: Vec<_> = strategy.run.inputs.iter().map(|input| (input, of_input(strategy, input))).collect();
        let of_inputs = inputs.iter().map(|(input, strategy)| Row { report, strategy, round: 1, input: Some(input) });
        for row in rows.chain(of_inputs) {
            writer.serialize(COLUMNS.iter().map(|(_, value)| harmless(value(&row))).collect::<Vec<_>>())?;
        }
    }
    // The writer's own error carries the writer along.
    let bytes = writer.into_inner().map_err(|error| anyhow!("{error}"))?;
    Ok(String::from_utf8(bytes)?)
}

/// A field that is taken for no formula and controls no terminal.
fn harmless(field: Value) -> Value {
    match field {
        Value::String(text) => no_formula(&plain(&text)).into(),
        number => number,
    }
}

/// What a row is of.
struct Row<'a> {
    report: &'a Report,
    strategy: &'a StrategyReport,
    /// From 1.
    round: usize,
    /// The input, where it is of one of several.
    input: Option<&'a InputRun>,
}

/// The name of a column, and what a row has in it.
type Column = (&'static str, fn(&Row<'_>) -> Value);

/// Every column. What is not said to be of the round is of the strategy, or of the whole
/// result, and the same in all its rows. New columns come last.
const COLUMNS: &[Column] = &[
    ("strategy", |row| row.strategy.name().into()),
    ("round", |row| row.input.is_none().then_some(row.round).into()),
    ("fps", |row| row.of_round(&row.strategy.fps.samples)),
    ("place", |row| row.strategy.place.into()),
    ("workers", |row| row.strategy.run.workers.into()),
    ("fps_median", |row| row.strategy.fps.median.into()),
    ("fps_min", |row| row.strategy.fps.min.into()),
    ("fps_max", |row| row.strategy.fps.max.into()),
    ("speedup", |row| row.strategy.speedup.into()),
    ("cpu_limit_share", |row| row.strategy.cpu_limit_share.into()),
    ("cpu_ms_per_frame", |row| row.strategy.cpu_ms_per_frame.into()),
    ("latency_p50_ms", |row| row.strategy.run.latency_ms.p50.into()),
    ("latency_p95_ms", |row| row.strategy.run.latency_ms.p95.into()),
    ("latency_p99_ms", |row| row.strategy.run.latency_ms.p99.into()),
    ("latency_max_ms", |row| row.strategy.run.latency_ms.max.into()),
    ("peak_memory_mb", |row| row.strategy.peak_memory_mb.into()),
    ("added_memory_mb", |row| row.strategy.added_memory_mb.into()),
    ("startup_ms", |row| row.strategy.startup_ms.into()),
    ("captured", |row| row.strategy.run.ledger.captured.into()),
    ("delivered", |row| row.strategy.run.ledger.delivered.into()),
    ("dropped", |row| row.strategy.run.ledger.dropped.into()),
    ("failed", |row| row.strategy.run.ledger.failed.into()),
    ("same_pixels", |row| row.strategy.same_pixels.into()),
    ("limited_by", |row| row.strategy.verdict.stage.as_str().into()),
    ("kind", |row| row.strategy.verdict.kind.to_string().into()),
    ("evidence", |row| row.strategy.verdict.evidence.as_str().into()),
    ("advice", |row| row.strategy.verdict.advice.as_str().into()),
    ("sweep_value", |row| row.sweep_value().into()),
    ("fps_low", |row| low(row.strategy.fps_estimate)),
    ("fps_high", |row| high(row.strategy.fps_estimate)),
    ("speedup_low", |row| low(row.strategy.speedup_estimate)),
    ("speedup_high", |row| high(row.strategy.speedup_estimate)),
    ("latency_p95_low_ms", |row| low(row.strategy.p95_estimate)),
    ("latency_p95_high_ms", |row| high(row.strategy.p95_estimate)),
    ("peak_memory_low_mb", |row| low(row.strategy.memory_estimate)),
    ("peak_memory_high_mb", |row| high(row.strategy.memory_estimate)),
    ("round_latency_p95_ms", |row| row.of_round(&row.strategy.p95_samples)),
    ("round_peak_memory_mb", |row| row.of_round(&row.strategy.memory_samples)),
    ("round_cpu_ms_per_frame", |row| row.of_round(&row.strategy.cpu_samples)),
    ("round_others", |row| row.interference().map(|round| round.others).into()),
    ("round_stolen", |row| row.interference().map(|round| round.stolen).into()),
    ("rate_frames", |row| row.rate().map(|rate| rate.frames).into()),
    ("rate_seconds", |row| row.rate().map(|rate| rate.seconds).into()),
    ("measuring_share", |row| row.strategy.run.meter_share.into()),
    ("settled", |row| {
        row.report.decision.as_ref().filter(|it| it.budget_s.is_some()).map(|it| it.open.is_empty()).into()
    }),
    ("rounds", |row| row.report.decision.as_ref().map(|decision| decision.rounds).into()),
    ("rounds_seconds", |row| row.report.decision.as_ref().map(|decision| decision.seconds).into()),
    ("round_stopped", |row| row.interference().map(|round| round.stopped).into()),
    ("round_is_outlier", |row| row.report.fairness.as_ref().map(|fairness| row.is_outlier(fairness)).into()),
    ("confidence", |row| row.report.fairness.as_ref().map(|fairness| fairness.confidence.to_string()).into()),
    ("duplicate", |row| row.strategy.run.ledger.duplicate.into()),
    ("unread", |row| row.strategy.run.ledger.unread.into()),
    ("drops", |row| losses(&row.strategy.run.ledger).unwrap_or_default().into()),
    ("source_fps", |row| row.strategy.live.map(|live| live.source_fps).into()),
    ("claimed_fps", |row| row.strategy.live.map(|live| live.claimed_fps).into()),
    ("possible_fps", |row| row.strategy.live.and_then(|live| live.possible_fps).into()),
    ("input", |row| row.input.map(|input| input.input.as_str()).into()),
    ("input_chain", |row| row.input.map(|input| input.chain.as_str()).into()),
    ("fairness", |row| row.strategy.run.evenness().into()),
];

/// The strategy with the figures of one of its inputs in place of those of all, as far as an input has its own.
fn of_input(strategy: &StrategyReport, input: &InputRun) -> StrategyReport {
    let InputRun { ledger, latency_ms, steady_rate, .. } = input.clone();
    StrategyReport {
        run: Run { ledger, latency_ms, steady_rate, inputs: Vec::new(), ..strategy.run.clone() },
        frames: input.ledger.delivered,
        fps: Spread::over(vec![input.fps()]),
        fps_estimate: None,
        speedup: None,
        speedup_estimate: None,
        p95_samples: vec![input.latency_ms.p95],
        p95_estimate: None,
        ..strategy.clone()
    }
}

impl<'a> Row<'a> {
    fn of_round(&self, samples: &[f64]) -> Value {
        samples.get(self.round - 1).copied().into()
    }

    fn interference(&self) -> Option<&'a Interference> {
        self.strategy.interference.get(self.round - 1)
    }

    fn is_outlier(&self, fairness: &Fairness) -> bool {
        fairness.outliers.iter().any(|found| found.strategy == self.strategy.name() && found.round == self.round)
    }

    fn sweep_value(&self) -> Option<&'a str> {
        let mut points = self.report.sweep.iter().flat_map(|sweep| &sweep.curves).flat_map(|curve| &curve.points);
        points.find(|point| point.name == self.strategy.name()).map(|point| point.value.as_str())
    }

    /// What the FPS of the strategy is of; results from before rates left anything out do not say.
    fn rate(&self) -> Option<SteadyRate> {
        Some(self.strategy.run.steady_rate).filter(|rate| rate.frames > 0)
    }
}

fn low(estimate: Option<Estimate>) -> Value {
    estimate.map(|at| at.low).into()
}

fn high(estimate: Option<Estimate>) -> Value {
    estimate.map(|at| at.high).into()
}
