//! A pool of worker processes between two queues of ten, whose workers only pass frames through: what the queues cost.

use anyhow::Result;

use super::{About, Expectation, Lab, Lesson, Measured, Notes, Theory};
use crate::pipeline::Settings;

/// The lesson.
pub struct IpcQueue;

const FRAMES: u64 = 200;
const QUEUE: usize = 10;
const WORKERS: usize = 2;
const STRATEGIES: [&str; 4] = ["sequential", "threads", "processes", "processes-pipe"];

impl Lesson for IpcQueue {
    fn about(&self) -> About {
        About {
            name: "ipc-queue",
            claim: "With workers that only pass frames through, processes between two queues are slower than no pool.",
            drawing: "
                           ┌▶ process ─┐
  capture ─▶ queue of ten ─┤           ├▶ queue of ten ─▶ deliver
                           └▶ process ─┘",
            explanation: include_str!("ipc-queue.md"),
            next: "framerace compare synthetic:640x480@0x200 -f copy -s processes-pipe -q 10",
            on_frames: true,
        }
    }

    fn measure(&self, lab: &Lab<'_>) -> Result<Measured> {
        let pass = |strategy: &'static str| {
            move |notes: &mut Notes| {
                let settings = Settings { workers: WORKERS, queue: QUEUE, ..lab.settings(FRAMES) };
                let run = lab.run(strategy, "copy", &settings)?;
                notes.add(strategy, "µs a frame", run.wall_s * 1e6 / FRAMES as f64);
                Ok(())
            }
        };
        lab.rounds(
            format!(
                "{FRAMES} frames of {} that are only copied, {WORKERS} workers between queues of {QUEUE}",
                lab.shape()
            ),
            &[&pass(STRATEGIES[0]), &pass(STRATEGIES[1]), &pass(STRATEGIES[2]), &pass(STRATEGIES[3])],
        )
    }

    fn predict(&self, measured: &Measured) -> Theory {
        let free = |name| measured.from(name, [STRATEGIES[0]], |[alone]| alone / (WORKERS as f64).min(measured.cores));
        Theory {
            law: "if queues were free",
            formula: "t = t(sequential) ÷ min(workers, cores); what is more is their price",
            predicted: STRATEGIES.into_iter().skip(1).map(free).collect(),
        }
    }

    fn checks(&self, measured: &Measured) -> Vec<Expectation> {
        let [alone, _, shared, pipe] = STRATEGIES.map(|strategy| measured.samples(strategy));
        vec![
            Expectation::ratio("processes with pipes ÷ no pool", pipe, alone)
                .at_least(1.2)
                .or("the pool was no slower than doing it alone"),
            Expectation::ratio("processes with pipes ÷ with shared memory", pipe, shared)
                .at_least(1.2)
                .or("carrying the frames through pipes cost little"),
        ]
    }

    #[cfg(test)]
    fn made_up(&self) -> (Measured, Measured) {
        let made_up = |pipe: f64| {
            let figures: Vec<_> = STRATEGIES.into_iter().zip([95.5, 80.5, 90.5, pipe]).collect();
            Measured::made_up(2.0, &figures)
        };
        (made_up(420.5), made_up(70.5))
    }
}
