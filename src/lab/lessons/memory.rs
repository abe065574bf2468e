//! What a worker adds when memory is shared and when it is not.

use anyhow::Result;

use super::{About, Expectation, Lab, Lesson, Measured, Notes, Theory};
use crate::metrics::Run;
use crate::pipeline::Settings;

/// The lesson.
pub struct Memory;

const FRAMES: u64 = 60;
const FEW: usize = 1;
const MANY: usize = 5;
const QUEUE: usize = 4;
/// Buffers beside those at work and those that wait: one in the hands of capture, one in those of deliver.
const HANDS: usize = 2;

const BUFFER: &str = "a frame and its result";
const THREAD: &str = "a worker more, threads";
const PROCESS: &str = "a worker more, processes";
const RESIDENT: &str = "the same, by RSS";
const POOL: &str = "buffers of the pool";
const MADE: &str = "buffers made while running";

impl Lesson for Memory {
    fn about(&self) -> About {
        About {
            name: "memory",
            claim: "A thread more adds room for one frame more; a process more adds a copy of the program's own data.",
            drawing: "
  threads:    [ program, frames, worker, worker ]

  processes:  [ program, frames ]─┬─[ program, worker ]
                                  └─[ program, worker ]",
            explanation: include_str!("memory.md"),
            next: "framerace compare synthetic:640x480@0x200 -s threads,processes -w 4 -v",
            on_frames: true,
        }
    }

    fn measure(&self, lab: &Lab<'_>) -> Result<Measured> {
        let run = |strategy: &str, workers: usize| {
            lab.run(strategy, "grayscale,delay=2", &Settings { workers, queue: QUEUE, ..lab.settings(FRAMES) })
        };
        let pair = |strategy: &str| anyhow::Ok((run(strategy, FEW)?, run(strategy, MANY)?));
        let shape = lab.shape();
        let buffer = (shape.bytes() + shape.to_gray().bytes()) as f64 / 1e6;
        let threads = |notes: &mut Notes| {
            let (few, many) = pair("threads")?;
            notes.add(BUFFER, "MB", buffer);
            notes.add(THREAD, "MB", a_worker(added(&few), added(&many)));
            let frames = format!("for {FRAMES} frames");
            notes.add(POOL, &frames, many.setup.in_flight as f64);
            notes.add(MADE, &frames, many.buffers.made as f64);
            Ok(())
        };
        let processes = |notes: &mut Notes| {
            let (few, many) = pair("processes")?;
            notes.add(PROCESS, "MB", a_worker(added(&few), added(&many)));
            notes.add(RESIDENT, "MB", a_worker(few.peak_resident as f64, many.peak_resident as f64));
            Ok(())
        };
        lab.rounds(
            format!("the memory (PSS) of runs with {FEW} worker and with {MANY}, {FRAMES} frames of {shape}"),
            &[&threads, &processes],
        )
    }

    fn predict(&self, measured: &Measured) -> Theory {
        Theory {
            law: "what is shared counts once",
            formula: "thread: its frame and result; process: these and its own data; pool: workers + 2 × queue + 2 buffers, \
                      made once",
            predicted: vec![
                measured.from(THREAD, [BUFFER], |[buffer]| buffer),
                measured.always(POOL, (MANY + 2 * QUEUE + HANDS) as f64),
                measured.always(MADE, 0.0),
            ],
        }
    }

    fn checks(&self, measured: &Measured) -> Vec<Expectation> {
        let samples = |name| measured.samples(name);
        // A thread may add so little that a ratio would be one of chance.
        let beyond: Vec<f64> =
            samples(PROCESS).iter().zip(samples(THREAD)).map(|(process, thread)| process - thread).collect();
        vec![
            Expectation::value("MB that a process adds beyond what a thread adds", &beyond)
                .at_least(2.0)
                .or("a process took little more than a thread"),
            Expectation::ratio("a process more, by RSS ÷ by PSS", samples(RESIDENT), samples(PROCESS))
                .at_least(1.2)
                .or("processes share so little that RSS hardly counts it again"),
            Expectation::value("frame buffers made while frames ran", samples(MADE))
                .at_most(MANY as f64)
                .or("frame buffers were made again and again"),
        ]
    }

    #[cfg(test)]
    fn made_up(&self) -> (Measured, Measured) {
        let figures = |process: f64| {
            [(BUFFER, 0.3), (THREAD, 0.4), (POOL, 15.0), (MADE, 0.0), (PROCESS, process), (RESIDENT, 71.5)]
        };
        (Measured::made_up(2.0, &figures(17.5)), Measured::made_up(2.0, &figures(0.45)))
    }
}

/// What a run added to the memory of the program, in bytes.
fn added(run: &Run) -> f64 {
    run.peak_memory as f64 - run.memory_at_start as f64
}

/// What one worker more takes, in MB, from what a run with few and one with many take in bytes.
fn a_worker(few: f64, many: f64) -> f64 {
    (many - few) / 1e6 / (MANY - FEW) as f64
}
