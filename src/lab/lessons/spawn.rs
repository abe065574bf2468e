//! What starting a thread and a process costs, and why a pool is started once.

use std::process::Stdio;
use std::sync::mpsc::channel;
use std::thread::{Builder, scope};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};

use super::{Arm, Expectation, Lab, Lesson, Measured, Pipeline, Words, handoff_us, read};
use crate::child::WorkerCommand;
use crate::host::shortage::start;
use crate::statistics::median;

pub static SPAWN: Lesson = Lesson {
    about: Words::new(|| read(include_str!("spawn.md"))),
    title: |_, _| {
        format!(
            "{TASKS} tasks with nothing to do for threads; {FEW} frames with a worker process for each and with one for \
             all; {FRAMES} frames handed to one that runs"
        )
    },
    arms,
    checks,
};

const TASKS: u32 = 500;
const FRAMES: u64 = 100;
/// Frames that get a process each: few, as each takes a tenth of a second or so.
const FEW: u32 = 4;

const THREAD: &str = "a thread, start to end";
const PROCESS: &str = "a process, start to end";
const THREAD_EACH: &str = "a task, a thread for each";
const THREAD_POOL: &str = "a task, a thread for all";
const PROCESS_EACH: &str = "a frame, a process for each";
const PROCESS_ALL: &str = "a frame, a process for all, with start";
const PROCESS_POOL: &str = "a frame, to a process that runs";

fn arms(_: f64) -> Vec<Arm> {
    let each = |lab: &Lab<'_>| (0..FEW).try_for_each(|_| by_process(1).run(lab).map(drop));
    let for_all = |lab: &Lab<'_>| by_process(FEW.into()).run(lab).map(drop);
    vec![
        Arm::other(|_| threads())
            .value(THREAD, "µs")
            .value(THREAD_EACH, "µs")
            .predicted_from([THREAD], |[start]| start),
        Arm::other(|_| us_each(TASKS, pool_of_threads)).value(THREAD_POOL, "µs"),
        Arm::other(|lab| {
            let times: Result<Vec<f64>> = (0..3).map(|_| start_process(&lab.worker_command)).collect();
            Ok(vec![median(&times?)])
        })
        .value(PROCESS, "µs"),
        Arm::other(move |lab| us_each(FEW, || each(lab))).value(PROCESS_EACH, "µs"),
        Arm::other(move |lab| us_each(FEW, || for_all(lab)))
            .value(PROCESS_ALL, "µs")
            .predicted_from([PROCESS_EACH], |[start]| start / f64::from(FEW)),
        by_process(FRAMES).figure(PROCESS_POOL, "µs", handoff_us),
    ]
}

fn checks(measured: &Measured) -> Vec<Expectation> {
    vec![
        Expectation::ratio(measured, "a process ÷ a thread, start to end", PROCESS, THREAD)
            .at_least(10.0, "a process starts nearly as fast as a thread"),
        Expectation::ratio(measured, "a thread for each task ÷ one for all", THREAD_EACH, THREAD_POOL)
            .at_least(2.0, "a pool of threads saved little"),
        Expectation::ratio(measured, "a process for each frame ÷ one for all", PROCESS_EACH, PROCESS_ALL)
            .at_least(2.0, "a pool of processes saved little"),
        Expectation::ratio(measured, "starting a process ÷ handing it a frame", PROCESS, PROCESS_POOL)
            .at_least(10.0, "handing a frame to a process costs nearly as much as starting one"),
    ]
}

fn by_process(frames: u64) -> Pipeline {
    Pipeline::new("processes", "grayscale", frames).workers(1)
}

/// Microseconds that some work takes for each of so many.
fn us_each(many: u32, work: impl FnOnce() -> Result<()>) -> Result<Vec<f64>> {
    let from = Instant::now();
    work()?;
    Ok(vec![us(from.elapsed()) / f64::from(many)])
}

fn us(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// One thread after the other, each for one task: the middle time, and the mean.
fn threads() -> Result<Vec<f64>> {
    let start = |_| {
        let from = Instant::now();
        Builder::new().spawn(|| ())?.join().map_err(|_| anyhow!("a thread with nothing to do failed"))?;
        Ok(us(from.elapsed()))
    };
    let times: Vec<f64> = (0..TASKS).map(start).collect::<Result<_>>()?;
    Ok(vec![median(&times), times.iter().sum::<f64>() / f64::from(TASKS)])
}

/// One thread for all tasks, its start and its end included.
fn pool_of_threads() -> Result<()> {
    let ((to_thread, tasks), (done, results)) = (channel::<u32>(), channel::<u32>());
    let back = scope(|s| {
        start(s, move || tasks.into_iter().try_for_each(|task| done.send(task)))?;
        (0..TASKS).try_for_each(|task| to_thread.send(task))?;
        drop(to_thread);
        anyhow::Ok(results.into_iter().count())
    })?;
    ensure!(back == TASKS as usize, "{back} of {TASKS} tasks came back");
    Ok(())
}

/// This same program, which says its version and ends.
fn start_process(program: &WorkerCommand) -> Result<f64> {
    let from = Instant::now();
    let mut command = program.command(&["--version"]);
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let status = status.with_context(|| format!("cannot start {program}"))?;
    ensure!(status.success(), "{program} --version ended with {status}");
    Ok(us(from.elapsed()))
}
