//! The crash lab: something goes wrong on purpose in every strategy, and what is left of the run is looked at from
//! outside.
//!
//! Each trial is a process of its own, the *subject*: this same program, running one strategy with a fault in its
//! chain. It tells of every frame it delivers; the lab holds these against the frames of `sequential` without a fault.
//! So nothing is believed that the subject says of itself, and a subject that dies takes no lab with it.

mod fault;
mod report;
mod subject;
mod table;
mod trial;
mod witness;

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use fastrand::Rng;

use crate::child::WorkerCommand;
use crate::host::libraries;
use crate::host::machine::Machine;
use crate::pipeline::Step;
use crate::source::Input;
use crate::strategy::Strategy;

pub use fault::{FAULTS, Fault, find};
pub use report::{CrashReport, SCHEMA, Trial, schema, to_json};
pub use subject::subject_main;
pub use table::to_table;

use subject::Assignment;
use trial::Setup;

/// What to try.
#[derive(Clone)]
pub struct Plan {
    /// The work; the same every time it is read.
    pub input: Input,
    /// What is done to each frame, as text; the fault comes last.
    pub chain: String,
    /// Who is tried.
    pub strategies: Vec<&'static dyn Strategy>,
    /// What goes wrong.
    pub faults: Vec<&'static Fault>,
    /// Frames of each trial, at most.
    pub frames: u64,
    /// How often somebody is killed, where somebody is.
    pub kills: usize,
    /// Decides at which frames, and who is killed.
    pub seed: u64,
    /// Workers of the filter stage.
    pub workers: usize,
    /// Frames a link can hold.
    pub queue: usize,
    /// The longest a worker process may take for a frame.
    pub frame_timeout: Duration,
    /// What subjects and their workers are started from.
    pub worker_command: WorkerCommand,
}

/// Runs all trials; `on_step` is told what runs next.
///
/// # Errors
/// When the work cannot be done even without a fault, or no subject can be started.
pub fn run(plan: &Plan, on_step: &mut dyn FnMut(Step)) -> Result<CrashReport> {
    if plan.input.is_live() {
        bail!("{} is never the same twice; give the crash lab a file or synthetic:", plan.input);
    }
    let trials: Vec<_> = plan
        .faults
        .iter()
        .flat_map(|fault| plan.strategies.iter().map(move |strategy| (*fault, *strategy)))
        .filter(|(fault, strategy)| strategy.topology().isolates() || !fault.needs_isolation)
        .collect();
    let rounds = plan.faults.len();
    let mut step = |strategy: &'static str, round, done| {
        on_step(Step { strategy: strategy.into(), round, rounds, done: done as f64 / (trials.len() + 1) as f64 });
    };
    let yardstick = crate::strategy::STRATEGIES[0];
    step(yardstick.name(), 0, 0);
    let right = trial::frames_without_fault(&plan.setup(), yardstick).context("without a fault")?;
    ensure!(right.len() >= 8, "{} has {} frames; the crash lab needs at least 8", plan.input, right.len());
    let most = (right.len() / 2).max(1);
    ensure!(plan.kills <= most, "{} kills in {} frames are too many; at most {most}", plan.kills, right.len());
    let mut report = CrashReport::new(plan, right.len(), Machine::here(), libraries::opencv_facts()?);
    for (done, (fault, strategy)) in (1..).zip(&trials) {
        let round = 1 + plan.faults.iter().position(|other| other.name == fault.name).unwrap_or(0);
        step(strategy.name(), round, done);
        // The same frames for every strategy, other ones for every fault, whoever else takes part.
        let number = FAULTS.iter().position(|other| other.name == fault.name).unwrap_or(0);
        let rng = Rng::with_seed(plan.seed.wrapping_mul(1000).wrapping_add(number as u64));
        report.trials.push(trial::conduct(&plan.setup(), fault, *strategy, rng, &right)?);
    }
    Ok(report)
}

impl Plan {
    fn setup(&self) -> Setup {
        let assignment = Assignment {
            input: self.input.to_string(),
            chain: self.chain.clone(),
            strategy: String::new(),
            workers: self.workers,
            queue: self.queue,
            frames: self.frames,
            frame_timeout: self.frame_timeout,
            worker_command: self.worker_command.clone(),
        };
        Setup { assignment, kills: self.kills }
    }
}
