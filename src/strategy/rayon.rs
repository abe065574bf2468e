//! `rayon`: every frame is a task of a work-stealing pool.
//!
//! ```text
//! capture ─▶ ( pool: filter → filter · filter → filter · … ) ─▶ link ─▶ reorder → deliver
//! ```
//!
//! There is no link before the pool: rayon's own queue holds the tasks, and the buffers bound how many there are.

use std::ops::ControlFlow;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use ::rayon::{ThreadPoolBuilder, current_thread_index};
use anyhow::{Context, Error, Result};

use super::team::team;
use super::{About, Job, Strategy};
use crate::channel::Sender;
use crate::filter::LiveChain;
use crate::frame::Frame;
use crate::measure::StageClock;
use crate::sink::Sink;
use crate::source::Source;

/// A frame a task.
pub struct Rayon;

/// What belongs to one thread of the pool. Only that thread locks it.
struct Seat {
    chain: LiveChain,
    clock: StageClock,
    /// None until its first frame: the run began, and it waited.
    idle_since: Option<Instant>,
}

impl Seat {
    fn work(&mut self, frame: Frame, to_deliver: &Sender<Frame>, begin: Instant) -> Result<ControlFlow<()>> {
        self.clock.starved_since(self.idle_since.unwrap_or(begin));
        let frame = self.chain.filter(frame, &self.clock)?;
        let flow = to_deliver.send(frame, &self.clock);
        self.idle_since = Some(Instant::now());
        Ok(flow)
    }
}

impl Strategy for Rayon {
    fn name(&self) -> &'static str {
        "rayon"
    }

    fn about(&self) -> About {
        About {
            joined: "every frame is a task of a work-stealing pool of N threads",
            wins: "as threads; and when a program has other work for the same pool",
            loses: "as threads; no link bounds what waits before the pool, so frames wait longer",
        }
    }

    fn run(&self, job: &Job<'_>, source: Box<dyn Source>, sink: &mut dyn Sink) -> Result<()> {
        let pool = job.pool(job.workers)?;
        let capture = job.capture(source, &pool);
        let (chains, stage) = job.chains(job.workers)?;
        let (deliver, clock) = job.deliver(sink);
        let tasks = job.meters.link("capture-chain", job.buffers(job.workers, 0)?);
        let (to_deliver, finished) = job.link("chain-deliver", &pool);
        let crew = ThreadPoolBuilder::new().num_threads(job.workers).thread_name(|n| format!("rayon {n}")).build();
        let crew = crew.context("cannot start its threads; fewer workers (-w) need fewer")?;
        let seat = |chain| Mutex::new(Seat { chain, clock: stage.clock(), idle_since: None });
        let seats: Vec<_> = chains.into_iter().map(seat).collect();
        let fault: Mutex<Option<Error>> = Mutex::default();
        let stopped = pool.closed();
        team(&pool, |team| {
            let (pool, stopped, tasks, seats, fault) = (&pool, &stopped, &tasks, &seats, &fault);
            team.spawn("capture", move || {
                let to_deliver = &to_deliver;
                crew.in_place_scope(|scope| {
                    capture.run(|frame, _| {
                        tasks.enter();
                        scope.spawn(move |_| {
                            tasks.leave();
                            if stopped.load(Relaxed) {
                                return;
                            }
                            // A task always runs on a thread of the pool.
                            let seat = &seats[current_thread_index().unwrap_or(0)];
                            let worked = lock(seat).work(frame, to_deliver, job.meters.begun_at());
                            if !matches!(worked, Ok(ControlFlow::Continue(()))) {
                                // Nobody takes frames any more, or this one could not be done: capture must stop.
                                pool.close();
                            }
                            if let Err(error) = worked {
                                lock(fault).get_or_insert(error);
                            }
                        });
                        ControlFlow::Continue(())
                    })
                })?;
                lock(fault).take().map_or(Ok(()), Err)
            })?;
            deliver.run(finished.frames(&clock), &clock)
        })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
