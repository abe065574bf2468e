//! `rayon`: every frame is a task of a work-stealing pool.
//!
//! ```text
//! capture ─▶ queue ─▶ ( pool: filter → filter · … ) ─▶ queue ─▶ reorder → sink
//! ```
//!
//! Capture never waits for the queue before the pool: it holds as many frames as there are buffers, unless it is to drop
//! some.
//! A task takes whatever frame has waited longest; there is one for every frame that waits.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Instant;

use ::rayon::{ThreadPool, ThreadPoolBuilder, current_thread_index};
use anyhow::{Error, Result, anyhow};
use parking_lot::Mutex;

use super::{About, Sharing, Strategy, as_one_of_several};
use crate::filter::ChainInstance;
use crate::frame::{Frame, FramePool};
use crate::metrics::{Meters, StageClock, Topology};
use crate::pipeline::threads::run_threads_of_all;
use crate::pipeline::{Capture, InputJob, InputPath, Job, Receiver, Sender, run_paths};
use crate::sink::Sink;
use crate::source::Opener;

/// A frame a task.
pub struct Rayon;

/// What belongs to one thread of the pool. Only that thread locks it.
#[derive(Default)]
struct PerThread {
    /// A chain and a clock for each input.
    inputs: Vec<(ChainInstance, StageClock)>,
    /// None until its first frame: the run began, and it waited.
    idle_since: Option<Instant>,
}

impl PerThread {
    fn work(&mut self, frame: Frame, to_deliver: &Sender<Frame>, begin: Instant) -> Result<ControlFlow<()>> {
        let idle_since = self.idle_since.unwrap_or(begin);
        self.inputs.iter().for_each(|(_, clock)| clock.starved_since(idle_since));
        let (chain, clock) = &mut self.inputs[frame.stamp.input as usize];
        let frame = chain.filter(frame, clock)?;
        let flow = to_deliver.send(frame, clock);
        self.idle_since = Some(Instant::now());
        Ok(flow)
    }
}

/// What the tasks of a run share.
struct Tasks<'a> {
    workers: &'a ThreadPool,
    per_thread: &'a [Mutex<PerThread>],
    /// The first error of a task.
    fault: &'a Mutex<Option<Error>>,
}

/// One input: its frames wait in `frames`, at most `depth`, until a task takes each.
struct Waiting {
    pool: FramePool,
    frames: Receiver<Frame>,
    to_deliver: Sender<Frame>,
    depth: usize,
    meters: Arc<Meters>,
}

impl Tasks<'_> {
    /// Captures, and makes a task of every frame.
    fn capture(&self, capture: Capture, to_tasks: &Sender<Frame>, waiting: &Waiting) -> Result<()> {
        let Waiting { pool, frames, to_deliver, depth, meters } = waiting;
        let tasks = &AtomicUsize::new(0);
        self.workers.in_place_scope_fifo(|scope| {
            let spawn = || {
                // A frame that took another's place takes its task, too.
                if tasks.fetch_update(SeqCst, SeqCst, |n| (n < *depth).then_some(n + 1)).is_err() {
                    return;
                }
                scope.spawn_fifo(move |_| {
                    tasks.fetch_sub(1, SeqCst);
                    let Some(frame) = frames.try_recv() else { return };
                    // A task always runs on a thread of the pool.
                    let own = &self.per_thread[current_thread_index().unwrap_or(0)];
                    let worked = own.lock().work(frame, to_deliver, meters.begun_at());
                    if !matches!(worked, Ok(ControlFlow::Continue(()))) {
                        // Nobody takes frames any more, or this one could not be done: capture must stop.
                        pool.close();
                    }
                    if let Err(error) = worked {
                        self.fault.lock().get_or_insert(error);
                    }
                });
            };
            capture.run_with(to_tasks, spawn)
        })?;
        self.fault.lock().take().map_or(Ok(()), Err)
    }
}

impl Strategy for Rayon {
    fn about(&self) -> About {
        About {
            name: "rayon",
            topology: Topology::Workers,
            joined: "every frame is a task of a work-stealing pool of N threads",
            several: "one pool of N threads: the frames of all inputs wait in one line, the oldest first",
            wins: "as threads; and when a program has other work for the same pool",
            loses: "as threads; no queue bounds what waits before the pool, so frames wait longer",
        }
    }

    fn sharing(&self) -> Sharing {
        Sharing::Shared
    }

    fn run(&self, job: &Job<'_>, input: &Opener, sink: &mut dyn Sink) -> Result<()> {
        as_one_of_several(self, job, input, sink)
    }

    fn run_inputs(&self, inputs: Vec<InputJob<'_>>) -> Result<()> {
        let threads = inputs.first().map_or(1, |input| input.job.workers);
        let workers = ThreadPoolBuilder::new().num_threads(threads).thread_name(|n| format!("rayon {n}")).build();
        let workers =
            &workers.map_err(|error| anyhow!("cannot start its threads; fewer workers (-w) need fewer: {error}"))?;
        let mut per_thread: Vec<PerThread> = Vec::new();
        per_thread.resize_with(threads, PerThread::default);
        let mut inputs_ready = Vec::new();
        for InputJob { job, opener, sink } in inputs {
            let pool = job.pool(job.workers)?;
            let capture = job.capture(opener.open()?, &pool);
            let (chains, stage) = job.chains(job.workers)?;
            let deliver = job.deliver(sink);
            let policy = job.settings.overflow.of("capture-chain");
            let depth = if policy.drops() { job.settings.queue } else { job.buffers(job.workers, 0)? };
            let (to_tasks, frames) = job.queue_with("capture-chain", depth, policy, &pool);
            let (to_deliver, finished) = job.queue_to_sink(&pool);
            per_thread.iter_mut().zip(chains).for_each(|(own, chain)| own.inputs.push((chain, stage.clock())));
            let waiting = Waiting { pool: pool.clone(), frames, to_deliver, depth, meters: job.meters };
            inputs_ready.push((pool, capture, to_tasks, waiting, finished, deliver));
        }
        let per_thread: &Vec<_> = &per_thread.into_iter().map(Mutex::new).collect();
        let fault = &Mutex::default();
        let path = |(pool, capture, to_tasks, waiting, finished, deliver)| {
            let tasks = Tasks { workers, per_thread, fault };
            InputPath {
                pool,
                capture: Box::new(move || tasks.capture(capture, &to_tasks, &waiting)),
                finished,
                deliver,
            }
        };
        let paths: Vec<_> = inputs_ready.into_iter().map(path).collect();
        let pools = paths.iter().map(|path| path.pool.clone()).collect();
        run_threads_of_all(pools, |threads| run_paths(threads, paths))
    }
}
