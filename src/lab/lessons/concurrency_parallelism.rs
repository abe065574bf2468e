//! Progress together is not progress at once: one core takes turns, two compute at the same time.

use super::experiment::{Arm, Experiment, wall_ms};
use super::judgment::Expectation;
use super::lesson::About;
use super::measured::Measured;
use crate::metrics::Run;

/// The lesson.
pub const CONCURRENCY_PARALLELISM: Experiment = Experiment {
    about: About {
        name: "concurrency-parallelism",
        claim: "Progress together (concurrency) is not progress at once (parallelism): one core takes turns.",
        drawing: "
  one core:   A B A B A B A B       both get on, one computes
  all cores:  A A A A               both get on, both compute
          B B B B",
        explanation: include_str!("concurrency-parallelism.md"),
        next: "framerace run synthetic:320x240@0x100 -f spin=5 -w 2 --trace trace.json",
        on_frames: true,
    },
    title: |_| format!("{FRAMES} frames that compute {MS} ms each, with {WORKERS} workers, on one core and on all"),
    arms,
    law: "cores share the work",
    formula: "T = work ÷ min(workers, cores); in work at once = workers",
    checks,
    scene: None,
    #[cfg(test)]
    made_up: super::experiment::MadeUp {
        cores: 2.0,
        holds: &[241.5, 1.96, 0.99, 122.5, 1.97, 1.95],
        fails: &[241.5, 1.96, 0.99, 240.5, 1.97, 1.02],
    },
};

const FRAMES: u64 = 60;
const MS: u64 = 4;
const WORKERS: usize = 2;

/// Where it runs.
const PLACES: [&str; 2] = ["one core", "all cores"];

fn arms(cores: f64) -> Vec<Arm> {
    let arm = |(place, cores): (&str, f64)| {
        let at_once = cores.min(WORKERS as f64);
        Arm::new("threads", format!("spin={MS}"), FRAMES)
            .workers(WORKERS)
            .on_one_core(place == PLACES[0])
            .figure(total(place), "ms", wall_ms)
            .predicted((FRAMES * MS) as f64 / at_once)
            .figure(in_work_on(place), "frames at once", in_work)
            .predicted(WORKERS as f64)
            .figure(computing_on(place), "cores at once", |run| run.cpu_s / run.wall_s)
            .predicted(at_once)
    };
    [(PLACES[0], 1.0), (PLACES[1], cores)].map(arm).into()
}

/// Frames that were in work at the same time, on average.
fn in_work(run: &Run) -> f64 {
    let chain = run.stages.iter().find(|stage| stage.name == "chain");
    chain.map_or(0.0, |chain| chain.busy * chain.workers as f64)
}

fn checks(measured: &Measured) -> Vec<Expectation> {
    let [together, apart] = PLACES.map(|place| measured.samples(&total(place)));
    let [one, all] = PLACES.map(|place| measured.samples(&computing_on(place)));
    vec![
        Expectation::cores(measured, WORKERS as f64),
        Expectation::value("frames in work at once on one core", measured.samples(&in_work_on(PLACES[0])))
            .at_least(1.7)
            .or("the two did not get on together"),
        Expectation::value("cores computing at once there", one).at_most(1.1).or("more than one core was in use"),
        Expectation::value("cores computing at once on all", all).at_least(1.5).or("the two did not compute at once"),
        Expectation::ratio("time on one core ÷ on all", together, apart).at_least(1.5).or("a second core did not help"),
    ]
}

fn total(place: &str) -> String {
    format!("{place}, both")
}

fn in_work_on(place: &str) -> String {
    format!("{place}, in work")
}

fn computing_on(place: &str) -> String {
    format!("{place}, computing")
}
