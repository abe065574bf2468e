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
//! Workers are started with exec and never forked: OpenCV hangs in a forked child. All inputs share them.

mod deadline;
mod failure;
mod greeting;
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

use std::cell::{Cell, RefCell};
use std::sync::{Arc, mpsc};

use anyhow::{Result, ensure};
use parking_lot::{Mutex, RwLock};

use super::{About, Sharing, Strategy, as_one_of_several};
use crate::child::StartLimit;
use crate::filter::Chain;
use crate::frame::FramePool;
use crate::host::machine::available_memory;
use crate::metrics::Topology;
use crate::pipeline::threads::run_threads_of_all;
use crate::pipeline::{InputJob, InputPath, Intake, Job, Settings, run_paths};
use crate::sink::Sink;
use crate::source::Opener;

use self::greeting::{Run, cores, stream};
use self::handle::Worker;
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
            several: "N worker processes for all inputs: each is given frames of the inputs in turn, of each the oldest",
            wins: "when a filter has a lock or state that only one process can have, or may take its process down",
            loses: "a little to threads: starting a process, and a copy of every output",
        }
    }

    fn unfit(&self, chain: &Chain, settings: &Settings) -> Option<String> {
        unfit(chain, settings)
    }

    fn sharing(&self) -> Sharing {
        Sharing::Shared
    }

    fn run(&self, job: &Job<'_>, input: &Opener, sink: &mut dyn Sink) -> Result<()> {
        as_one_of_several(self, job, input, sink)
    }

    fn run_inputs(&self, inputs: Vec<InputJob<'_>>) -> Result<()> {
        let (run, first) = (Run::new(&inputs)?, &inputs[0].job);
        let mut hello = run.hello(&inputs, WINDOW_SHARED)?;
        for InputJob { job, .. } in &inputs {
            let handed_over = WINDOW_SHARED * job.workers * SharedImages::bytes(job.output) / inputs.len();
            let frame = SharedImages::bytes(job.input) + job.output.bytes();
            let slots = job.buffers_beside(handed_over, WINDOW_SHARED * job.workers, frame)?;
            hello.inputs.push(stream(job, slots)?);
        }
        let (images, given) = SharedImages::create(hello.slots(), hello.largest()?.0, Writer::Creator)?;
        let (images, mut at, mut pools) = (&Arc::new(images), 0, Vec::new());
        for stream in &hello.inputs {
            let slots = at..at + stream.slots;
            at = slots.end;
            pools.push(FramePool::new(SharedImages::buffers(images, slots, stream.input, stream.output)?));
        }
        let limits = run.limits(first);
        let spawn = || Worker::over_socket(run.command, &hello, &given, &limits);
        supervise(inputs, pools, &run, &spawn, WINDOW_SHARED)
    }
}

impl Strategy for ProcessesPipe {
    fn about(&self) -> About {
        About {
            name: "processes-pipe",
            topology: Topology::WorkerProcesses,
            joined: "N worker processes; whole frames are copied through pipes, there and back",
            several: "N worker processes for all inputs: each is given frames of the inputs in turn, of each the oldest",
            wins: "never against shared memory; it shows what a queue that pickles costs",
            loses: "milliseconds a frame to copy it four times, more the larger it is",
        }
    }

    fn unfit(&self, chain: &Chain, settings: &Settings) -> Option<String> {
        unfit(chain, settings)
    }

    fn sharing(&self) -> Sharing {
        Sharing::Shared
    }

    fn run(&self, job: &Job<'_>, input: &Opener, sink: &mut dyn Sink) -> Result<()> {
        as_one_of_several(self, job, input, sink)
    }

