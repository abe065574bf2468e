//! A thread that panics, a process that is killed: what survives.

use std::time::Duration;

use anyhow::Result;

use super::{About, Expectation, Lab, Lesson, Measured, Notes, Theory};
use crate::lab::fault_injection::{self, FaultPlan};
use crate::strategy;

/// The lesson.
pub struct Crash;

const FRAMES: u64 = 40;
/// Long enough that the program is still there when it is to be killed.
const WAIT_MS: u64 = 10;
const STRATEGIES: [&str; 2] = ["threads", "processes"];
const FAULTS: [&str; 2] = ["panic", "kill"];

impl Lesson for Crash {
    fn about(&self) -> About {
        About {
            name: "crash",
            claim: "A fault in a thread ends the whole program's work; one in a process costs a restart and no frame.",
            drawing: "
  threads:    [ worker ✗ worker ]                the run ends

  processes:  [ parent ]─┬─[ worker ✗ ]─▶[ new worker, same frame ]
                         └─[ worker ]",
            explanation: include_str!("crash.md"),
            next: "framerace crash-lab synthetic:320x240@0x60",
            on_frames: true,
        }
    }

    fn measure(&self, lab: &Lab<'_>) -> Result<Measured> {
        let trials = |notes: &mut Notes| {
            let plan = FaultPlan {
                input: lab.input().clone(),
                chain: format!("grayscale,delay={WAIT_MS}"),
                strategies: STRATEGIES.into_iter().filter_map(strategy::find).collect(),
                faults: FAULTS.into_iter().filter_map(fault_injection::find).collect(),
                frames: FRAMES,
                kills: 1,
                seed: 1,
                workers: 2,
                queue: 2,
                frame_timeout: Duration::from_secs(2),
                worker_command: lab.worker_command().clone(),
            };
            let report = fault_injection::run(&plan, &mut |_| ())?;
            for trial in &report.trials {
                let (fault, strategy) = (trial.fault.as_str(), trial.strategy.as_str());
                notes.add(&lost(fault, strategy), "frames", trial.lost as f64);
                if let Some(pause) = trial.recovery_ms {
                    notes.add(&format!("{fault}, {strategy}: pause"), "ms", pause);
                }
            }
            Ok(())
        };
        lab.rounds(
            format!("{FRAMES} frames; in the midst of them a filter panics, or a worker (with threads: the program) is killed"),
            &[&trials],
        )
    }

    fn predict(&self, measured: &Measured) -> Theory {
        Theory {
            law: "what is isolated fails alone",
            formula: "lost = 0 with a process for each worker",
            predicted: FAULTS.map(|fault| measured.always(&lost(fault, STRATEGIES[1]), 0.0)).into(),
        }
    }

    fn checks(&self, measured: &Measured) -> Vec<Expectation> {
        let check = |fault: &str, strategy: &str| {
            let samples = measured.samples(&lost(fault, strategy)).to_vec();
            Expectation::value(&format!("frames lost with {strategy} ({fault})"), &samples)
        };
        let each = |fault| {
            [
                check(fault, STRATEGIES[0]).at_least(1.0).or("threads survived the fault"),
                check(fault, STRATEGIES[1]).at_most(0.0).or("processes lost frames"),
            ]
        };
        FAULTS.into_iter().flat_map(each).collect()
    }

    #[cfg(test)]
    fn made_up(&self) -> (Measured, Measured) {
        let made_up = |lost_with_processes: f64| {
            let each = |fault| [(lost(fault, STRATEGIES[0]), 21.0), (lost(fault, STRATEGIES[1]), lost_with_processes)];
            let rows: Vec<_> = FAULTS.into_iter().flat_map(each).collect();
            Measured::made_up(2.0, &rows.iter().map(|(name, value)| (name.as_str(), *value)).collect::<Vec<_>>())
        };
        (made_up(0.0), made_up(3.0))
    }
}

fn lost(fault: &str, strategy: &str) -> String {
    format!("{fault}, {strategy}: lost")
}
