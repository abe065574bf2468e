//! Work that waits overlaps on threads, even on one core: N waits take as long as one.

use super::{Arm, Expectation, Lesson, Measured, Pipeline, Words, read, wall_ms};
use crate::lab::report::{counted, listed};

pub static OVERLAP: Lesson = Lesson {
    about: Words::new(|| read(include_str!("overlap.md"))),
    title: |_, _| {
        format!("{FRAMES} frames that wait {WAIT_MS} ms each, with {} workers, all on one core", listed(&WORKERS))
    },
    arms: |_| WORKERS.map(arm).into(),
    checks,
};

const FRAMES: usize = 16;
const WAIT_MS: usize = 20;
const WORKERS: [usize; 3] = [1, 4, FRAMES];

fn arm(workers: usize) -> Arm {
    Pipeline::new("threads", format!("delay={WAIT_MS}"), FRAMES as u64)
        .workers(workers)
        .on_one_core(true)
        .figure(counted(workers, "worker"), "ms", wall_ms)
        .predicted((FRAMES.div_ceil(workers) * WAIT_MS) as f64)
}

fn checks(measured: &Measured) -> Vec<Expectation> {
    let [one, _, all] = WORKERS.map(|count| counted(count, "worker"));
    vec![
        Expectation::ratio_to(
            measured,
            &format!("{FRAMES} waits by {FRAMES} workers ÷ one wait"),
            &all,
            WAIT_MS as f64,
        )
        .at_most(2.0, "waits did not overlap"),
        Expectation::ratio(measured, &format!("{FRAMES} waits by 1 worker ÷ by {FRAMES}"), &one, &all)
            .at_least(FRAMES as f64 / 2.0, "one worker alone did not take much longer"),
    ]
}
