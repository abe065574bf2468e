//! `threads`: every worker does the whole chain on a frame; all share one link.
//!
//! ```text
//!                    ┌▶ worker: filter → filter ─┐
//! capture ─▶ link ─▶ ┼▶ worker: filter → filter ─┼▶ link ─▶ reorder → deliver
//!                    └▶ worker: filter → filter ─┘
//! ```

use anyhow::Result;

use super::{About, Strategy};
use crate::pipeline::Job;
use crate::pipeline::threads::team;
use crate::sink::Sink;
use crate::source::Source;

/// A frame a worker.
pub struct Threads;

impl Strategy for Threads {
    fn name(&self) -> &'static str {
        "threads"
    }

    fn about(&self) -> About {
        About {
            joined: "N threads share one link, each does the whole chain on its frame",
            wins: "nearly always: no frame is copied, and any mix of filters keeps all cores busy",
            loses: "when one stage outside the chain is the bottleneck, or a filter may crash the process",
        }
    }

    fn run(&self, job: &Job<'_>, source: Box<dyn Source>, sink: &mut dyn Sink) -> Result<()> {
        let pool = job.pool(job.workers)?;
        let capture = job.capture(source, &pool);
        let (chains, stage) = job.chains(job.workers)?;
        let (deliver, clock) = job.deliver(sink);
        let (to_workers, frames) = job.link("capture-chain", &pool);
        let (to_deliver, finished) = job.link("chain-deliver", &pool);
        team(&pool, |team| {
            for mut chain in chains {
                let (frames, to_deliver, clock) = (frames.clone(), to_deliver.clone(), stage.clock());
                team.spawn("worker", move || {
                    chain.work(frames.frames(&clock), &clock, |frame| to_deliver.send(frame, &clock))
                })?;
            }
            drop((frames, to_deliver));
            team.spawn("capture", move || capture.run(&to_workers))?;
            deliver.run(finished.frames(&clock), &clock)
        })
    }
}
