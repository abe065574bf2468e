//! `processes` and `processes-pipe`: every worker is a process of its own, this same program started anew.
//!
//! ```text
//!                     ┌▶ supervisor ◀═▶ process ─┐
//! capture ─▶ queue ─▶ ┤                          ├▶ queue ─▶ reorder → sink
//!                     └▶ supervisor ◀═▶ process ─┘
//! ```
//!
//! A supervisor is a thread of the parent that runs one worker, and replaces it when it exits, hangs or gives a wrong
//! answer; no frame is lost with it. In `processes` inputs lie in shared memory (capture decodes straight into it) and ◀═▶
//! is a message of a few bytes; a finished output is copied once, out of memory that only its worker can write. In
//! `processes-pipe` ◀═▶ copies the whole frame through a pipe, as a queue that pickles does.
//!
//! Workers are started with exec and never forked: OpenCV hangs in a forked child.

mod deadline;
mod failure;
mod handle;
mod pipe;
mod protocol;
mod shared_frames;
mod shared_memory;
mod socket;
mod start;
mod supervisor;
mod verify;
mod worker_main;

use std::cell::Cell;
use std::sync::{Arc, mpsc};
use std::thread::available_parallelism;

use anyhow::{Context, Result, ensure};
use parking_lot::{Mutex, RwLock};

use super::{About, Strategy};
use crate::child::{StartLimit, WorkerCommand};
use crate::filter::Chain;
use crate::frame::FramePool;
use crate::host::machine::available_memory;
use crate::metrics::Topology;
use crate::pipeline::threads::run_threads;
use crate::pipeline::{Job, Settings};
use crate::sink::Sink;
use crate::source::Opener;

use self::handle::{Limits, Worker};
use self::protocol::Hello;
use self::shared_memory::{SharedImages, Writer};
use self::supervisor::{Shared, Supervisor};
use self::verify::Verifier;

pub use self::worker_main::worker_main;

/// Workers in processes, frames in shared memory.
pub struct Processes;

/// Workers in processes, frames through pipes.
pub struct ProcessesPipe;

impl Strategy for Processes {
    fn about(&self) -> About {
        About {
            name: "processes",
            topology: Topology::WorkerProcesses,
            joined: "N worker processes; inputs and outputs lie in shared memory, messages of a few bytes say which",
            wins: "when a filter has a lock or state that only one process can have, or may take its process down",
            loses: "a little to threads: starting a process, and a copy of every output",
        }
    }

    fn unfit(&self, chain: &Chain, settings: &Settings) -> Option<String> {
        unfit(chain, settings)
    }

    fn run(&self, job: &Job<'_>, input: &Opener, sink: &mut dyn Sink) -> Result<()> {
        let frame = SharedImages::bytes(job.input) + job.output.bytes();
        let handed_over = WINDOW_SHARED * job.workers * SharedImages::bytes(job.output);
        let count = job.buffers_beside(handed_over, WINDOW_SHARED * job.workers, frame)?;
        let (inputs, given) = SharedImages::create(count, job.input, Writer::Creator)?;
        let pool = FramePool::new(SharedImages::buffers(&Arc::new(inputs), job.output)?);
        let command = worker_command(job)?;
        let hello = Hello { inputs: count, outputs: WINDOW_SHARED, ..hello(job, command)? };
        let limits = limits(job, &pool);
        let spawn = || Worker::over_socket(command, &hello, &given, &limits);
        supervise(job, input, sink, &pool, &spawn, WINDOW_SHARED)
    }
}

impl Strategy for ProcessesPipe {
    fn about(&self) -> About {
        About {
            name: "processes-pipe",
            topology: Topology::WorkerProcesses,
            joined: "N worker processes; whole frames are copied through pipes, there and back",
            wins: "never against shared memory; it shows what a queue that pickles costs",
            loses: "milliseconds a frame to copy it four times, more the larger it is",
        }
    }

    fn unfit(&self, chain: &Chain, settings: &Settings) -> Option<String> {
        unfit(chain, settings)
    }

    fn run(&self, job: &Job<'_>, input: &Opener, sink: &mut dyn Sink) -> Result<()> {
        let pool = job.pool(job.workers)?;
        let command = worker_command(job)?;
        let (hello, limits) = (hello(job, command)?, limits(job, &pool));
        let spawn = || Worker::over_pipes(command, &hello, &limits);
        supervise(job, input, sink, &pool, &spawn, WINDOW_PIPE)
    }
}

/// Frames a worker may have at once: one in work and one waiting, so that it need not wait for its supervisor.
const WINDOW_SHARED: usize = 2;
/// Through pipes only one: while the parent writes a second frame, the worker may be writing a result that the parent
/// does not read, and both would wait for ever.
const WINDOW_PIPE: usize = 1;

