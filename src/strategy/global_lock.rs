//! `global-lock`: threads that must hold one lock to compute, as Python's must hold the global interpreter lock.
//!
//! ```text
//!                     ┌▶ lock(filter) → lock(filter) ─┐
//! capture ─▶ queue ─▶ ┤           one lock            ├▶ queue ─▶ reorder → sink
//!                     └▶ lock(filter) → lock(filter) ─┘
//! ```
//!
//! A filter that waits (`delay`) does not hold the lock while it does, as a Python thread in `sleep` or in a read
//! does not. Capture and sink are outside the lock: they stand for native code that lets go of it.

use std::sync::{Mutex, PoisonError};

use anyhow::Result;

use super::{About, Strategy};
use crate::filter::{FilterWork, Nature};
use crate::metrics::{StageTimer, Topology};
use crate::pipeline::Job;
use crate::pipeline::threads::run_threads;
use crate::sink::Sink;
use crate::source::Opener;

/// Threads under one lock.
pub struct GlobalLock;

impl Strategy for GlobalLock {
    fn about(&self) -> About {
        About {
            name: "global-lock",
            topology: Topology::OneLock,
            joined: "as threads, but a filter computes only while it holds the one lock (Python's GIL)",
            wins: "never; it waits as well as threads do when filters wait for input and output",
            loses: "on computation: one filter at a time, whatever the number of cores",
        }
    }

    fn run(&self, job: &Job<'_>, input: &Opener, sink: &mut dyn Sink) -> Result<()> {
        let pool = job.pool(job.workers)?;
        let capture = job.capture(input.open()?, &pool);
        let (chains, stage) = job.chains(job.workers)?;
        let (deliver, clock) = job.deliver(sink);
        let (to_workers, frames) = job.queue("capture-chain", &pool);
        let (to_deliver, finished) = job.queue("chain-sink", &pool);
        // The standard library's: how it is handed from one to the next is part of what is measured.
        let lock = &Mutex::new(());
        run_threads(&pool, |threads| {
            for mut chain in chains {
                let (frames, to_deliver, clock) = (frames.clone(), to_deliver.clone(), stage.clock());
                threads.spawn("worker", move || {
                    let locked = |timer: &StageTimer<'_>, nature, work: &mut FilterWork<'_>| {
                        let hold = || timer.locked(|| lock.lock().unwrap_or_else(PoisonError::into_inner));
                        let _held = (nature != Nature::Wait).then(hold);
                        work()
                    };
                    for frame in frames.frames(&clock) {
                        if to_deliver.send(chain.filter_each(frame, &clock, locked)?, &clock).is_break() {
                            break;
                        }
                    }
                    Ok(())
                })?;
            }
            drop((frames, to_deliver));
            threads.spawn("capture", move || capture.run(&to_workers))?;
            deliver.run(finished.frames(&clock), &clock)
        })
    }
}
