//! `stages`: one thread a filter, a queue between each two: an assembly line.
//!
//! ```text
//! capture ─▶ queue ─▶ filter ─▶ queue ─▶ filter ─▶ queue ─▶ sink
//! ```
//!
//! A frame carries all its images along, because the next filter reads on another thread what this one wrote.

use std::sync::Arc;

use anyhow::Result;

use super::{About, Strategy};
use crate::filter::shapes_between;
use crate::frame::{FramePool, Shape};
use crate::metrics::Topology;
use crate::pipeline::Job;
use crate::pipeline::threads::run_threads;
use crate::sink::Sink;
use crate::source::Opener;

/// A filter a thread.
pub struct Stages;

impl Strategy for Stages {
    fn about(&self) -> About {
        About {
            name: "stages",
            topology: Topology::FilterThreads,
            joined: "one thread a filter, a queue between each two",
            several: "each input has a thread of its own for every filter",
            wins: "filters that keep state from frame to frame, or that all take about as long",
            loses: "when one filter takes longest: it sets the pace, and the other threads wait for it",
        }
    }

    fn run(&self, job: &Job<'_>, input: &Opener, sink: &mut dyn Sink) -> Result<()> {
        let filters = job.filters()?;
        let between = shapes_between(&filters);
        let images = between.iter().chain([&job.input, &job.output]);
        let bytes = images.map(Shape::bytes).sum();
        // There are more queues here than elsewhere, but no more frames are needed to keep every thread busy.
        let pool = FramePool::heap(job.buffers(filters.len(), bytes)?, job.input, &between, job.output)?;
        let capture = job.capture(input.open()?, &pool);
        let stages: Vec<_> =
            filters.into_iter().map(|filter| (job.meters.stage(filter.label(), 1, Vec::new()), filter)).collect();
        let (deliver, clock) = job.deliver(sink);
        run_threads(&pool, |threads| {
            let (to_first, mut frames) = job.queue(&format!("before {}", stages[0].1.label()), &pool);
            threads.spawn("capture", move || capture.run(&to_first))?;
            for (stage, mut filter) in stages {
                let (to_next, next) = job.queue(&format!("after {}", filter.label()), &pool);
                let input = std::mem::replace(&mut frames, next);
                let buffers = Arc::clone(&job.meters.buffers);
                let name = filter.label().to_owned();
                threads.spawn(&name, move || {
                    let clock = stage.clock();
                    for frame in input.frames(&clock) {
                        if to_next.send(filter.filter(frame, &clock, &buffers)?, &clock).is_break() {
                            break;
                        }
                    }
                    Ok(())
                })?;
            }
            deliver.run(frames.frames(&clock), &clock)
        })
    }
}
