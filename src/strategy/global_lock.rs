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

use super::{About, Sharing, Strategy, as_one_of_several};
use crate::filter::{ChainInstance, FilterWork, Nature};
use crate::metrics::{StageTimer, Topology};
use crate::pipeline::threads::run_threads_of_all;
use crate::pipeline::{InputJob, InputPath, Job, SharedWorkers, run_paths};
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
            several: "as threads: N threads and one lock for all inputs",
            wins: "never; it waits as well as threads do when filters wait for input and output",
            loses: "on computation: one filter at a time, whatever the number of cores",
        }
    }

    fn sharing(&self) -> Sharing {
        Sharing::Shared
    }

    fn run(&self, job: &Job<'_>, input: &Opener, sink: &mut dyn Sink) -> Result<()> {
        as_one_of_several(self, job, input, sink)
    }

    fn run_inputs(&self, inputs: Vec<InputJob<'_>>) -> Result<()> {
        let (mut workers, mut paths) = (SharedWorkers::default(), Vec::new());
        for InputJob { job, opener, sink } in inputs {
            let pool = job.pool(job.workers)?;
            let capture = job.capture(opener.open()?, &pool);
            let chains = job.chains(job.workers)?;
            let deliver = job.deliver(sink);
            let (to_workers, frames) = job.queue("capture-chain", &pool);
            let (to_deliver, finished) = job.queue_to_sink(&pool);
            workers.add(chains, &frames, &to_deliver);
            let capture = Box::new(move || capture.run(&to_workers));
            paths.push(InputPath { pool, capture, finished, deliver });
        }
        // The standard library's: how it is handed from one to the next is part of what is measured.
        let lock = &Mutex::new(());
        let pools = paths.iter().map(|path| path.pool.clone()).collect();
        run_threads_of_all(pools, |threads| {
            for worker in workers {
                let locked = |timer: &StageTimer<'_>, nature, work: &mut FilterWork<'_>| {
                    let hold = || timer.locked(|| lock.lock().unwrap_or_else(PoisonError::into_inner));
                    let _held = (nature != Nature::Wait).then(hold);
                    work()
                };
                let filter = move |chain: &mut ChainInstance, frame, clock: &_| chain.filter_each(frame, clock, locked);
                threads.spawn("worker", move || worker.work(filter))?;
            }
            run_paths(threads, paths)
        })
    }
}
