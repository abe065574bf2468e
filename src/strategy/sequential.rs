//! `sequential`: one thread, no queue. The baseline: what the same work takes without any concurrency.
//!
//! ```text
//! capture → filter → filter → sink        one frame, one buffer, one thread
//! ```

use std::ops::ControlFlow;
use std::time::Duration;

use anyhow::Result;

use super::{About, Sharing, Strategy, as_one_of_several};
use crate::filter::ChainInstance;
use crate::frame::FramePool;
use crate::metrics::{StageClock, Topology};
use crate::pipeline::threads::run_threads_of_all;
use crate::pipeline::{Capture, Deliver, InputJob, Job};
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
            several: "one thread for all inputs: a frame of each in turn, of whichever has one",
            wins: "one core, or frames so cheap that handing them over costs more than doing them",
            loses: "everywhere else: its time is the sum of all stages",
        }
    }

    fn sharing(&self) -> Sharing {
        Sharing::Shared
    }

    fn run(&self, job: &Job<'_>, input: &Opener, sink: &mut dyn Sink) -> Result<()> {
        as_one_of_several(self, job, input, sink)
    }

    fn run_inputs(&self, inputs: Vec<InputJob<'_>>) -> Result<()> {
        let mut paths: Vec<_> = inputs.into_iter().map(Path::new).collect::<Result<_>>()?;
        let pools = paths.iter().map(|path| path.pool.clone()).collect();
        // No other thread, but errors and panics end the run as they do elsewhere.
        run_threads_of_all(pools, |_| {
            while !paths.is_empty() {
                let (mut at, mut waits) = (0, true);
                while let Some(path) = paths.get_mut(at) {
                    // The only one may wait in its source; of several, whichever has a frame comes next.
                    let ready = path.is_only || path.capture.ready(Duration::ZERO);
                    waits &= !ready;
                    if ready && path.turn()?.is_break() {
                        paths.remove(at).finish()?;
                    } else {
                        at += 1;
                    }
                }
                if let Some(first) = paths.first_mut().filter(|_| waits) {
                    first.capture.ready(PAUSE);
                }
            }
            Ok(())
        })
    }
}

/// How long one input is waited for while others may have a frame.
const PAUSE: Duration = Duration::from_micros(500);

/// The path of one input, on the one thread.
struct Path<'a> {
    is_only: bool,
    pool: FramePool,
    capture: Capture,
    chain: ChainInstance,
    clock: StageClock,
    deliver: Deliver<'a>,
    deliver_clock: StageClock,
}

impl<'a> Path<'a> {
    fn new(InputJob { job, opener, sink }: InputJob<'a>) -> Result<Self> {
        // One buffer will do, if the memory bound leaves room for it.
        job.buffers(1, job.input.bytes() + job.output.bytes())?;
        let pool = FramePool::heap(1, job.input, &[], job.output)?;
        let capture = job.capture(opener.open()?, &pool);
        let (mut chains, stage) = job.chains(1)?;
        let (deliver, deliver_clock) = job.deliver(sink);
        let (chain, clock, is_only) = (chains.remove(0), stage.clock(), job.which.1 == 1);
        Ok(Self { is_only, pool, capture, chain, clock, deliver, deliver_clock })
    }

    /// Does one frame; breaks when there are no more, or no more are wanted.
    fn turn(&mut self) -> Result<ControlFlow<()>> {
        let Some(frame) = self.capture.next() else { return Ok(ControlFlow::Break(())) };
        let frame = self.chain.filter(frame?, &self.clock)?;
        self.deliver.take(frame, &self.deliver_clock)
    }

    fn finish(self) -> Result<()> {
        self.deliver.finish(&self.deliver_clock)
    }
}
