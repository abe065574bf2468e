//! Work that computes gains nothing beyond the cores.

use super::{Arm, Expectation, Lesson, Measured, Pipeline, Words, read, wall_ms};

pub static CPU_BOUND: Lesson = Lesson {
    about: Words::new(|| read(include_str!("cpu-bound.md"))),
    title: |cores, _| {
        let ((frames, ms), cores) = (work(cores), whole(cores));
        let many = MORE * cores;
        format!("{frames} frames that compute {ms} ms each, with 1, {cores} and {many} workers on {cores} cores")
    },
    arms,
    checks,
};

/// What all frames together compute, in milliseconds.
const COMPUTE_MS: f64 = 240.0;
/// Times as many workers as cores.
const MORE: usize = 4;

const ONE: &str = "1 worker";
const CORES: &str = "a worker a core";
const MANY: &str = "4 workers a core";

/// Frames, and what each computes, in milliseconds: so many that every worker gets as many as the others.
fn work(cores: f64) -> (usize, f64) {
    let most = MORE * whole(cores);
    let frames = most * 48_usize.div_ceil(most);
    (frames, (COMPUTE_MS / frames as f64 * 1e3).round() / 1e3)
}

/// Cores that can be used whole.
fn whole(cores: f64) -> usize {
    (cores as usize).max(1)
}

fn arms(cores: f64) -> Vec<Arm> {
    let (frames, ms) = work(cores);
    let arm = |name, workers, of_law: f64| {
        Pipeline::new("threads", format!("spin={ms}"), frames as u64)
            .workers(workers)
            .figure(name, "ms", wall_ms)
            .predicted(COMPUTE_MS / of_law.min(cores))
    };
    let all = whole(cores);
    vec![arm(ONE, 1, 1.0), arm(CORES, all, cores), arm(MANY, MORE * all, MORE as f64 * cores)]
}

fn checks(measured: &Measured) -> Vec<Expectation> {
    vec![
        Expectation::ratio(measured, "1 worker ÷ a worker a core", ONE, CORES).within(
            0.8 * measured.cores..=1.1 * measured.cores,
            "a worker a core is not as many times as fast as there are cores",
        ),
        Expectation::ratio(measured, "a worker a core ÷ 4 workers a core", CORES, MANY)
            .about_one(0.15, "workers beyond the cores made a difference"),
    ]
}
