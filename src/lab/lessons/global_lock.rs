//! Under one lock, as in Python, waits still overlap and computation does not; processes get it back.

use anyhow::Result;

use super::{About, Check, Lab, Lesson, Measured, Notes, Scene, SceneStep, Setting, Theory};
use crate::pipeline::Settings;

/// The lesson.
pub struct GlobalLock;

const FRAMES: u64 = 40;
const MS: u64 = 4;
const WORKERS: usize = 2;

const WAIT_THREADS: &str = "waiting, threads";
const WAIT_LOCK: &str = "waiting, one lock";
const THREADS: &str = "computing, threads";
const LOCK: &str = "computing, one lock";
const PROCESSES: &str = "computing, processes";

/// To be watched.
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

impl Lesson for GlobalLock {
    fn about(&self) -> About {
        About {
            name: "global-lock",
            claim: "Under one lock (Python's GIL) waits still overlap, computation does not; processes get it back.",
            drawing: "
           ┌▶ worker: lock(compute) ─┐
  capture ─┤         one lock        ├▶ deliver
           └▶ worker: lock(compute) ─┘",
            explanation: include_str!("global-lock.md"),
            next: "framerace compare synthetic:640x480@0x200 -s threads,global-lock,processes",
            on_frames: true,
        }
    }

    fn measure(&self, lab: &Lab<'_>) -> Result<Measured> {
        let total = |name: &'static str, strategy: &'static str, filter: &'static str| {
            move |notes: &mut Notes| {
                let settings = Settings { workers: WORKERS, ..lab.settings(FRAMES) };
                notes.add(name, "ms", lab.run(strategy, &format!("{filter}={MS}"), &settings)?.wall_s * 1e3);
                Ok(())
            }
        };
        lab.rounds(
            format!("{FRAMES} frames that wait {MS} ms each, or compute {MS} ms each, with {WORKERS} workers"),
            &[
                &total(WAIT_THREADS, "threads", "delay"),
                &total(WAIT_LOCK, "global-lock", "delay"),
                &total(THREADS, "threads", "spin"),
                &total(LOCK, "global-lock", "spin"),
                &total(PROCESSES, "processes", "spin"),
            ],
        )
    }

    fn predict(&self, measured: &Measured) -> Theory {
        let (all, workers) = ((FRAMES * MS) as f64, WORKERS as f64);
        let cores = workers.min(measured.cores);
        let totals = [(WAIT_THREADS, workers), (WAIT_LOCK, workers), (THREADS, cores), (LOCK, 1.0), (PROCESSES, cores)];
        Theory {
            law: "one at a time under a lock",
            formula: "T = work ÷ how many may be at it at once",
            predicted: totals.map(|(name, at_once)| measured.always(name, all / at_once)).into(),
        }
    }

    fn checks(&self, measured: &Measured) -> Vec<Check> {
        let [wait, wait_lock, threads, lock, processes] =
            [WAIT_THREADS, WAIT_LOCK, THREADS, LOCK, PROCESSES].map(|name| measured.samples(name));
        vec![
            Check::cores(measured, WORKERS as f64),
            Check::ratio("waiting: one lock ÷ threads", wait_lock, wait)
                .about(1.0, 0.15)
                .or("the lock held up who waited"),
            Check::ratio("computing: one lock ÷ threads", lock, threads)
                .at_least(1.5)
                .or("computation went on in spite of the lock"),
            Check::ratio("computing: one lock ÷ processes", lock, processes)
                .at_least(1.5)
                .or("processes did not get the computation back"),
        ]
    }

    fn scene(&self) -> Option<&'static Scene> {
        Some(&SCENE)
    }

    #[cfg(test)]
    fn made_up(&self) -> (Measured, Measured) {
        let figures = |processes: f64| {
            [(WAIT_THREADS, 82.5), (WAIT_LOCK, 83.5), (THREADS, 82.3), (LOCK, 161.5), (PROCESSES, processes)]
        };
        (Measured::made_up(2.0, &figures(84.5)), Measured::made_up(2.0, &figures(160.5)))
    }
}
