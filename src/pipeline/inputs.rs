//! What a strategy wires where there are several inputs: the path of each, and workers that they share or that each has for
//! itself.
//!
//! ```text
//! input 0: capture ─▶ queue ─┐            ┌▶ queue ─▶ reorder → sink
//!                            ├▶ workers ──┤
//! input 1: capture ─▶ queue ─┘            └▶ queue ─▶ reorder → sink
//! ```

use std::sync::{Arc, mpsc};
use std::thread::{Builder, scope};

use anyhow::{Context, Error, Result, anyhow};
use parking_lot::Mutex;

use super::threads::RunThreads;
use super::{Deliver, Intake, Job, Receiver, Sender};
use crate::filter::ChainInstance;
use crate::frame::{Frame, FramePool};
use crate::metrics::{StageClock, StageMeter};
use crate::sink::Sink;
use crate::source::Opener;

/// One input of a run, as a strategy is given it.
pub struct InputJob<'a> {
    /// Its part of the run.
    pub job: Job<'a>,
    /// What opens it.
    pub opener: &'a Opener,
    /// Where its frames go.
    pub sink: &'a mut dyn Sink,
}

/// The path of one input, but for the workers.
pub struct InputPath<'a> {
    /// Its buffers.
    pub pool: FramePool,
    /// Reads it and sends its frames to the workers, until there are no more.
    pub capture: Box<dyn FnOnce() -> Result<()> + Send + 'a>,
    /// Where finished frames come from.
    pub finished: Receiver<Frame>,
    /// Takes them in order, with its clock.
    pub deliver: (Deliver<'a>, StageClock),
}

/// Starts the captures of all paths and delivers what comes back, until there is no more of any. A single path is delivered by
/// this thread.
pub(crate) fn run_paths<'scope, 'a: 'scope>(threads: &RunThreads<'scope, '_>, paths: Vec<InputPath<'a>>) -> Result<()> {
    let (running, all_ended) = mpsc::channel::<()>();
    let single = paths.len() == 1;
    for InputPath { pool, capture, finished, deliver: (deliver, clock) } in paths {
        threads.spawn("capture", capture)?;
        if single {
            return deliver.run(finished.frames(&clock), &clock);
        }
        let running = running.clone();
        threads.spawn("sink", move || {
            let _running = running;
            let delivered = deliver.run(finished.frames(&clock), &clock);
            // Its sink may have had enough, and then its capture must stop.
            pool.close();
            delivered
        })?;
    }
    drop(running);
    // Nothing is sent: this ends with the last of them.
    let _: Result<(), _> = all_ended.recv();
    Ok(())
}

/// Workers that all inputs share.
#[derive(Default)]
pub struct SharedWorkers(Vec<SharedWorker>);

/// One of them, with what it needs for each input.
#[derive(Default)]
pub struct SharedWorker {
    queues: Vec<Receiver<Frame>>,
    chains: Vec<ChainInstance>,
    clocks: Vec<StageClock>,
    to_deliver: Vec<Sender<Frame>>,
}

impl SharedWorkers {
    /// One more input: a chain for each worker, the stage that they are, and where frames come from and go to.
    pub fn add(
        &mut self,
        (chains, stage): (Vec<ChainInstance>, Arc<StageMeter>),
        frames: &Receiver<Frame>,
        to_deliver: &Sender<Frame>,
    ) {
        self.0.resize_with(chains.len(), SharedWorker::default);
        for (worker, chain) in self.0.iter_mut().zip(chains) {
            worker.queues.push(frames.clone());
            worker.chains.push(chain);
            worker.clocks.push(stage.clock());
            worker.to_deliver.push(to_deliver.clone());
        }
    }
}

impl IntoIterator for SharedWorkers {
    type Item = SharedWorker;
    type IntoIter = std::vec::IntoIter<SharedWorker>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl SharedWorker {
    /// Does frame after frame with `filter`, in turn of all inputs, until there are no more.
    ///
    /// # Errors
    /// The first filter that failed.
    pub fn work(
        mut self,
        mut filter: impl FnMut(&mut ChainInstance, Frame, &StageClock) -> Result<Frame>,
    ) -> Result<()> {
        let mut intake = Intake::new(std::mem::take(&mut self.queues));
        while let Some(frame) = intake.next(&self.clocks) {
            let input = frame.stamp.input as usize;
            let clock = &self.clocks[input];
            let frame = filter(&mut self.chains[input], frame, clock)?;
            if self.to_deliver[input].send(frame, clock).is_break() {
                intake.close(input);
            }
        }
        Ok(())
    }
}

/// Runs every input by itself, with stages and workers of its own, all at the same time. The first that fails ends all.
///
/// # Errors
/// The first error of any of them.
pub fn side_by_side(inputs: Vec<InputJob<'_>>, run: impl Fn(InputJob<'_>) -> Result<()> + Sync) -> Result<()> {
    let first: Mutex<Option<Error>> = Mutex::default();
    let (first, run) = (&first, &run);
    scope(|s| -> Result<()> {
        let mut threads = Vec::new();
        for input in inputs {
            let watch = input.job.watch;
            let name = format!("input {}", input.job.which.0);
            let work = move || {
                if let Err(error) = run(input) {
                    first.lock().get_or_insert(error);
                    watch.close();
                }
            };
            let thread = Builder::new().name(name.clone()).spawn_scoped(s, work);
            let thread = thread.with_context(|| format!("cannot start thread {name}"));
            threads.push(thread.inspect_err(|_| watch.close())?);
        }
        let panicked = threads.into_iter().map(|thread| thread.join()).any(|joined| joined.is_err());
        if panicked { Err(anyhow!("an input broke down; please report this")) } else { Ok(()) }
    })?;
    first.lock().take().map_or(Ok(()), Err)
}
