//! Under one lock, as in Python, waits still overlap and computation does not; processes get it back.

use super::{Arm, Expectation, Lesson, Measured, Pipeline, Words, read, wall_ms};

pub static GLOBAL_LOCK: Lesson = Lesson {
    about: Words::new(|| read(include_str!("global-lock.md"))),
    title: |_, _| format!("{FRAMES} frames that wait {MS} ms each, or compute {MS} ms each, with {WORKERS} workers"),
    arms,
    checks,
};

const FRAMES: u64 = 40;
const MS: u64 = 4;
const WORKERS: usize = 2;

const WAIT_THREADS: &str = "waiting, threads";
const WAIT_LOCK: &str = "waiting, one lock";
const THREADS: &str = "computing, threads";
const LOCK: &str = "computing, one lock";
const PROCESSES: &str = "computing, processes";

fn arms(cores: f64) -> Vec<Arm> {
    let workers = WORKERS as f64;
    let arm = |name, strategy, filter: &str, at_once: f64| {
        Pipeline::new(strategy, format!("{filter}={MS}"), FRAMES)
            .workers(WORKERS)
            .figure(name, "ms", wall_ms)
            .predicted((FRAMES * MS) as f64 / at_once)
    };
    vec![
        arm(WAIT_THREADS, "threads", "delay", workers),
        arm(WAIT_LOCK, "global-lock", "delay", workers),
        arm(THREADS, "threads", "spin", workers.min(cores)),
        arm(LOCK, "global-lock", "spin", 1.0),
        arm(PROCESSES, "processes", "spin", workers.min(cores)),
    ]
}

fn checks(measured: &Measured) -> Vec<Expectation> {
    vec![
        Expectation::cores(measured, WORKERS as f64),
        Expectation::ratio(measured, "waiting: one lock ÷ threads", WAIT_LOCK, WAIT_THREADS)
            .about_one(0.15, "the lock held up who waited"),
        Expectation::ratio(measured, "computing: one lock ÷ threads", LOCK, THREADS)
            .at_least(1.5, "computation went on in spite of the lock"),
        Expectation::ratio(measured, "computing: one lock ÷ processes", LOCK, PROCESSES)
            .at_least(1.5, "processes did not get the computation back"),
    ]
}
