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
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Instant;

use ::rayon::{ThreadPoolBuilder, current_thread_index};
use anyhow::{Error, Result, anyhow};
use parking_lot::Mutex;

use super::{About, Strategy};
use crate::filter::ChainInstance;
use crate::frame::Frame;
use crate::metrics::{StageClock, Topology};
use crate::pipeline::threads::run_threads;
use crate::pipeline::{Job, Sender};
use crate::sink::Sink;
use crate::source::Opener;

/// A frame a task.
pub struct Rayon;

/// What belongs to one thread of the pool. Only that thread locks it.
struct PerThread {
    chain: ChainInstance,
    clock: StageClock,
    /// None until its first frame: the run began, and it waited.
    idle_since: Option<Instant>,
}

impl PerThread {
    fn work(&mut self, frame: Frame, to_deliver: &Sender<Frame>, begin: Instant) -> Result<ControlFlow<()>> {
        self.clock.starved_since(self.idle_since.unwrap_or(begin));
        let frame = self.chain.filter(frame, &self.clock)?;
        let flow = to_deliver.send(frame, &self.clock);
        self.idle_since = Some(Instant::now());
        Ok(flow)
    }
}

impl Strategy for Rayon {
    fn about(&self) -> About {
        About {
            name: "rayon",
            topology: Topology::Workers,
            joined: "every frame is a task of a work-stealing pool of N threads",
            wins: "as threads; and when a program has other work for the same pool",
            loses: "as threads; no queue bounds what waits before the pool, so frames wait longer",
        }
    }

    fn run(&self, job: &Job<'_>, input: &Opener, sink: &mut dyn Sink) -> Result<()> {
        let pool = job.pool(job.workers)?;
        let capture = job.capture(input.open()?, &pool);
        let (chains, stage) = job.chains(job.workers)?;
        let (deliver, clock) = job.deliver(sink);
        let policy = job.settings.overflow.of("capture-chain");
        let depth = if policy.drops() { job.settings.queue } else { job.buffers(job.workers, 0)? };
        let (to_tasks, frames) = job.queue_with("capture-chain", depth, policy, &pool);
        let (to_deliver, finished) = job.queue("chain-sink", &pool);
        let workers = ThreadPoolBuilder::new().num_threads(job.workers).thread_name(|n| format!("rayon {n}")).build();
        let workers =
            workers.map_err(|error| anyhow!("cannot start its threads; fewer workers (-w) need fewer: {error}"))?;
        let of_one = |chain| Mutex::new(PerThread { chain, clock: stage.clock(), idle_since: None });
        let per_thread: Vec<_> = chains.into_iter().map(of_one).collect();
        let fault: Mutex<Option<Error>> = Mutex::default();
        run_threads(&pool, |threads| {
            let (pool, per_thread, fault) = (&pool, &per_thread, &fault);
            threads.spawn("capture", move || {
                let (to_deliver, frames, tasks) = (&to_deliver, &frames, AtomicUsize::new(0));
                let tasks = &tasks;
                workers.in_place_scope(|scope| {
                    let spawn = || {
                        // A frame that took another's place takes its task, too.
                        if tasks.fetch_update(SeqCst, SeqCst, |n| (n < depth).then_some(n + 1)).is_err() {
                            return;
                        }
                        scope.spawn(move |_| {
                            tasks.fetch_sub(1, SeqCst);
                            let Some(frame) = frames.try_recv() else { return };
                            // A task always runs on a thread of the pool.
                            let own = &per_thread[current_thread_index().unwrap_or(0)];
                            let worked = own.lock().work(frame, to_deliver, job.meters.begun_at());
                            if !matches!(worked, Ok(ControlFlow::Continue(()))) {
                                // Nobody takes frames any more, or this one could not be done: capture must stop.
                                pool.close();
                            }
                            if let Err(error) = worked {
                                fault.lock().get_or_insert(error);
                            }
                        });
                    };
                    capture.run_with(&to_tasks, spawn)
                })?;
                fault.lock().take().map_or(Ok(()), Err)
            })?;
            deliver.run(finished.frames(&clock), &clock)
        })
    }
}
