//! Progress together is not progress at once: one core takes turns, two compute at the same time.

use super::{Arm, Expectation, Lesson, Measured, Pipeline, Words, read, wall_ms};
use crate::metrics::Run;

pub static CONCURRENCY_PARALLELISM: Lesson = Lesson {
    about: Words::new(|| read(include_str!("concurrency-parallelism.md"))),
    title: |_, _| format!("{FRAMES} frames that compute {MS} ms each, with {WORKERS} workers, on one core and on all"),
    arms: |cores| vec![arm(PLACES[0], 1.0), arm(PLACES[1], cores)],
    checks,
};

const FRAMES: u64 = 60;
const MS: u64 = 4;
const WORKERS: usize = 2;

const PLACES: [&str; 2] = ["one core", "all cores"];

fn arm(place: &str, cores: f64) -> Arm {
    let at_once = cores.min(WORKERS as f64);
    Pipeline::new("threads", format!("spin={MS}"), FRAMES)
        .workers(WORKERS)
        .on_one_core(place == PLACES[0])
        .figure(called(place, "both"), "ms", wall_ms)
        .predicted((FRAMES * MS) as f64 / at_once)
        .figure(called(place, "in work"), "frames at once", in_work)
        .predicted(WORKERS as f64)
        .figure(called(place, "computing"), "cores at once", |run| run.cpu_s / run.wall_s)
        .predicted(at_once)
}

/// Frames that were in work at the same time, on average.
fn in_work(run: &Run) -> f64 {
    run.stage("chain").map_or(0.0, |chain| chain.busy * chain.workers as f64)
}

fn checks(measured: &Measured) -> Vec<Expectation> {
    let [one, all] = PLACES;
    vec![
        Expectation::cores(measured, WORKERS as f64),
        Expectation::value(measured, "frames in work at once on one core", &called(one, "in work"))
            .at_least(1.7, "the two did not get on together"),
        Expectation::value(measured, "cores computing at once there", &called(one, "computing"))
            .at_most(1.1, "more than one core was in use"),
        Expectation::value(measured, "cores computing at once on all", &called(all, "computing"))
            .at_least(1.5, "the two did not compute at once"),
        Expectation::ratio(measured, "time on one core ÷ on all", &called(one, "both"), &called(all, "both"))
            .at_least(1.5, "a second core did not help"),
    ]
}

fn called(place: &str, what: &str) -> String {
    format!("{place}, {what}")
}
