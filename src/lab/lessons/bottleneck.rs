//! The slowest stage sets the pace; speeding up another changes nothing, and speeding it up makes another the slowest.

use super::{Arm, Expectation, Lesson, Measured, Pipeline, Words, ms_a_frame, read};
use crate::lab::report::listed;

pub static BOTTLENECK: Lesson = Lesson {
    about: Words::new(|| read(include_str!("bottleneck.md"))),
    title: |_, _| {
        let [as_it_is, other, slowest] = CASES.map(|(_, ms)| listed(&ms));
        format!("{FRAMES} frames through three stages that take {as_it_is} ms, then {other} and {slowest} ms")
    },
    arms: |_| CASES.map(arm).into(),
    checks,
};

const FRAMES: u64 = 40;

/// What the three stages take, in milliseconds, and what that is called.
const CASES: [(&str, [u64; 3]); 3] =
    [("as it is", [4, 8, 5]), ("first twice as fast", [2, 8, 5]), ("slowest four times as fast", [4, 2, 5])];

fn arm((name, [first, second, third]): (&str, [u64; 3])) -> Arm {
    Pipeline::new("stages", format!("delay={first},delay={second},delay={third}"), FRAMES)
        .figure(name, "ms a frame", ms_a_frame)
        .predicted(first.max(second).max(third) as f64)
}

fn checks(measured: &Measured) -> Vec<Expectation> {
    let [as_it_is, other, slowest] = CASES.map(|(name, _)| name);
    vec![
        Expectation::ratio(measured, "first twice as fast ÷ as it is", other, as_it_is)
            .about_one(0.1, "a stage that is not the slowest made a difference"),
        Expectation::ratio(measured, "slowest four times as fast ÷ as it is", slowest, as_it_is)
            .at_most(0.8, "speeding up the slowest stage did not help"),
        Expectation::ratio_to(measured, "the same ÷ stage 3, now the slowest", slowest, CASES[2].1[2] as f64)
            .about_one(0.15, "the pace is not that of the stage that is the slowest now"),
    ]
}
