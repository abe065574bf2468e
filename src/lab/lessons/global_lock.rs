//! Under one lock, as in Python, waits still overlap and computation does not; processes get it back.

use super::experiment::{Arm, Experiment, wall_ms};
use super::judgment::Expectation;
use super::lesson::About;
use super::measured::Measured;
use super::scene::{Scene, SceneStep, Setting};

/// The lesson.
pub const GLOBAL_LOCK: Experiment = Experiment {
    about: About {
        name: "global-lock",
        claim: "Under one lock (Python's GIL) waits still overlap, computation does not; processes get it back.",
        drawing: "
       ┌▶ worker: lock(compute) ─┐
  capture ─┤         one lock        ├▶ deliver
       └▶ worker: lock(compute) ─┘",
        explanation: include_str!("global-lock.md"),
        next: "framerace compare synthetic:640x480@0x200 -s threads,global-lock,processes",
        on_frames: true,
    },
    title: |_| format!("{FRAMES} frames that wait {MS} ms each, or compute {MS} ms each, with {WORKERS} workers"),
    arms,
    law: "one at a time under a lock",
    formula: "T = work ÷ how many may be at it at once",
    checks,
    scene: Some(&SCENE),
    #[cfg(test)]
    made_up: super::experiment::MadeUp {
        cores: 2.0,
        holds: &[82.5, 83.5, 82.3, 161.5, 84.5],
        fails: &[82.5, 83.5, 82.3, 161.5, 160.5],
    },
};

const FRAMES: u64 = 40;
const MS: u64 = 4;
const WORKERS: usize = 2;

const WAIT_THREADS: &str = "waiting, threads";
const WAIT_LOCK: &str = "waiting, one lock";
const THREADS: &str = "computing, threads";
const LOCK: &str = "computing, one lock";
const PROCESSES: &str = "computing, processes";

const SCENE: Scene = Scene {
    size: (320, 240),
    camera: None,
    chain: "grayscale,delay=8,spin=4",
    steps: &[
        SceneStep {
            caption: "Two workers, threads: each waits 8 ms and computes for 4 ms a frame, side by side.",
            settings: &[Setting::Workers(2)],
        },
        SceneStep {
            caption: "The same under one lock: who waits does not hold it, so there is little to wait for.",
            settings: &[Setting::Strategy("global-lock")],
        },
        SceneStep {
            caption: "More computation, 12 ms a frame: now the lock sets the pace.",
            settings: &[Setting::Slowed("spin", 200.0)],
        },
        SceneStep {
            caption: "Four workers: the lock lets no more computation through.",
            settings: &[Setting::Workers(4)],
        },
        SceneStep {
            caption: "Processes have a lock each: they compute side by side again, as far as there are cores.",
            settings: &[Setting::Strategy("processes")],
        },
    ],
};

fn arms(cores: f64) -> Vec<Arm> {
    let workers = WORKERS as f64;
    let arm = |name, strategy, filter: &str, at_once: f64| {
        Arm::new(strategy, format!("{filter}={MS}"), FRAMES)
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
    let [wait, wait_lock, threads, lock, processes] =
        [WAIT_THREADS, WAIT_LOCK, THREADS, LOCK, PROCESSES].map(|name| measured.samples(name));
    vec![
        Expectation::cores(measured, WORKERS as f64),
        Expectation::ratio("waiting: one lock ÷ threads", wait_lock, wait)
            .about(1.0, 0.15)
            .or("the lock held up who waited"),
        Expectation::ratio("computing: one lock ÷ threads", lock, threads)
            .at_least(1.5)
            .or("computation went on in spite of the lock"),
        Expectation::ratio("computing: one lock ÷ processes", lock, processes)
            .at_least(1.5)
            .or("processes did not get the computation back"),
    ]
}
