//! `tiles`: one frame at a time, cut into bands that all workers do at once.
//!
//! ```text
//!                     ┌▶ band: filter → filter ─┐
//! capture ─▶ queue ─▶ ┼▶ band: filter → filter ─┼▶ whole: filter ─▶ queue ─▶ sink
//!                     └▶ band: filter → filter ─┘
//! ```
//!
//! Neighbouring filters that can be cut share one cut, so that they need not wait for each other. A filter that cannot
//! be cut is done whole.

mod bands;

use std::ops::Range;
use std::sync::Arc;

use ::rayon::{ThreadPool, ThreadPoolBuilder};
use anyhow::{Result, anyhow};

use self::bands::{Band, Bands};
use super::{About, Strategy};
use crate::filter::{ChainInstance, FilterInstance, Nature, Reach};
use crate::metrics::Topology;
use crate::pipeline::Job;
use crate::pipeline::threads::run_threads;
use crate::sink::Sink;
use crate::source::Opener;

/// A band a worker.
pub struct Tiles;

impl Strategy for Tiles {
    fn about(&self) -> About {
        About {
            name: "tiles",
            topology: Topology::Bands,
            joined: "each frame is cut into N bands with halos, done at once; what cannot be cut is done whole",
            several: "each input has N threads of its own for its bands",
            wins: "when one frame must be ready soon: the latency of a large, costly frame",
            loses: "on throughput: halos are done twice, and whole filters (canny) leave workers idle",
        }
    }

    fn run(&self, job: &Job<'_>, input: &Opener, sink: &mut dyn Sink) -> Result<()> {
        let pool = job.pool(1)?;
        let capture = job.capture(input.open()?, &pool);
        let mut chain = ChainInstance::new(cut_chain(job)?, Arc::clone(&job.meters.buffers))?;
        let stage = job.meters.stage("chain", 1, chain.labels());
        let (deliver, clock) = job.deliver(sink);
        let (to_cutter, frames) = job.queue("capture-chain", &pool);
        let (to_deliver, finished) = job.queue("chain-sink", &pool);
        run_threads(&pool, |threads| {
            threads.spawn("cutter", move || {
                let clock = stage.clock();
                chain.work(frames.frames(&clock), &clock, |frame| to_deliver.send(frame, &clock))
            })?;
            threads.spawn("capture", move || capture.run(&to_cutter))?;
            deliver.run(finished.frames(&clock), &clock)
        })
    }
}

/// The filters of the job, in which neighbours that can be cut are one filter: all threads of a pool do its bands.
fn cut_chain(job: &Job<'_>) -> Result<Vec<FilterInstance>> {
    let threads = ThreadPoolBuilder::new().num_threads(job.workers).thread_name(|n| format!("tile {n}")).build();
    let threads =
        Arc::new(threads.map_err(|error| anyhow!("cannot start its threads; fewer workers (-w) need fewer: {error}"))?);
    let mut chain: Vec<FilterInstance> = Vec::new();
    let (mut at, mut height) = (0, job.input.height);
    let all = job.filters()?;
    for group in all.chunk_by(|one, next| can_be_cut(one) && can_be_cut(next)) {
        let which = at..at + group.len();
        let image = chain.last().map_or(0, |before| before.images().1);
        if can_be_cut(&group[0]) {
            chain.push(cut(job, which.clone(), height, image, &threads, chain.len())?);
        } else {
            height = group[0].output().height;
            chain.extend(copies(job, which.clone())?.into_iter().map(|filter| filter.reading(image)));
        }
        at = which.end;
    }
    Ok(chain)
}

fn can_be_cut(filter: &FilterInstance) -> bool {
    filter.nature() == Nature::Pixels && matches!(filter.reach(), Reach::Rows(_))
}

/// New copies of some filters of the job's chain.
fn copies(job: &Job<'_>, which: Range<usize>) -> Result<Vec<FilterInstance>> {
    Ok(job.filters()?.drain(which).collect())
}

/// These filters of the job's chain as one filter that reads `image`, with copies of their own for each band.
fn cut(
    job: &Job<'_>,
    which: Range<usize>,
    height: i32,
    image: usize,
    threads: &Arc<ThreadPool>,
    part: usize,
) -> Result<FilterInstance> {
    // More bands than rows would leave some with nothing.
    let count = i32::try_from(job.workers)?.min(height);
    let band = |n: i32| Band::new(copies(job, which.clone())?, height * n / count..height * (n + 1) / count, height);
    let bands = Bands {
        bands: (0..count).map(band).collect::<Result<_>>()?,
        threads: Arc::clone(threads),
        buffers: Arc::clone(&job.meters.buffers),
        part,
    };
    let (label, output) = (bands.label(), bands.output(height));
    Ok(FilterInstance::new(label, Box::new(bands), image, output))
}
