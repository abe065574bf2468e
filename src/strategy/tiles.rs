//! `tiles`: one frame at a time, cut into bands that all workers do at once.
//!
//! ```text
//!                      ┌▶ band: filter → filter ─┐
//! capture ─▶ queue ─▶ ─┼▶ band: filter → filter ─┼▶ whole: filter ─▶ queue ─▶ deliver
//!                      └▶ band: filter → filter ─┘
//! ```
//!
//! A filter that looks r rows around a pixel is given r rows more than it must write (the halo), and what it makes
//! of them is thrown away, so the pixels are those of the whole frame. Neighbouring filters that can be cut share
//! one cut: their halos add up, and they need not wait for each other. A filter that cannot be cut is done whole.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ::rayon::prelude::*;
use ::rayon::{ThreadPool, ThreadPoolBuilder};
use anyhow::{Context, Result, ensure};
use opencv::core::{Mat, MatTraitConst};

use super::{About, Strategy};
use crate::filter::{FilterInstance, FrameContext, Nature, Reach, in_buffer, shapes_between};
use crate::frame::{Images, RowsMut, Shape, Stamp, rows, split_rows_mut};
use crate::host::usage::thread_cpu;
use crate::metrics::{Buffers, StageTimer, Topology};
use crate::pipeline::Job;
use crate::pipeline::threads::run_threads;
use crate::sink::Sink;
use crate::source::Opener;

/// A band a worker.
pub struct Tiles;

impl Strategy for Tiles {
    fn name(&self) -> &'static str {
        "tiles"
    }

    fn about(&self) -> About {
        About {
            joined: "each frame is cut into N bands with halos, done at once; what cannot be cut is done whole",
            wins: "when one frame must be ready soon: the latency of a large, costly frame",
            loses: "on throughput: halos are done twice, and whole filters (canny) leave workers idle",
        }
    }

    fn topology(&self) -> Topology {
        Topology::Bands
    }

    fn run(&self, job: &Job<'_>, input: &Opener, sink: &mut dyn Sink) -> Result<()> {
        let pool = job.pool(1)?;
        let capture = job.capture(input.open()?, &pool);
        let mut cutter = Cutter::new(job)?;
        let stage = job.meters.stage("chain", 1, cutter.labels());
        let (deliver, clock) = job.deliver(sink);
        let (to_cutter, frames) = job.queue("capture-chain", &pool);
        let (to_deliver, finished) = job.queue("chain-deliver", &pool);
        run_threads(&pool, |threads| {
            threads.spawn("cutter", move || {
                let clock = stage.clock();
                for frame in frames.frames(&clock) {
                    let frame = in_buffer(frame, &clock, |stamp, buffer, timer| {
                        cutter.apply(stamp, &buffer.input, &mut buffer.output, timer)
                    })?;
                    if to_deliver.send(frame, &clock).is_break() {
                        break;
                    }
                }
                Ok(())
            })?;
            threads.spawn("capture", move || capture.run(&to_cutter))?;
            deliver.run(finished.frames(&clock), &clock)
        })
    }
}

/// Filters frame after frame, each with all threads of the pool.
struct Cutter {
    threads: ThreadPool,
    steps: Vec<Step>,
    between: Vec<Mat>,
    buffers: Arc<Buffers>,
}

/// What is done between two moments at which all workers wait for each other.
enum Step {
    /// Filters that can be cut, in bands.
    Cut { label: String, from: usize, to: usize, bands: Vec<Band> },
    /// One filter that cannot.
    Whole(FilterInstance),
}

impl Cutter {
    fn new(job: &Job<'_>) -> Result<Self> {
        let threads = ThreadPoolBuilder::new().num_threads(job.workers).thread_name(|n| format!("tile {n}")).build();
        let threads = threads.context("cannot start its threads; fewer workers (-w) need fewer")?;
        let filters = job.filters()?;
        let between = shapes_between(&filters).iter().map(Shape::image).collect::<Result<_>>()?;
        let mut height = job.input.height;
        let mut steps: Vec<Step> = Vec::new();
        let mut at = 0;
        while at < filters.len() {
            let run = filters[at..].iter().take_while(|filter| can_be_cut(filter)).count();
            if run == 0 {
                height = filters[at].output().height;
                steps.extend(copies(job, at..at + 1)?.into_iter().map(Step::Whole));
                at += 1;
            } else {
                steps.push(cut(job, at..at + run, height)?);
                at += run;
            }
        }
        Ok(Self { threads, steps, between, buffers: Arc::clone(&job.meters.buffers) })
    }

    /// The parts of the stage: filters that are cut together are one.
    fn labels(&self) -> Vec<String> {
        let label = |step: &Step| match step {
            Step::Cut { label, .. } => label.clone(),
            Step::Whole(filter) => filter.label().to_owned(),
        };
        self.steps.iter().map(label).collect()
    }

