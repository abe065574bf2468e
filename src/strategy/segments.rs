//! `segments`: a file is cut in time, and every worker decodes and filters segments of it.
//!
//! ```text
//!          ┌▶ segment 0: decode → filter → filter ─┐
//! packets ─┼▶ segment 1: decode → filter → filter ─┼▶ lane by lane ─▶ sink
//!          └▶ segment 2: decode → filter → filter ─┘
//! ```
//!
//! Whatever is read of a segment whose turn it is not waits in its lane, filtered. A worker that finds no segment any more
//! filters frames for those that still decode; the last segment is decoded by as many threads as there are workers.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use anyhow::{Context, Result};
use opencv::core::Mat;
use parking_lot::Mutex;

use super::{About, Strategy};
use crate::filter::ChainInstance;
use crate::frame::{Frame, FramePool};
use crate::host::machine::available_memory;
use crate::metrics::{RunSetup, StageClock, Topology};
use crate::pipeline::threads::run_threads;
use crate::pipeline::{Job, LaneFrame, Lanes, Reading, Receiver, SegmentCapture, Sender, bounded};
use crate::sink::Sink;
use crate::source::{Opener, Segment, Segmented, SourceInfo};

/// A segment a worker.
pub struct Segments;

/// Memory for frames where nothing else is said, as far as a quarter of what is free is not less.
const MEMORY: u64 = 1 << 30;
/// Buffers that are kept for the segment that is being delivered.
const RESERVE: usize = 2;

/// What the workers of a run share.
struct Shared<'a> {
    job: &'a Job<'a>,
    source: &'a dyn Segmented,
    lanes: &'a Lanes,
    /// Segments that were taken before the run began.
    ready: Mutex<VecDeque<Segment>>,
    /// Images to capture into, for frames that somebody else filters.
    images: Mutex<Vec<Mat>>,
    /// Workers that wait for such frames.
    idle: AtomicUsize,
    /// Whether finished frames keep the captured image.
    keeps_input: bool,
}

impl Strategy for Segments {
    fn about(&self) -> About {
        About {
            name: "segments",
            topology: Topology::Segments,
            joined: "a file is cut at key pictures; N threads each decode a part of it and do the whole chain on its frames",
            several: "each file has N threads of its own",
            wins: "video files whose decoding takes longer than their filters: it, too, is done by all cores",
            loses: "files with few key pictures, and large frames: those of later parts wait in memory",
        }
    }

    fn needs_a_file(&self) -> bool {
        true
    }

    fn unfit_for(&self, source: &SourceInfo) -> Option<String> {
        (!source.can_be_cut)
            .then(|| "only a video file can be cut into segments, read by libav and not into memory first".into())
    }

    fn run(&self, job: &Job<'_>, input: &Opener, sink: &mut dyn Sink) -> Result<()> {
        let source = input.open()?;
        let parts = source.parts();
        let source = source.segments().context("this source cannot be cut into segments")?;
        let keeps_input = sink.shows_input();
        // Not more workers than there is room for frames.
        let fit = job.buffers(job.workers, job.input.bytes() + job.output.bytes())?;
        let workers = job.workers.min(fit);
        let ready: VecDeque<_> = (0..workers).map_while(|_| source.next(job.settings.limits.frames)).collect();
        let pool = pool(job, workers, &ready, keeps_input)?;
        job.watch.close_on_stop(&pool);
        let setup = RunSetup { topology: job.topology, in_flight: pool.free(), pace: None, live: false };
        job.meters.tell(|run| run.setup = setup);
        let capture = job.meters.stage("capture", workers, parts);
        let (chains, chain) = job.chains(workers)?;
        let (deliver, clock) = job.deliver(sink);
        let spare = if workers > 1 && fit > workers { job.settings.queue } else { 0 };
        let queue = job.meters.queue("capture-chain", spare.max(1));
        let lanes = &Lanes::new(pool.clone(), RESERVE, job.meters.queue("chain-sink", pool.free()));
        let (to_others, others) = bounded::<LaneFrame<'_>>(spare.max(1), queue, pool.closed());
        let images = (0..spare).map(|_| job.input.image()).collect::<Result<_>>()?;
        let shared = Shared {
            job,
            source: &*source,
            lanes,
            ready: Mutex::new(ready),
            images: Mutex::new(images),
            idle: AtomicUsize::new(0),
            keeps_input,
        };
        // Segments take turns at being delivered at once: only the whole run is a fair measure.
        job.meters.capture_stopped();
        let ran = run_threads(&pool, |threads| {
            for chain_instance in chains {
                let worker = Worker {
                    shared: &shared,
                    chain: chain_instance,
                    clock: chain.clock(),
                    capture: SegmentCapture {
                        source: &*source,
                        reader: source.reader(job.settings.open.decode_threads)?,
                        lanes: lanes.sender(),
                        pool: pool.clone(),
                        limits: job.settings.limits,
                        enough: job.watch.ended(),
                        meters: Arc::clone(&job.meters),
                        clock: capture.clock(),
                        shape: job.input,
                        input: job.input.image()?,
                    },
                };
                let (to_others, others) = (to_others.clone(), others.clone());
                threads.spawn("worker", move || worker.work(to_others, &others))?;
            }
            drop((to_others, others));
            let delivered = deliver.run(std::iter::from_fn(|| lanes.take(&clock)), &clock);
            lanes.withdraw_if_over();
            delivered
        });
        let (damage, notes) = source.report();
        job.meters.tell(|run| {
            run.damage = damage;
            run.notes.extend(notes);
        });
        ran
    }
}

