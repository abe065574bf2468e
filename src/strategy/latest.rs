//! `latest`: the threaded webcam of many tutorials. Each turn shows the newest result, again if there is no newer one.
//!
//! ```text
//! capture ─▶ newest frame ─▶ worker: filters ─▶ newest result ─▶ loop: sink
//! ```
//!
//! Capture overwrites the newest frame and the worker the newest result; what was overwritten unread is dropped. The
//! loop counts its turns, as such programs do, and so claims a rate that has little to do with the camera's. Here
//! every repetition is counted as a duplicate, so that the claim can stand beside the rate of new frames.

use std::ops::ControlFlow;
use std::task::Poll;
use std::thread::sleep;
use std::time::Duration;

use anyhow::Result;

use super::{About, Strategy};
use crate::frame::FramePool;
use crate::metrics::Topology;
use crate::pipeline::threads::run_threads;
use crate::pipeline::{Job, Overflow};
use crate::sink::Sink;
use crate::source::{Opener, SourceInfo};

/// Whatever is newest, again and again.
pub struct Latest;

/// What a turn of the loop takes at least: it stands for the `waitKey(1)` of such programs, without which they do
/// nothing but turn.
const TURN: Duration = Duration::from_millis(1);

/// Frames that can be in use: one each in capture, in the worker and in the loop, one in each queue, and one
/// to spare.
const BUFFERS: usize = 6;

impl Strategy for Latest {
    fn about(&self) -> About {
        About {
            name: "latest",
            topology: Topology::Workers,
            joined: "capture overwrites the newest frame, a worker the newest result; a loop shows it again and again",
            several: "each input has a worker and a loop of its own",
            wins: "never; it shows what the \"FPS\" of a threaded webcam loop is worth",
            loses: "most of its turns: they repeat a frame. Live sources only",
        }
    }

    fn keeps_every_frame(&self) -> bool {
        false
    }

    fn unfit_for(&self, source: &SourceInfo) -> Option<String> {
        (!source.paced).then(|| {
            "it shows the newest frame of a source that does not wait, and this one does; try a camera, or a rate as in \
             synthetic:640x480@30x300"
                .into()
        })
    }

    fn workers(&self, _: usize, _: usize) -> usize {
        1
    }

    fn run(&self, job: &Job<'_>, input: &Opener, sink: &mut dyn Sink) -> Result<()> {
        let bytes = job.input.bytes() + job.output.bytes();
        let buffers = job.buffers(1, bytes)?.min(BUFFERS);
        let pool = FramePool::heap(buffers, job.input, &[], job.output)?;
        let capture = job.capture(input.open()?, &pool);
        let (mut chains, stage) = job.chains(1)?;
        let (mut deliver, clock) = job.deliver(sink);
        let (to_worker, newest) = job.queue_with("capture-chain", 1, Overflow::DropOldest, &pool);
        let (to_loop, result) = job.queue_with("chain-sink", 1, Overflow::DropOldest, &pool);
        run_threads(&pool, |threads| {
            threads.spawn("worker", move || {
                let clock = stage.clock();
                chains[0].work(newest.frames(&clock), &clock, |frame| to_loop.send(frame, &clock))
            })?;
            threads.spawn("capture", move || capture.run(&to_worker))?;
            let mut shown = None;
            loop {
                let flow = match (result.poll(), &mut shown) {
                    (Poll::Ready(None), _) => break,
                    (Poll::Ready(Some(frame)), shown) => deliver.show(shown.insert(frame), &clock)?,
                    (Poll::Pending, Some(frame)) => deliver.again(frame, &clock)?,
                    (Poll::Pending, None) => ControlFlow::Continue(()),
                };
                if flow.is_break() {
                    break;
                }
                clock.starved(|| sleep(TURN));
            }
            deliver.finish(&clock)
        })
    }
}
