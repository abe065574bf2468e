//! `processes` and `processes-pipe`: every worker is a process of its own, this same program started anew.
//!
//! ```text
//!                    ┌▶ attendant ═▶ worker process ═▶ attendant ─┐
//! capture ─▶ link ─▶ ┤                                            ├▶ link ─▶ reorder → deliver
//!                    └▶ attendant ═▶ worker process ═▶ attendant ─┘
//! ```
//!
//! An attendant is a thread of the parent that looks after one worker. In `processes` the frames lie in shared memory
//! from capture to sink (capture decodes straight into a slot) and ═▶ is a message of a few bytes; in
//! `processes-pipe` ═▶ copies the whole frame through a pipe, as a queue that pickles does.
//!
//! Workers are started with exec and never forked: OpenCV hangs in a forked child.

mod child;
mod pipe;
mod slots;
mod socket;
mod wire;
mod worker;

use std::collections::VecDeque;
use std::sync::Arc;

use anyhow::{Context, Result};

use super::team::team;
use super::{About, Job, Settings, Strategy};
use crate::channel::{Receiver, Sender};
use crate::filter::Chain;
use crate::frame::{Frame, FramePool};
use crate::measure::{Spent, StageClock};
use crate::sink::Sink;
use crate::source::Source;

use slots::SlotMemory;
use wire::Done;
use worker::Worker;

pub use child::worker_main;

/// Workers in processes, frames in shared memory.
pub struct Processes;

/// Workers in processes, frames through pipes.
pub struct ProcessesPipe;

impl Strategy for Processes {
    fn name(&self) -> &'static str {
        "processes"
    }

    fn about(&self) -> About {
        About {
            joined: "N worker processes; frames lie in shared memory, messages of a few bytes say which",
            wins: "when a filter has a lock or state that only one process can have, or may take its process down",
            loses: "a little to threads: starting a process, and some microseconds a frame to hand it over",
        }
    }

    fn unfit(&self, chain: &Chain, settings: &Settings) -> Option<String> {
        unfit(chain, settings)
    }

    fn run(&self, job: &Job<'_>, source: Box<dyn Source>, sink: &mut dyn Sink) -> Result<()> {
        let count = job.buffers(WINDOW_SHARED * job.workers, SlotMemory::slot_bytes(job.input, job.output))?;
        let memory = Arc::new(SlotMemory::create(count, job.input, job.output)?);
        let pool = FramePool::new(SlotMemory::buffers(&memory)?);
        let hello = hello(job)?;
        let workers = (0..job.workers).map(|_| Worker::over_socket(program(job)?, &hello, &memory)).collect();
        supervise(job, source, sink, &pool, workers, WINDOW_SHARED)
    }
}

impl Strategy for ProcessesPipe {
    fn name(&self) -> &'static str {
        "processes-pipe"
    }

    fn about(&self) -> About {
        About {
            joined: "N worker processes; whole frames are copied through pipes, there and back",
            wins: "never against shared memory; it shows what a queue that pickles costs",
            loses: "milliseconds a frame to copy it four times, more the larger it is",
        }
    }

    fn unfit(&self, chain: &Chain, settings: &Settings) -> Option<String> {
        unfit(chain, settings)
    }

    fn run(&self, job: &Job<'_>, source: Box<dyn Source>, sink: &mut dyn Sink) -> Result<()> {
        let pool = job.pool(job.workers)?;
        let hello = hello(job)?;
        let workers = (0..job.workers).map(|_| Worker::over_pipes(program(job)?, &hello)).collect();
        supervise(job, source, sink, &pool, workers, WINDOW_PIPE)
    }
}

/// Frames a worker may have at once: one in work and one waiting, so that it need not wait for its attendant.
const WINDOW_SHARED: usize = 2;
/// Through pipes only one: while the parent writes a second frame, a worker that writes a result would wait for the
/// parent to read it, and both would wait for ever.
const WINDOW_PIPE: usize = 1;

fn unfit(chain: &Chain, settings: &Settings) -> Option<String> {
    if chain.by_name().is_none() {
        return Some(
            "the chain has filters of your own, which another process cannot know; use filters by name".into(),
        );
    }
    if settings.worker_program.is_none() {
        return Some("it needs the framerace program; set Settings::worker_program".into());
    }
    None
}