    /// Does one frame.
    fn apply(&mut self, stamp: &Stamp, input: &Mat, output: &mut Mat, timer: &StageTimer<'_>) -> Result<()> {
        let mut images = Images { input, between: &mut self.between, output };
        for (part, step) in self.steps.iter_mut().enumerate() {
            match step {
                Step::Whole(filter) => {
                    filter.apply(&FrameContext::new(*stamp, timer), &mut images, &self.buffers)?;
                }
                Step::Cut { from, to, bands, .. } => {
                    let (read, write) = images.pair(*from, *to);
                    let traced = timer.is_traced();
                    timer.add_cpu(in_bands(&self.threads, bands, stamp, read, write, &self.buffers, traced)?);
                    for (band, worked) in bands.iter().enumerate().filter_map(|(n, band)| Some((n, band.worked?))) {
                        timer.band(part, band, worked);
                    }
                }
            }
            timer.split(part);
        }
        Ok(())
    }
}

fn can_be_cut(filter: &FilterInstance) -> bool {
    filter.nature() == Nature::Pixels && matches!(filter.reach(), Reach::Rows(_))
}

/// New copies of some filters of the job's chain.
fn copies(job: &Job<'_>, which: Range<usize>) -> Result<Vec<FilterInstance>> {
    Ok(job.filters()?.drain(which).collect())
}

/// These filters of the job's chain, with copies of their own for each band.
fn cut(job: &Job<'_>, which: Range<usize>, height: i32) -> Result<Step> {
    // More bands than rows would leave some with nothing.
    let count = i32::try_from(job.workers)?.min(height);
    let band = |n: i32| Band::new(copies(job, which.clone())?, height * n / count..height * (n + 1) / count, height);
    let bands = (0..count).map(band).collect::<Result<Vec<_>>>()?;
    let filters = &bands[0].filters;
    let label = filters.iter().map(FilterInstance::label).collect::<Vec<_>>().join("+");
    let (from, to) = (filters[0].images().0, filters[filters.len() - 1].images().1);
    Ok(Step::Cut { label, from, to, bands })
}

/// Does all bands of one image at once, and returns the CPU time that took. Where the frame is `traced`, each band also
/// knows from when to when it worked.
fn in_bands(
    threads: &ThreadPool,
    bands: &mut [Band],
    stamp: &Stamp,
    input: &Mat,
    output: &mut Mat,
    buffers: &Buffers,
    traced: bool,
) -> Result<Duration> {
    // Bands write into the image as it is; nothing would make it the right one for them.
    ensure!(bands[0].output(input.rows()).fits(output), "the image to write into has another shape");
    let ranges: Vec<_> = bands.iter().map(|band| band.rows.clone()).collect();
    let targets = split_rows_mut(output, &ranges)?;
    threads.install(|| {
        let work = |(band, mut target): (&mut Band, RowsMut<'_>)| {
            let (from, begin) = (thread_cpu(), traced.then(Instant::now));
            band.apply(stamp, input, &mut target, buffers)?;
            band.worked = begin.map(|begin| (begin, Instant::now()));
            Ok(thread_cpu().saturating_sub(from))
        };
        bands.par_iter_mut().zip(targets).map(work).try_reduce(Duration::default, |a, b| Ok(a + b))
    })
}

/// One worker's rows of every frame, and its own copies of the filters.
struct Band {
    filters: Vec<FilterInstance>,
    /// The rows it must write.
    rows: Range<i32>,
    /// The rows each filter reads: what the next one needs, and as many around them as it looks.
    reads: Vec<Range<i32>>,
    between: Vec<Mat>,
    /// From when to when it did the latest frame, if that is traced.
    worked: Option<(Instant, Instant)>,
}

impl Band {
    fn new(filters: Vec<FilterInstance>, rows: Range<i32>, height: i32) -> Result<Self> {
        let mut needed = rows.clone();
        let mut reads: Vec<_> = filters
            .iter()
            .rev()
            .map(|filter| {
                let reach = if let Reach::Rows(reach) = filter.reach() { reach } else { height };
                needed = (needed.start - reach).max(0)..(needed.end + reach).min(height);
                needed.clone()
            })
            .collect();
        reads.reverse();
        // What a filter writes has the rows it read.
        let shape = |(filter, reads): (&FilterInstance, &Range<i32>)| Shape {
            height: reads.end - reads.start,
            ..filter.output()
        };
        let between = filters.iter().zip(&reads).map(|pair| shape(pair).image()).collect::<Result<_>>()?;
        Ok(Self { filters, rows, reads, between, worked: None })
    }

    /// The shape of the whole image that all bands write together.
    fn output(&self, height: i32) -> Shape {
        let last = self.filters[self.filters.len() - 1].output();
        Shape { height, ..last }
    }

    fn apply(&mut self, stamp: &Stamp, input: &Mat, target: &mut Mat, buffers: &Buffers) -> Result<()> {
        let last = self.filters.len() - 1;
        for (at, filter) in self.filters.iter_mut().enumerate() {
            let (done, rest) = self.between.split_at_mut(at);
            // The first filter reads the whole image; each later one the rows that the one before it read.
            let (image, first) = if at == 0 { (input, 0) } else { (&done[at - 1], self.reads[at - 1].start) };
            let reads = &self.reads[at];
            let read = rows(image, reads.start - first..reads.end - first)?;
            filter.apply_rows(&FrameContext::untimed(*stamp), &read, &mut rest[0], buffers)?;
        }
        // A filter is never given a part of the frame itself to write: it might put another image in its place.
        let first = self.reads[last].start;
        rows(&self.between[last], self.rows.start - first..self.rows.end - first)?.copy_to(target)?;
        Ok(())
    }
}
