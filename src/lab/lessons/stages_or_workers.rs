//! A stage a thread against a frame a worker: the same if the stages are balanced, and only then.

use super::{Arm, Expectation, Lesson, Measured, Pipeline, Words, ms_a_frame, read};
use crate::lab::report::listed;

pub static STAGES_OR_WORKERS: Lesson = Lesson {
    about: Words::new(|| read(include_str!("stages-or-workers.md"))),
    title: |_, _| {
        let (balanced, unbalanced) = (listed(&BALANCED.1), listed(&UNBALANCED.1));
        format!("{FRAMES} frames through filters that take {balanced} ms, or {unbalanced} ms, by {THREADS} threads")
    },
    arms: |_| [BALANCED, UNBALANCED].into_iter().flat_map(both).collect(),
    checks,
};

const FRAMES: u64 = 40;
const THREADS: usize = 2;

/// What the two stages take, in milliseconds, and what that is called.
const BALANCED: (&str, [u64; 2]) = ("balanced", [4, 4]);
const UNBALANCED: (&str, [u64; 2]) = ("unbalanced", [1, 7]);

fn both((case, [a, b]): (&str, [u64; 2])) -> [Arm; 2] {
    [("stages", a.max(b) as f64), ("threads", (a + b) as f64 / THREADS as f64)].map(|(strategy, predicted)| {
        Pipeline::new(strategy, format!("delay={a},delay={b}"), FRAMES)
            .workers(THREADS)
            .figure(called(case, strategy), "ms a frame", ms_a_frame)
            .predicted(predicted)
    })
}

fn checks(measured: &Measured) -> Vec<Expectation> {
    let check = |case: &str| {
        let [stages, workers] = ["stages", "threads"].map(|strategy| called(case, strategy));
        Expectation::ratio(measured, &format!("{case}: stages ÷ workers"), &stages, &workers)
    };
    let by_law = UNBALANCED.1[1] as f64 * THREADS as f64 / (UNBALANCED.1[0] + UNBALANCED.1[1]) as f64;
    vec![
        check(BALANCED.0).about_one(0.12, "balanced stages and workers are not equally fast"),
        check(UNBALANCED.0).within(by_law * 0.85..=by_law * 1.15, "unbalanced stages do not lose what the law says"),
    ]
}

fn called(case: &str, strategy: &str) -> String {
    let strategy = if strategy == "threads" { "workers" } else { strategy };
    format!("{case}, {strategy}")
}