fn unfit(chain: &Chain, settings: &Settings) -> Option<String> {
    if let Some(why) = chain.only_here() {
        return Some(why.to_owned());
    }
    if chain.by_name().is_none() {
        return Some(
            "the chain has filters of your own, which another process cannot know; use filters by name".into(),
        );
    }
    if settings.worker_command.is_none() {
        return Some("it needs the framerace program; set Settings::worker_command".into());
    }
    None
}

fn worker_command<'a>(job: &'a Job<'_>) -> Result<&'a WorkerCommand> {
    job.settings.worker_command.as_ref().context("worker processes need the framerace program")
}

fn limits(job: &Job<'_>, pool: &FramePool) -> Limits {
    Limits { frame: job.settings.frame_timeout, stopped: pool.closed(), cores: cores() }
}

fn hello(job: &Job<'_>, command: &WorkerCommand) -> Result<Hello> {
    let mut sandbox = command.sandbox.clone();
    sandbox.readable.extend(job.chain.readable());
    Ok(Hello {
        chain: job.chain.by_name().context("worker processes need filters by name")?,
        input: job.input,
        output: job.output,
        meters: job.settings.meters,
        trace_frames: job.settings.trace_frames,
        opencv_threads: opencv::core::get_num_threads()?,
        sandbox,
        inputs: 1,
        outputs: 1,
    })
}

fn cores() -> u32 {
    available_parallelism().map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(u32::MAX))
}

/// Memory of a worker process beside its slots: OpenCV's data and the images between filters. It is more for large
/// frames, but then the frame buffers alone exceed the memory first.
const WORKER_BYTES: u64 = 6 << 20;

/// Refuses so many workers that the kernel would kill a process for lack of memory.
fn check_memory(job: &Job<'_>) -> Result<()> {
    let (need, free) = (job.workers as u64 * WORKER_BYTES, available_memory());
    ensure!(
        need <= free,
        "{} worker processes need {} MB or more, but {} MB are free; lower -w",
        job.workers,
        need >> 20,
        free >> 20
    );
    Ok(())
}

/// Runs the job with workers that `spawn` starts.
fn supervise(
    job: &Job<'_>,
    input: &Opener,
    sink: &mut dyn Sink,
    pool: &FramePool,
    spawn: &(dyn Fn() -> Result<Worker> + Sync),
    window: usize,
) -> Result<()> {
    check_memory(job)?;
    let capture = job.capture(input.open()?, pool);
    let mut labels: Vec<_> = job.filters()?.iter().map(|filter| filter.label().to_owned()).collect();
    let handing_over = labels.len();
    labels.push("handoff".into());
    let stage = job.meters.stage("chain", job.workers, labels);
    let (deliver, clock) = job.deliver(sink);
    let (to_workers, frames) = job.queue("capture-chain", pool);
    let (to_deliver, finished) = job.queue("chain-sink", pool);
    let shared = Shared {
        spawn,
        // Where old frames are dropped, no frame waits at a busy worker.
        window: if job.settings.overflow.of("capture-chain").drops() { 1 } else { window },
        verifier: Verifier::new(job.settings.verify_workers, job.output),
        strict: job.settings.strict,
        handing_over,
        meters: &job.meters,
        stopped: pool.closed(),
        returned: Mutex::default(),
        starting: StartLimit::new(2 * cores() as usize),
        measured: RwLock::default(),
    };
    let ran = run_threads(pool, |threads| {
        let _measuring = shared.measured.write();
        let (ready, all_ready) = mpsc::channel();
        for _ in 0..job.workers {
            let (frames, to_deliver, clock) = (frames.clone(), to_deliver.clone(), stage.clock());
            let supervisor = Supervisor { shared: &shared, frames, to_deliver, clock, waited: Cell::default() };
            let (ready, stage, meters) = (ready.clone(), &stage, &job.meters);
            threads.spawn("supervisor", move || {
                if let Some(statistics) = supervisor.run(ready)? {
                    stage.absorb_parts(&statistics.parts);
                    meters.buffers.absorb(statistics.buffers);
                    meters.tell(|run| run.sandbox = run.sandbox.take().or(statistics.sandbox));
                }
                Ok(())
            })?;
        }
        drop((frames, to_deliver, ready));
        threads.spawn("capture", move || {
            // Nothing is sent: this ends when each supervisor has a worker that is ready, or has given up.
            let _: Result<(), _> = all_ready.recv();
            capture.run(&to_workers)
        })?;
        deliver.run(finished.frames(&clock), &clock)
    });
    let verified = shared.verifier.frames();
    if verified > 0 {
        job.meters.tell(|run| {
            run.notes.push(format!("{verified} frames were done by a second worker, too, and were the same"));
        });
    }
    ran
}
