//! A thread that panics, a process that is killed: what survives.

use std::time::Duration;

use anyhow::Result;

use super::{Arm, Expectation, Lab, Lesson, Measured, Words, read};
use crate::lab::fault_injection::{self, FaultPlan};
use crate::strategy;

pub static CRASH: Lesson = Lesson {
    about: Words::new(|| read(include_str!("crash.md"))),
    title: |_, _| {
        format!(
            "{FRAMES} frames; in the midst of them a filter panics, or a worker (with threads: the program) is killed"
        )
    },
    arms,
    checks,
};

const FRAMES: u64 = 40;
/// Long enough that the program is still there when it is to be killed.
const WAIT_MS: u64 = 10;
const STRATEGIES: [&str; 2] = ["threads", "processes"];
const FAULTS: [&str; 2] = ["panic", "kill"];

fn arms(_: f64) -> Vec<Arm> {
    let mut arm = Arm::other(trials);
    for fault in FAULTS {
        for strategy in STRATEGIES {
            arm = arm.value(lost(fault, strategy), "frames");
            if strategy == STRATEGIES[1] {
                arm = arm.predicted(0.0);
            }
            arm = arm.value(format!("{fault}, {strategy}: pause"), "ms");
        }
    }
    vec![arm]
}

/// Lost frames and the pause of each trial, fault by fault; there is no pause where the run ended.
fn trials(lab: &Lab<'_>) -> Result<Vec<f64>> {
    let plan = FaultPlan {
        input: lab.input.clone(),
        chain: format!("grayscale,delay={WAIT_MS}"),
        strategies: STRATEGIES.into_iter().filter_map(strategy::find).collect(),
        faults: FAULTS.into_iter().filter_map(fault_injection::find).collect(),
        frames: FRAMES,
        kills: 1,
        seed: 1,
        workers: 2,
        queue: 2,
        frame_timeout: Duration::from_secs(2),
        worker_command: lab.worker_command.clone(),
    };
    let report = fault_injection::run(&plan, &mut |_| ())?;
    let of_trial = |trial: &fault_injection::FaultTrial| [trial.lost as f64, trial.recovery_ms.unwrap_or(f64::NAN)];
    Ok(report.trials.iter().flat_map(of_trial).collect())
}

fn checks(measured: &Measured) -> Vec<Expectation> {
    let check = |fault, strategy| {
        Expectation::value(measured, &format!("frames lost with {strategy} ({fault})"), &lost(fault, strategy))
    };
    let [threads, processes] = STRATEGIES;
    let each = |fault| {
        [
            check(fault, threads).at_least(1.0, "threads survived the fault"),
            check(fault, processes).at_most(0.0, "processes lost frames"),
        ]
    };
    FAULTS.into_iter().flat_map(each).collect()
}

fn lost(fault: &str, strategy: &str) -> String {
    format!("{fault}, {strategy}: lost")
}
