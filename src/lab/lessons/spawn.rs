//! What starting a thread and a process costs, and why a pool is started once.

use std::process::Stdio;
use std::sync::mpsc::channel;
use std::thread::{scope, spawn};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};

use super::{About, Expectation, Lab, Lesson, Measured, Notes, Theory};
use crate::child::WorkerCommand;
use crate::pipeline::Settings;
use crate::statistics::median;

/// The lesson.
pub struct Spawn;

const TASKS: u32 = 500;
const FRAMES: u64 = 100;
/// Frames that get a process each: few, as each takes a tenth of a second or so.
const FEW: u64 = 4;

const THREAD: &str = "a thread, start to end";
const PROCESS: &str = "a process, start to end";
const THREAD_EACH: &str = "a task, a thread for each";
const THREAD_POOL: &str = "a task, a thread for all";
const PROCESS_EACH: &str = "a frame, a process for each";
const PROCESS_ALL: &str = "a frame, a process for all, with start";
const PROCESS_POOL: &str = "a frame, to a process that runs";

impl Lesson for Spawn {
    fn about(&self) -> About {
        About {
            name: "spawn",
            claim: "Starting a process costs far more than starting a thread, and a pool pays its start only once.",
            drawing: "
  one for each:  start ─ task ─ end ─ start ─ task ─ end ─ …
  a pool:        start ─ task ─ task ─ task ─ task ─ …",
            explanation: include_str!("spawn.md"),
            next: "framerace price --size 640x480",
            on_frames: true,
        }
    }

    fn measure(&self, lab: &Lab<'_>) -> Result<Measured> {
        let processes = |notes: &mut Notes| {
            let times: Result<Vec<f64>> = (0..3).map(|_| start_process(lab.worker_command())).collect();
            notes.add(PROCESS, "µs", median(&times?));
            Ok(())
        };
        let by_processes =
            |frames: u64| lab.run("processes", "grayscale", &Settings { workers: 1, ..lab.settings(frames) });
        let process_each = |notes: &mut Notes| {
            let from = Instant::now();
            (0..FEW).try_for_each(|_| by_processes(1).map(drop))?;
            notes.add(PROCESS_EACH, "µs", us(from.elapsed()) / FEW as f64);
            Ok(())
        };
        let process_for_all = |notes: &mut Notes| {
            let from = Instant::now();
            by_processes(FEW)?;
            notes.add(PROCESS_ALL, "µs", us(from.elapsed()) / FEW as f64);
            Ok(())
        };
        let pool_of_processes = |notes: &mut Notes| {
            let run = by_processes(FRAMES)?;
            let mut parts = run.stages.iter().flat_map(|stage| &stage.parts);
            let hand_over = parts.find(|part| part.name == "hand-over").context("nothing was handed over")?;
            notes.add(PROCESS_POOL, "µs", hand_over.service_ms.p50 * 1e3);
            Ok(())
        };
        lab.rounds(
            format!(
                "{TASKS} tasks with nothing to do for threads; {FEW} frames with a worker process for each and with one \
                 for all; {FRAMES} frames handed to one that runs"
            ),
            &[&threads, &pool_of_threads, &processes, &process_each, &process_for_all, &pool_of_processes],
        )
    }

    fn predict(&self, measured: &Measured) -> Theory {
        Theory {
            law: "a start is shared by all it serves",
            formula: "cost of a task = start ÷ tasks + hand-over",
            predicted: vec![
                measured.from(THREAD_EACH, [THREAD], |[start]| start),
                measured.from(PROCESS_ALL, [PROCESS_EACH], |[start]| start / FEW as f64),
            ],
        }
    }

    fn checks(&self, measured: &Measured) -> Vec<Expectation> {
        let samples = |name| measured.samples(name);
        vec![
            Expectation::ratio("a process ÷ a thread, start to end", samples(PROCESS), samples(THREAD))
                .at_least(10.0)
                .or("a process starts nearly as fast as a thread"),
            Expectation::ratio("a thread for each task ÷ one for all", samples(THREAD_EACH), samples(THREAD_POOL))
                .at_least(2.0)
                .or("a pool of threads saved little"),
            Expectation::ratio("a process for each frame ÷ one for all", samples(PROCESS_EACH), samples(PROCESS_ALL))
                .at_least(2.0)
                .or("a pool of processes saved little"),
            Expectation::ratio("starting a process ÷ handing it a frame", samples(PROCESS), samples(PROCESS_POOL))
                .at_least(10.0)
                .or("handing a frame to a process costs nearly as much as starting one"),
        ]
    }

    #[cfg(test)]
    fn made_up(&self) -> (Measured, Measured) {
        let figures = |process: f64| {
            let threads = [(THREAD, 31.5), (THREAD_EACH, 32.5), (THREAD_POOL, 1.5)];
            let each = [(PROCESS_EACH, 90_000.5), (PROCESS_ALL, 23_000.5), (PROCESS_POOL, 21.5)];
            threads.into_iter().chain([(PROCESS, process)]).chain(each).collect::<Vec<_>>()
        };
        (Measured::made_up(2.0, &figures(40_000.5)), Measured::made_up(2.0, &figures(60.5)))
    }
}

fn us(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// One thread after the other, each for one task.
fn threads(notes: &mut Notes) -> Result<()> {
    let start = |_| {
        let from = Instant::now();
        spawn(|| ()).join().map_err(|_| anyhow!("a thread with nothing to do failed"))?;
        Ok(us(from.elapsed()))
    };
    let times: Result<Vec<f64>> = (0..TASKS).map(start).collect();
    let times = times?;
    notes.add(THREAD, "µs", median(&times));
    notes.add(THREAD_EACH, "µs", times.iter().sum::<f64>() / f64::from(TASKS));
    Ok(())
}

/// One thread for all tasks, its start and its end included.
fn pool_of_threads(notes: &mut Notes) -> Result<()> {
    let (from, (to_thread, tasks), (done, results)) = (Instant::now(), channel::<u32>(), channel::<u32>());
    let back = scope(|s| {
        s.spawn(move || tasks.into_iter().try_for_each(|task| done.send(task)));
        (0..TASKS).try_for_each(|task| to_thread.send(task))?;
        drop(to_thread);
        anyhow::Ok(results.into_iter().count())
    })?;
    ensure!(back == TASKS as usize, "{back} of {TASKS} tasks came back");
    notes.add(THREAD_POOL, "µs", us(from.elapsed()) / f64::from(TASKS));
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
