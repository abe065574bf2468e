//! What a worker adds when memory is shared and when it is not.

use anyhow::Result;

use super::{Arm, Expectation, Lab, Lesson, Measured, Pipeline, Words, read};
use crate::metrics::Run;
use crate::pipeline::Policies;

pub static MEMORY: Lesson = Lesson {
    about: Words::new(|| read(include_str!("memory.md"))),
    title: |_, shape| format!("the memory (PSS) of runs with {FEW} worker and with {MANY}, {FRAMES} frames of {shape}"),
    arms,
    checks,
};

const FRAMES: u64 = 60;
const FEW: usize = 1;
const MANY: usize = 5;
const QUEUE: usize = 4;
/// Buffers beside those at work and those that wait: one in the hands of capture, one in those of the sink.
const HANDS: usize = 2;

const BUFFER: &str = "a frame and its result";
const THREAD: &str = "a worker more, threads";
const PROCESS: &str = "a worker more, processes";
const RESIDENT: &str = "the same, by RSS";
const MADE: &str = "buffers made while running";

fn arms(_: f64) -> Vec<Arm> {
    let frames = format!("for {FRAMES} frames");
    let threads = Arm::other(|lab| {
        let (few, many) = runs(lab, "threads")?;
        let buffer = (lab.shape().bytes() + lab.shape().to_gray().bytes()) as f64 / 1e6;
        let worker = a_worker(added(&few), added(&many));
        Ok(vec![buffer, worker, many.setup.in_flight as f64, many.buffers.made as f64])
    });
    let processes = Arm::other(|lab| {
        let (few, many) = runs(lab, "processes")?;
        let resident = a_worker(few.peak_resident as f64, many.peak_resident as f64);
        Ok(vec![a_worker(added(&few), added(&many)), resident])
    });
    vec![
        threads
            .value(BUFFER, "MB")
            .value(THREAD, "MB")
            .predicted_from([BUFFER], |[buffer]| buffer)
            .value("buffers of the pool", &frames)
            .predicted((MANY + 2 * QUEUE + HANDS) as f64)
            .value(MADE, &frames)
            .predicted(0.0),
        processes.value(PROCESS, "MB").value(RESIDENT, "MB"),
    ]
}

/// A run with few workers, and one with many.
fn runs(lab: &Lab<'_>, strategy: &'static str) -> Result<(Run, Run)> {
    let run = |workers| {
        let pipeline = Pipeline::new(strategy, "grayscale,delay=2", FRAMES).queue(QUEUE, Policies::default());
        pipeline.workers(workers).run(lab)
    };
    Ok((run(FEW)?, run(MANY)?))
}

fn checks(measured: &Measured) -> Vec<Expectation> {
    // A thread may add so little that a ratio would be one of chance.
    let pairs = measured.samples(PROCESS).iter().zip(measured.samples(THREAD));
    let beyond: Vec<f64> = pairs.map(|(process, thread)| process - thread).collect();
    vec![
        Expectation::median("MB that a process adds beyond what a thread adds", &beyond)
            .at_least(2.0, "a process took little more than a thread"),
        Expectation::ratio(measured, "a process more, by RSS ÷ by PSS", RESIDENT, PROCESS)
            .at_least(1.2, "processes share so little that RSS hardly counts it again"),
        Expectation::value(measured, "frame buffers made while frames ran", MADE)
            .at_most(MANY as f64, "frame buffers were made again and again"),
    ]
}

/// What a run added to the memory of the program, in bytes.
fn added(run: &Run) -> f64 {
    run.peak_memory as f64 - run.memory_at_start as f64
}

/// What one worker more takes, in MB, from what a run with few and one with many take in bytes.
fn a_worker(few: f64, many: f64) -> f64 {
    (many - few) / 1e6 / (MANY - FEW) as f64
}