fn program<'a>(job: &'a Job<'_>) -> Result<&'a std::path::Path> {
    job.settings.worker_program.as_deref().context("worker processes need the framerace program")
}

fn hello(job: &Job<'_>) -> Result<wire::Hello> {
    Ok(wire::Hello {
        version: wire::VERSION.to_owned(),
        chain: job.chain.by_name().context("worker processes need filters by name")?,
        input: job.input,
        output: job.output,
        meters: job.settings.meters,
        opencv_threads: opencv::core::get_num_threads()?,
        slots: 0,
    })
}

/// Runs the job with these workers, which are starting, and says goodbye to them.
fn supervise(
    job: &Job<'_>,
    source: Box<dyn Source>,
    sink: &mut dyn Sink,
    pool: &FramePool,
    workers: Result<Vec<Worker>>,
    window: usize,
) -> Result<()> {
    let mut workers = workers?;
    for worker in &mut workers {
        worker.wait_until_ready()?;
        job.meters.watch_process(worker.pid());
    }
    let capture = job.capture(source, pool);
    let mut labels: Vec<_> = job.filters()?.iter().map(|filter| filter.label().to_owned()).collect();
    let handing_over = labels.len();
    labels.push("hand-over".into());
    let stage = job.meters.stage("chain", workers.len(), labels);
    let (deliver, clock) = job.deliver(sink);
    let (to_workers, frames) = job.link("capture-chain", pool);
    let (to_deliver, finished) = job.link("chain-deliver", pool);
    team(pool, |team| {
        for worker in &mut workers {
            let (frames, to_deliver, clock) = (frames.clone(), to_deliver.clone(), stage.clock());
            team.spawn("attendant", move || attend(worker, window, handing_over, &frames, &to_deliver, &clock))?;
        }
        drop((frames, to_deliver));
        team.spawn("capture", move || capture.run(|frame, clock| to_workers.send(frame, clock)))?;
        deliver.run(finished.frames(&clock), &clock)
    })?;
    for worker in workers {
        let farewell = worker.dismiss()?;
        stage.absorb_parts(&farewell.parts);
        job.meters.buffers.absorb(farewell.buffers);
    }
    Ok(())
}

/// Looks after one worker: keeps it supplied, and passes on what it finishes. What it takes to hand frames over, there
/// and back, is a part of the stage by itself.
fn attend(
    worker: &mut Worker,
    window: usize,
    handing_over: usize,
    frames: &Receiver<Frame>,
    to_deliver: &Sender<Frame>,
    clock: &StageClock,
) -> Result<()> {
    let mut in_flight = VecDeque::new();
    let mut wanted = true;
    loop {
        while wanted && in_flight.len() < window {
            // Wait for a frame only while the worker has nothing to do.
            let next = if in_flight.is_empty() { frames.recv(clock) } else { frames.try_recv() };
            let Some(frame) = next else { break };
            let (sent, sending) = clock.timed(|| worker.send(&frame));
            sent?;
            in_flight.push_back((frame, sending));
        }
        let Some((mut frame, sending)) = in_flight.pop_front() else { return Ok(()) };
        let (received, receiving) = clock.timed(|| worker.receive(&mut frame));
        match received? {
            Ok(Done { spent, .. }) => {
                // What the worker did before its answer was waited for, it did while frames before were sent on.
                clock.not_blocked(spent.busy.saturating_sub(receiving.busy));
                // While the answer was waited for, the worker worked; the rest is the way there and back.
                let back = receiving.busy.saturating_sub(spent.busy);
                let handed = Spent { busy: sending.busy + back, cpu: sending.cpu + receiving.cpu, ..Spent::default() };
                clock.note(Spent { busy: spent.busy + handed.busy, cpu: spent.cpu + handed.cpu, ..spent });
                clock.note_part(handing_over, handed);
            }
            Err(failed) => {
                // It may be at work on the next frame already, whose slot goes back to the pool here.
                worker.kill();
                frame.fail();
                return Err(failed);
            }
        }
        // Even if nobody wants more frames, those in flight must come back before their slots are anybody else's.
        wanted = to_deliver.send(frame, clock).is_continue();
    }
}
