//! What a worker adds when memory is shared and when it is not.

use anyhow::Result;

use super::{About, Check, Lab, Lesson, Measured, Notes, Theory};
use crate::measure::Run;
use crate::strategy::Settings;

/// The lesson.
pub struct Memory;

const FRAMES: u64 = 60;
const FEW: usize = 1;
const MANY: usize = 5;

const BUFFER: &str = "a frame and its result";
const THREAD: &str = "a worker more, threads";
const PROCESS: &str = "a worker more, processes";
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
            lab.run(strategy, "grayscale,delay=2", &Settings { workers, ..lab.settings(FRAMES) })
        };
        let added = |run: &Run| run.peak_memory as f64 - run.memory_at_start as f64;
        let worker = |strategy: &str| {
            let (few, many) = (run(strategy, FEW)?, run(strategy, MANY)?);
            anyhow::Ok(((added(&many) - added(&few)) / 1e6 / (MANY - FEW) as f64, many.buffers.made))
        };
        let shape = lab.shape();
        let buffer = (shape.bytes() + shape.to_gray().bytes()) as f64 / 1e6;
        let threads = |notes: &mut Notes| {
            let (mb, made) = worker("threads")?;
            notes.add(BUFFER, "MB", buffer);
            notes.add(THREAD, "MB", mb);
            notes.add(MADE, &format!("for {FRAMES} frames"), made as f64);
            Ok(())
        };
        let processes = |notes: &mut Notes| {
            notes.add(PROCESS, "MB", worker("processes")?.0);
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
            formula: "thread: its frame and result; process: these and its own data",
            predicted: vec![measured.from(THREAD, [BUFFER], |[buffer]| buffer), measured.always(MADE, 0.0)],
        }
    }

    fn checks(&self, measured: &Measured) -> Vec<Check> {
        let samples = |name| measured.samples(name);
        // A thread may add so little that a ratio would be one of chance.
        let beyond: Vec<f64> =
            samples(PROCESS).iter().zip(samples(THREAD)).map(|(process, thread)| process - thread).collect();
        vec![
            Check::value("MB that a process adds beyond what a thread adds", &beyond)
                .at_least(2.0)
                .or("a process took little more than a thread"),
            Check::value("frame buffers made while frames ran", samples(MADE))
                .at_most(MANY as f64)
                .or("frame buffers were made again and again"),
        ]
    }

    #[cfg(test)]
    fn made_up(&self) -> (Measured, Measured) {
        let figures = |process: f64| [(BUFFER, 0.3), (THREAD, 0.4), (MADE, 0.0), (PROCESS, process)];
        (Measured::made_up(2.0, &figures(17.5)), Measured::made_up(2.0, &figures(0.45)))
    }
}
