//! A pool of worker processes between two queues of ten, whose workers only pass frames through: what the queues cost.

use super::{Arm, Expectation, Lesson, Measured, Pipeline, Words, read};
use crate::pipeline::Policies;

pub static IPC_QUEUE: Lesson = Lesson {
    about: Words::new(|| read(include_str!("ipc-queue.md"))),
    title: |_, shape| {
        format!("{FRAMES} frames of {shape} that are only copied, {WORKERS} workers between queues of {QUEUE}")
    },
    arms,
    checks,
};

const FRAMES: u64 = 200;
const QUEUE: usize = 10;
const WORKERS: usize = 2;

const ALONE: &str = "sequential";
const SHARED: &str = "processes";
const PIPE: &str = "processes-pipe";

fn arms(cores: f64) -> Vec<Arm> {
    let pass = |strategy: &'static str| {
        Pipeline::new(strategy, "copy", FRAMES).workers(WORKERS).queue(QUEUE, Policies::default()).figure(
            strategy,
            "µs a frame",
            |run| run.wall_s * 1e6 / FRAMES as f64,
        )
    };
    let at_once = (WORKERS as f64).min(cores);
    let free = |strategy| pass(strategy).predicted_from([ALONE], move |[alone]| alone / at_once);
    vec![pass(ALONE), free("threads"), free(SHARED), free(PIPE)]
}

fn checks(measured: &Measured) -> Vec<Expectation> {
    vec![
        Expectation::ratio(measured, "processes with pipes ÷ no pool", PIPE, ALONE)
            .at_least(1.2, "the pool was no slower than doing it alone"),
        Expectation::ratio(measured, "processes with pipes ÷ with shared memory", PIPE, SHARED)
            .at_least(1.2, "carrying the frames through pipes cost little"),
    ]
}
