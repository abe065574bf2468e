//! The crash lab: injects faults into every strategy, and measures from outside what is left of the run.
//!
//! Each trial is a process of its own, the *child under test*: this same program, running one strategy with a fault in
//! its chain. It reports every frame it delivers; the lab compares these with the frames of `sequential` without a fault.
//! So the verdict does not rest on what the child counts itself, and the lab survives a child that dies.

mod answer;
mod child_main;
mod observe;
mod page;
mod plan;
mod report;
mod table;
mod trial;

use anyhow::{Context, Result, ensure};
use fastrand::Rng;

use crate::host::libraries;
use crate::host::machine::Machine;
use crate::lab::report::ResultFile;
use crate::pipeline::Step;
use crate::strategy::{STRATEGIES, Strategy};

pub use child_main::child_main;
pub use page::to_html;
pub use plan::{FAULTS, Fault, FaultPlan, find};
pub use report::{CrashReport, FaultTrial};
pub use table::to_table;

/// Runs all trials; `on_step` is told what runs next.
///
/// # Errors
/// When the run fails even without a fault, or no child can be started.
pub fn run(plan: &FaultPlan, on_step: &mut dyn FnMut(Step)) -> Result<CrashReport> {
    let input = &plan.input;
    ensure!(!input.is_live(), "{input} is never the same twice; give the crash lab a file or synthetic:");
    let with_all = |fault| plan.strategies.iter().map(move |strategy| (fault, *strategy));
    let possible =
        |(fault, strategy): &(&Fault, &dyn Strategy)| strategy.topology().isolates() || !fault.needs_isolation;
    let trials: Vec<_> = plan.faults.iter().copied().flat_map(with_all).filter(possible).collect();
    let rounds = plan.faults.len();
    let mut step = |strategy: &'static str, round, done| {
        let done = done as f64 / (trials.len() + 1) as f64;
        on_step(Step { strategy: strategy.into(), round, rounds, done, ..Step::default() });
    };
    let baseline = STRATEGIES[0];
    step(baseline.name(), 0, 0);
    let right = trial::frames_without_fault(plan, baseline).context("without a fault")?;
    ensure!(right.len() >= 8, "{} has {} frames; the crash lab needs at least 8", plan.input, right.len());
    let most = (right.len() / 2).max(1);
    ensure!(plan.kills <= most, "{} kills in {} frames are too many; at most {most}", plan.kills, right.len());
    let mut report = CrashReport {
        schema: CrashReport::SCHEMA,
        framerace: env!("CARGO_PKG_VERSION").into(),
        machine: Machine::here(),
        opencv: libraries::opencv_facts()?,
        input: plan.input.to_string(),
        chain: plan.chain.clone(),
        frames: right.len() as u64,
        workers: plan.workers,
        queue: plan.queue,
        frame_timeout_s: plan.frame_timeout.as_secs_f64(),
        seed: plan.seed,
        trials: Vec::new(),
    };
    for (done, (fault, strategy)) in (1..).zip(&trials) {
        let round = 1 + plan.faults.iter().position(|other| other.name == fault.name).unwrap_or(0);
        step(strategy.name(), round, done);
        // The same frames for every strategy and other frames for every fault, whatever else is tried.
        let number = FAULTS.iter().position(|other| other.name == fault.name).unwrap_or(0);
        let rng = Rng::with_seed(plan.seed.wrapping_mul(1000).wrapping_add(number as u64));
        report.trials.push(trial::conduct(plan, fault, *strategy, rng, &right)?);
    }
    Ok(report)
}