/// Bytes that frames which wait may take, where so many are given with `--mem`.
pub(crate) fn memory(given: Option<u64>) -> u64 {
    given.unwrap_or_else(|| MEMORY.min(available_memory() / 4))
}

/// Buffers for all frames that can be under way: of every segment but the one in front all, as far as memory is bounded.
fn pool(job: &Job<'_>, workers: usize, ready: &VecDeque<Segment>, keeps_input: bool) -> Result<FramePool> {
    let (input, output) = (job.input.bytes(), job.output.bytes());
    let longest = ready.iter().filter_map(|segment| segment.frames).max().unwrap_or(0);
    let longest = usize::try_from(longest.min(job.settings.limits.frames.unwrap_or(u64::MAX)))?;
    let ahead = ready.len().min(workers).saturating_sub(1) * longest;
    let wanted = ahead + workers + RESERVE + job.settings.queue;
    let bound = memory(job.settings.memory);
    let beside = (workers + job.settings.queue) * input;
    let one = output + if keeps_input { input } else { 0 };
    let fit = usize::try_from(bound)?.saturating_sub(beside) / one.max(1);
    let count = wanted.min(fit).max(workers.min(wanted));
    if count < wanted {
        let (need, have) = ((wanted * one + beside) >> 20, bound >> 20);
        job.meters.tell(|run| {
            run.notes.push(format!(
                "segments of {longest} frames take {need} MB for {workers} workers at a time, and {have} MB are there for \
                 them (--mem): workers wait for one another"
            ));
        });
    }
    if keeps_input { FramePool::heap(count, job.input, &[], job.output) } else { FramePool::outputs(count, job.output) }
}

/// One worker: captures and filters segments, then filters for others.
struct Worker<'a> {
    shared: &'a Shared<'a>,
    capture: SegmentCapture<'a>,
    chain: ChainInstance,
    clock: StageClock,
}

impl<'a> Worker<'a> {
    fn work(mut self, to_others: Sender<LaneFrame<'a>>, others: &Receiver<LaneFrame<'a>>) -> Result<()> {
        while let Some(segment) = self.next_segment()? {
            let mut reading = Reading::of(segment);
            while let Some(frame) = self.capture.next(&mut reading)? {
                self.pass_on(reading.lane(), frame, &to_others)?;
            }
        }
        drop(to_others);
        self.shared.idle.fetch_add(1, Relaxed);
        while let Some((lane, frame)) = others.recv(&self.clock).and_then(LaneFrame::arrive) {
            self.shared.idle.fetch_sub(1, Relaxed);
            self.filter(lane, frame, true)?;
            self.shared.idle.fetch_add(1, Relaxed);
        }
        Ok(())
    }

    fn next_segment(&mut self) -> Result<Option<Segment>> {
        let Shared { job, source, ready, .. } = self.shared;
        let ready = ready.lock().pop_front();
        let Some(segment) = ready.or_else(|| source.next(job.settings.limits.frames)) else { return Ok(None) };
        if segment.is_last && segment.number > 0 && segment.frames.is_some() {
            // The others have nothing to decode.
            self.capture.reader = source.reader(job.settings.open.decode_threads.max(job.workers))?;
        }
        Ok(Some(segment))
    }

    /// Filters a frame, or lets a worker do it that has nothing else to do.
    fn pass_on(&mut self, lane: u64, frame: Frame, to_others: &Sender<LaneFrame<'a>>) -> Result<()> {
        let spare = if self.shared.idle.load(Relaxed) > 0 { self.shared.images.lock().pop() } else { None };
        let Some(image) = spare else { return self.filter(lane, frame, false) };
        if self.shared.keeps_input {
            self.shared.images.lock().push(image);
        } else {
            // What the buffer brought along is no image.
            self.capture.input = image;
        }
        // It has room for as many as there are images.
        let _ = to_others.send(LaneFrame::new(self.shared.lanes, lane, frame), &self.clock);
        Ok(())
    }

    fn filter(&mut self, lane: u64, frame: Frame, is_anothers: bool) -> Result<()> {
        let mut frame = self.chain.filter(frame, &self.clock)?;
        if !self.shared.keeps_input {
            let image = std::mem::take(&mut frame.buffer_mut().input);
            if is_anothers {
                self.shared.images.lock().push(image);
            } else {
                self.capture.input = image;
            }
        }
        self.capture.lanes.send(lane, frame);
        Ok(())
    }
}
