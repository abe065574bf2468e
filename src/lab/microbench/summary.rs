//! Computes the prices from the runs: medians and extremes over the rounds, of differences and ratios within a round.

use anyhow::{Context, Result};

use super::break_even::{PaysFrom, break_even};
use super::list::{FrameSize, PricePoint, Prices, StrategyPrices, TouchPrices};
use super::parts::Touch;
use super::plan::{Measured, MicrobenchPlan, Purpose};
use crate::host::libraries::opencv_facts;
use crate::host::machine::Machine;
use crate::lab::report::{ResultFile, Spread};
use crate::metrics::Run;
use crate::predict::HANDOFF;

/// Computes the price list. Fails when OpenCV does not say what it is, or a strategy was not run.
pub(super) fn summarize(plan: &MicrobenchPlan, measured: &Measured) -> Result<Prices> {
    let touch = |of: fn(&Touch) -> f64| Spread::over(measured.touches.iter().map(of).collect());
    let start = |name| measured.runs(name, Purpose::Start);
    let starts = start("processes")?.iter().zip(start("threads")?);
    let mut names: Vec<_> = measured.series.iter().map(|series| series.strategy.name()).collect();
    names.dedup();
    Ok(Prices {
        schema: Prices::SCHEMA,
        framerace: env!("CARGO_PKG_VERSION").into(),
        machine: Machine::here(),
        opencv: opencv_facts()?,
        frame: FrameSize {
            width: plan.shape.width,
            height: plan.shape.height,
            pixels: plan.shape.pixels.to_string(),
            bytes: plan.shape.bytes(),
        },
        workers: plan.workers,
        rounds: plan.rounds,
        run_s: plan.duration.as_secs_f64(),
        thread_start_us: Spread::over(measured.thread_start_us.clone()),
        process_start_ms: Spread::over(starts.map(|(p, t)| (p.startup_s - t.startup_s) * 1e3).collect()),
        handoff_us: Spread::over(measured.handoff_us.clone()),
        touch: TouchPrices {
            first_us: touch(|t| t.first_us),
            second_us: touch(|t| t.second_us),
            fault_us: touch(|t| t.fault_us),
        },
        strategies: names.into_iter().map(|name| measured.strategy(name)).collect::<Result<_>>()?,
    })
}

impl Measured {
    fn runs(&self, name: &str, purpose: Purpose) -> Result<&[Run]> {
        let mut mine = self.series.iter().filter(|series| series.strategy.name() == name);
        let found = mine.find(|series| series.purpose == purpose).map(|series| series.runs.as_slice());
        found.with_context(|| format!("{name} was not run for {purpose:?}"))
    }

    fn strategy(&self, name: &'static str) -> Result<StrategyPrices> {
        let more = self.runs(name, Purpose::MoreWorkers)?;
        // The baseline has no workers to add.
        let one = self.runs(name, Purpose::OneWorker).ok();
        let over = |runs: &[Run], of: fn(&Run) -> f64| Spread::over(runs.iter().map(of).collect());
        let hand_over = |runs: &[Run]| {
            let each: Option<Vec<f64>> = runs.iter().map(handoff_us).collect();
            each.map(Spread::over)
        };
        let speeds: Vec<(f64, &[Run])> = self.speeds(name).collect();
        let baseline: Vec<(f64, &[Run])> = self.speeds(self.series[0].strategy.name()).collect();
        let first = speeds.first().context("nothing was run for speed")?.1;
        Ok(StrategyPrices {
            name: name.to_owned(),
            worker_mb: one.map(|one| Spread::over(one.iter().zip(more).map(|(a, b)| worker_mb(a, b)).collect())),
            handoff_us: one.and_then(hand_over),
            hand_over_all_us: hand_over(more),
            switches_per_frame: over(more, |run| run.context_switches as f64 / run.ledger.new_frames().max(1) as f64),
            startup_ms: over(first, |run| run.startup_s * 1e3),
            points: speeds.iter().zip(&baseline).map(|((ms, runs), (_, yard))| point(*ms, runs, yard)).collect(),
            pays_from: one.and_then(|_| pays_from(&speeds, &baseline)),
        })
    }

    /// The runs for speed, by ascending time of the chain.
    fn speeds<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (f64, &'a [Run])> {
        self.series.iter().filter(move |series| series.strategy.name() == name).filter_map(|series| {
            match series.purpose {
                Purpose::Speed(ms) => Some((ms, series.runs.as_slice())),
                _ => None,
            }
        })
    }
}

/// Memory that each worker adds, in MB, from a run with fewer and one with more workers.
fn worker_mb(fewer: &Run, more: &Run) -> f64 {
    let added = |run: &Run| run.peak_memory as f64 - run.memory_at_start as f64;
    (added(more) - added(fewer)) / 1e6 / (more.workers - fewer.workers).max(1) as f64
}

/// Median time to hand a frame to a process and back; none where the workers are threads.
fn handoff_us(run: &Run) -> Option<f64> {
    run.part(HANDOFF).map(|part| part.service_ms.p50 * 1e3)
}

fn point(filter_ms: f64, runs: &[Run], baseline: &[Run]) -> PricePoint {
    let pairs = || runs.iter().zip(baseline);
    let paid = pairs().map(|(run, yard)| {
        let (late_ms, saved) = ((run.startup_s - yard.startup_s) * 1e3, saved_ms(run, yard));
        (saved > 0.0).then(|| (late_ms / saved).max(0.0))
    });
    let paid: Option<Vec<f64>> = paid.collect();
    PricePoint {
        filter_ms,
        fps: Spread::over(runs.iter().map(Run::fps).collect()),
        speedup: Spread::over(pairs().map(|(run, yard)| run.fps() / yard.fps()).collect()),
        start_paid_after: paid.map(Spread::over),
    }
}

/// Time that a run saved, in milliseconds per frame.
fn saved_ms(run: &Run, baseline: &Run) -> f64 {
    1e3 / baseline.fps() - 1e3 / run.fps()
}

/// The break-even of each round.
fn pays_from(speeds: &[(f64, &[Run])], baseline: &[(f64, &[Run])]) -> Option<PaysFrom> {
    let rounds = speeds.iter().map(|(_, runs)| runs.len()).min()?;
    let points = |round: usize| -> Vec<(f64, f64)> {
        speeds.iter().zip(baseline).map(|((ms, runs), (_, yard))| (*ms, saved_ms(&runs[round], &yard[round]))).collect()
    };
    PaysFrom::over((0..rounds).map(|round| break_even(&points(round))).collect())
}
