//! `threads`: every worker does the whole chain on a frame; all share one queue. Several inputs have a queue each, from
//! which all workers take frames in turn.
//!
//! ```text
//!                     ┌▶ worker: filter → filter ─┐
//! capture ─▶ queue ─▶ ┼▶ worker: filter → filter ─┼▶ queue ─▶ reorder → sink
//!                     └▶ worker: filter → filter ─┘
//! ```

use anyhow::Result;

use super::{About, Sharing, Strategy, as_one_of_several};
use crate::metrics::Topology;
use crate::pipeline::threads::run_threads_of_all;
use crate::pipeline::{InputJob, InputPath, Job, SharedWorkers, run_paths};
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
            several: "N threads for all inputs: each takes frames of the inputs in turn, of each the oldest",
            wins: "nearly always: no frame is copied, and any mix of filters keeps all cores busy",
            loses: "when one stage outside the chain is the bottleneck, or a filter may crash the process",
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
        let pools = paths.iter().map(|path| path.pool.clone()).collect();
        run_threads_of_all(pools, |threads| {
            for worker in workers {
                threads.spawn("worker", move || worker.work(|chain, frame, clock| chain.filter(frame, clock)))?;
            }
            run_paths(threads, paths)
        })
    }
}
