//! `threads`: every worker does the whole chain on a frame; all share one queue.
//!
//! ```text
//!                     ┌▶ worker: filter → filter ─┐
//! capture ─▶ queue ─▶ ┼▶ worker: filter → filter ─┼▶ queue ─▶ reorder → sink
//!                     └▶ worker: filter → filter ─┘
//! ```

use anyhow::Result;

use super::{About, Strategy};
use crate::metrics::Topology;
use crate::pipeline::Job;
use crate::pipeline::threads::run_threads;
use crate::sink::Sink;
use crate::source::Opener;

/// A frame a worker.
pub struct Threads;

impl Strategy for Threads {
    fn about(&self) -> About {
        About {
            name: "threads",
            topology: Topology::Workers,
            joined: "N threads share one queue, each does the whole chain on its frame",
            wins: "nearly always: no frame is copied, and any mix of filters keeps all cores busy",
            loses: "when one stage outside the chain is the bottleneck, or a filter may crash the process",
        }
    }

    fn run(&self, job: &Job<'_>, input: &Opener, sink: &mut dyn Sink) -> Result<()> {
        let pool = job.pool(job.workers)?;
        let capture = job.capture(input.open()?, &pool);
        let (chains, stage) = job.chains(job.workers)?;
        let (deliver, clock) = job.deliver(sink);
        let (to_workers, frames) = job.queue("capture-chain", &pool);
        let (to_deliver, finished) = job.queue("chain-sink", &pool);
        run_threads(&pool, |threads| {
            for mut chain in chains {
                let (frames, to_deliver, clock) = (frames.clone(), to_deliver.clone(), stage.clock());
                threads.spawn("worker", move || {
                    chain.work(frames.frames(&clock), &clock, |frame| to_deliver.send(frame, &clock))
                })?;
            }
            drop((frames, to_deliver));
            threads.spawn("capture", move || capture.run(&to_workers))?;
            deliver.run(finished.frames(&clock), &clock)
        })
    }
}