    fn run_inputs(&self, inputs: Vec<InputJob<'_>>) -> Result<()> {
        let (run, first) = (Run::new(&inputs)?, &inputs[0].job);
        let mut hello = run.hello(&inputs, 1)?;
        let mut pools = Vec::new();
        for InputJob { job, .. } in &inputs {
            pools.push(job.pool(job.workers)?);
            hello.inputs.push(stream(job, 1)?);
        }
        let limits = run.limits(first);
        let spawn = || Worker::over_pipes(run.command, &hello, &limits);
        supervise(inputs, pools, &run, &spawn, WINDOW_PIPE)
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

/// Runs the inputs, each with its pool, with workers that `spawn` starts.
fn supervise(
    inputs: Vec<InputJob<'_>>,
    pools: Vec<FramePool>,
    run: &Run<'_>,
    spawn: &(dyn Fn() -> Result<Worker> + Sync),
    window: usize,
) -> Result<()> {
    let first = &inputs[0].job;
    check_memory(first)?;
    let (workers, settings) = (first.workers, first.settings);
    let meters = inputs.iter().map(|input| Arc::clone(&input.job.meters)).collect();
    let outputs = inputs.iter().map(|input| input.job.output).collect();
    let (ready, all_ready) = mpsc::channel();
    // Nothing is sent: the wait ends when each supervisor has a worker that is ready, or has given up.
    let all_ready: &Mutex<mpsc::Receiver<()>> = &Mutex::new(all_ready);
    let (mut queues, mut to_sinks, mut stages, mut paths) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (InputJob { job, opener, sink }, pool) in inputs.into_iter().zip(&pools) {
        let capture = job.capture(opener.open()?, pool);
        let mut labels: Vec<_> = job.filters()?.iter().map(|filter| filter.label().to_owned()).collect();
        let filters = labels.len();
        labels.push("handoff".into());
        stages.push((job.meters.stage("chain", workers, labels), filters));
        let deliver = job.deliver(sink);
        let (to_workers, frames) = job.queue("capture-chain", pool);
        let (to_deliver, finished) = job.queue_to_sink(pool);
        queues.push(frames);
        to_sinks.push(to_deliver);
        let capture = Box::new(move || {
            let _: Result<(), _> = all_ready.lock().recv();
            capture.run(&to_workers)
        });
        paths.push(InputPath { pool: pool.clone(), capture, finished, deliver });
    }
    let (stages, shared) = (
        &stages,
        &Shared {
            spawn,
            // Where old frames are dropped, no frame waits at a busy worker.
            window: if settings.overflow.of("capture-chain").drops() { 1 } else { window },
            verifier: Verifier::new(settings.verify_workers, outputs),
            strict: settings.strict,
            handing_over: stages.iter().map(|(_, filters)| *filters).collect(),
            meters,
            stopped: run.over.closed(),
            returned: Mutex::default(),
            starting: StartLimit::new(2 * cores() as usize),
            measured: RwLock::default(),
        },
    );
    let ran = run_threads_of_all(pools.into_iter().chain([run.over.clone()]).collect(), |threads| {
        let _measuring = shared.measured.write();
        for _ in 0..workers {
            let clocks = stages.iter().map(|(stage, _)| stage.clock()).collect();
            let frames = RefCell::new(Intake::new(queues.iter().cloned()));
            let (ready, to_deliver) = (ready.clone(), to_sinks.clone());
            let supervisor = Supervisor { shared, frames, to_deliver, clocks, waited: Cell::default() };
            threads.spawn("supervisor", move || {
                let Some(statistics) = supervisor.run(ready)? else { return Ok(()) };
                let mut parts = &statistics.parts[..];
                for (stage, filters) in stages {
                    let (own, others) = parts.split_at(parts.len().min(*filters));
                    stage.absorb_parts(own);
                    parts = others;
                }
                shared.meters[0].buffers.absorb(statistics.buffers);
                shared.meters[0].tell(|run| run.sandbox = run.sandbox.take().or(statistics.sandbox));
                Ok(())
            })?;
        }
        drop((queues, to_sinks, ready));
        run_paths(threads, paths)
    });
    shared.meters[0].tell(|run| run.notes.extend(shared.verifier.note()));
    ran
}
