//! `sequential`: one thread, no queue. The baseline: what the same work takes without any concurrency.
//!
//! ```text
//! capture → filter → filter → sink        one frame, one buffer, one thread
//! ```

use anyhow::Result;

use super::{About, Strategy};
use crate::frame::FramePool;
use crate::metrics::Topology;
use crate::pipeline::Job;
use crate::pipeline::threads::run_threads;
use crate::sink::Sink;
use crate::source::Opener;

/// One thread does everything.
pub struct Sequential;

impl Strategy for Sequential {
    fn about(&self) -> About {
        About {
            name: "sequential",
            topology: Topology::SingleThread,
            joined: "one thread captures, filters and delivers one frame after the other",
            wins: "one core, or frames so cheap that handing them over costs more than doing them",
            loses: "everywhere else: its time is the sum of all stages",
        }
    }

    fn run(&self, job: &Job<'_>, input: &Opener, sink: &mut dyn Sink) -> Result<()> {
        // One buffer will do, if the memory bound leaves room for it.
        job.buffers(1, job.input.bytes() + job.output.bytes())?;
        let pool = FramePool::heap(1, job.input, &[], job.output)?;
        let mut capture = job.capture(input.open()?, &pool);
        let (mut chains, stage) = job.chains(1)?;
        let (chain, clock) = (&mut chains[0], stage.clock());
        let (mut deliver, deliver_clock) = job.deliver(sink);
        // No other thread, but errors and panics end the run as they do elsewhere.
        run_threads(&pool, |_| {
            for frame in &mut capture {
                let frame = chain.filter(frame?, &clock)?;
                if deliver.take(frame, &deliver_clock)?.is_break() {
                    break;
                }
            }
            deliver.finish(&deliver_clock)
        })
    }
}
