//! One after the other: the whole takes the sum of its parts.

use super::{Arm, Expectation, Lesson, Measured, Pipeline, Words, read, wall_ms};

pub static SEQUENTIAL: Lesson = Lesson {
    about: Words::new(|| read(include_str!("sequential.md"))),
    title: |_, _| format!("{FRAMES} frames that wait {MS} ms each, compute {MS} ms each, or do both, by one thread"),
    arms,
    checks,
};

const FRAMES: u64 = 30;
const MS: u64 = 4;

const WAITING: &str = "waiting alone";
const COMPUTING: &str = "computing alone";
const BOTH: &str = "waiting, then computing";
const IN_USE: &str = "a core was in use";

fn arms(_: f64) -> Vec<Arm> {
    let pipeline = |chain: String| Pipeline::new("sequential", chain, FRAMES).workers(1);
    let parts = [WAITING, COMPUTING];
    vec![
        pipeline(format!("delay={MS}")).figure(WAITING, "ms", wall_ms),
        pipeline(format!("spin={MS}")).figure(COMPUTING, "ms", wall_ms),
        pipeline(format!("delay={MS},spin={MS}"))
            .figure(BOTH, "ms", wall_ms)
            .predicted_from(parts, |[wait, compute]| wait + compute)
            .figure(IN_USE, "of the time", |run| run.cpu_s / run.wall_s)
            .predicted_from(parts, |[wait, compute]| compute / (wait + compute)),
    ]
}

fn checks(measured: &Measured) -> Vec<Expectation> {
    let whole = SEQUENTIAL.by_law(measured, "both ÷ sum of the parts", BOTH);
    let in_use = Expectation::value(measured, "share of the time a core was in use", IN_USE);
    vec![
        whole.about_one(0.1, "the whole does not take the sum of its parts"),
        in_use.at_most(0.75, "something computed while the thread waited"),
    ]
}
