//! A supervisor: a thread of the parent that runs one worker process after the other.
//!
//! It sends frames to its worker, passes on what is finished, and replaces the worker when it fails. The frames of the
//! failed worker go back to where all supervisors look first; their inputs are still in their buffers, so nothing is
//! captured twice. A frame over which several workers fail is given up, and the run goes on.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, mpsc};
use std::time::Instant;

use anyhow::{Error, Result, anyhow, bail};
use parking_lot::{Mutex, RwLock};

use super::failure::{Cause, GIVE_UP_AT, WorkerFailure};
use super::handle::{Reply, Worker};
use super::protocol::{Done, FinalStatistics};
use super::verify::Verifier;
use crate::cancel::CancelToken;
use crate::child::StartLimit;
use crate::frame::{Buffer, Frame};
use crate::metrics::{Meters, PoisonFrame, Spent, StageClock};
use crate::pipeline::{Intake, Sender};

/// What all supervisors of a run share.
pub(super) struct Shared<'a> {
    /// Starts a worker process.
    pub spawn: &'a (dyn Fn() -> Result<Worker> + Sync),
    /// Frames a worker may have at once.
    pub window: usize,
    /// Does some frames again.
    pub verifier: Verifier,
    /// Whether a frame that is given up ends the run.
    pub strict: bool,
    /// Which part of the stage is the handoff, by input.
    pub handing_over: Vec<usize>,
    /// The meters of each input. Worker processes count for the first one, and with it for all.
    pub meters: Vec<Arc<Meters>>,
    /// Set when the run is over.
    pub stopped: CancelToken,
    /// Frames whose worker failed, by their number and that of the input.
    pub returned: Mutex<BTreeMap<(u64, u32), Task>>,
    /// Lets only a few workers start at once.
    pub starting: StartLimit,
    /// Write-locked while the run is measured: until it is released, no worker process is shut down.
    pub measured: RwLock<()>,
}

/// A frame in flight and its failure count.
pub(super) struct Task {
    frame: Frame,
    sending: Spent,
    /// When it was sent, if it is traced.
    sent: Option<Instant>,
    /// Whether the worker had no other frame when it was sent.
    alone: bool,
    /// The weights of the failures over this frame, summed up.
    failures: u32,
}

/// A thread that runs workers.
pub(super) struct Supervisor<'a> {
    pub shared: &'a Shared<'a>,
    pub frames: RefCell<Intake>,
    /// By input.
    pub to_deliver: Vec<Sender<Frame>>,
    /// By input.
    pub clocks: Vec<StageClock>,
    /// Whether it has waited for a frame before.
    pub waited: Cell<bool>,
}

/// Why a frame was not done.
enum Undone {
    /// A filter returned an error.
    Filter(Error),
    Worker(WorkerFailure),
}

/// After this many failed workers in a row without a finished frame the run ends. A timeout counts as [`TIMED_OUT`] of
/// them, because it takes long.
const FAILURES_IN_A_ROW: u32 = 100;
const TIMED_OUT: u32 = 10;

impl Supervisor<'_> {
    /// Does frames until there are no more. `ready` is dropped when the first worker is ready. Returns the final
    /// statistics of the last worker, if it answers in time.
    pub(super) fn run(self, ready: mpsc::Sender<()>) -> Result<Option<FinalStatistics>> {
        let Some(mut worker) = self.shared.start()? else { return Ok(None) };
        drop(ready);
        let (mut tasks, mut wanted, mut failures) = (VecDeque::new(), true, 0);
        loop {
            let since = Instant::now();
            let sent = if wanted { self.fill(&mut worker, &mut tasks) } else { Ok(()) };
            match sent.map_err(Undone::Worker).and_then(|()| self.collect(&mut worker, &mut tasks)) {
                // Even if no more frames are wanted, those in flight must come back before their buffers are reused.
                Ok(Some(frame)) => {
                    failures = 0;
                    let input = frame.stamp.input as usize;
                    if self.to_deliver[input].send(frame, &self.clocks[input]).is_break() {
                        let mut frames = self.frames.borrow_mut();
                        frames.close(input);
                        wanted = !frames.is_closed();
                    }
                }
                Ok(None) => break,
                Err(Undone::Filter(error)) => return Err(error),
                Err(Undone::Worker(WorkerFailure { cause: Cause::Stopped, .. })) => return Ok(None),
                Err(Undone::Worker(failure)) => {
                    self.shared.meters[0].forget_process(worker.pid());
                    failures += if matches!(failure.cause, Cause::TimedOut(_)) { TIMED_OUT } else { 1 };
                    if failures >= FAILURES_IN_A_ROW {
                        bail!("worker after worker was lost and no frame was finished, the last so: {failure}");
                    }
                    let Some(next) = self.replace(&failure, since, &mut tasks)? else { return Ok(None) };
                    worker = next;
                }
            }
        }
        Ok(self.finish(worker))
    }

    /// Sends the worker as many frames as it may have at once.
    fn fill(&self, worker: &mut Worker, tasks: &mut VecDeque<Task>) -> Result<(), WorkerFailure> {
        while tasks.len() < self.shared.window {
            let Some(mut task) = self.next(tasks.is_empty()) else { break };
            let input = task.frame.stamp.input as usize;
            let (clock, handing_over) = (&self.clocks[input], self.shared.handing_over[input]);
            let begin = clock.span_begin(task.frame.stamp.index);
            let (sent, sending) = clock.timed(|| worker.send(&task.frame, clock.is_detailed()));
            (task.sending, task.alone, task.sent) = (sending, tasks.is_empty(), begin);
            clock.span(handing_over, task.frame.stamp.index, begin);
            if let Err(failure) = sent {
                // It never reached the worker, so the failure does not count against it.
                self.put_back([task]);
                return Err(failure);
            }
            tasks.push_back(task);
        }
        Ok(())
    }

    /// The next frame to do: one that was put back, else a new one. Only an idle worker waits for a new one.
    fn next(&self, idle: bool) -> Option<Task> {
        if self.shared.stopped.is_cancelled() {
            return None;
        }
        let returned = self.shared.returned.lock().pop_first();
        if let Some((_, task)) = returned {
            return Some(task);
        }
        let mut frames = self.frames.borrow_mut();
        let begun_at = || self.shared.meters.iter().map(|meters| meters.begun_at()).min();
        let frame = match idle {
            true if self.waited.replace(true) => frames.next(&self.clocks),
            true => frames.next_first(&self.clocks, || begun_at().unwrap_or_else(Instant::now)),
            false => frames.try_next(),
        };
        frame.map(|frame| Task { frame, sending: Spent::default(), sent: None, alone: false, failures: 0 })
    }

    /// Takes the oldest frame of the worker back, finished; none if the worker has none. The time to hand a frame over,
    /// there and back, is a part of the stage by itself.
    fn collect(&self, worker: &mut Worker, tasks: &mut VecDeque<Task>) -> Result<Option<Frame>, Undone> {
        let Some(Task { frame, sending, alone, sent, .. }) = tasks.front_mut() else { return Ok(None) };
        let input = frame.stamp.input as usize;
        let (clock, handing_over) = (&self.clocks[input], self.shared.handing_over[input]);
        let (index, sent, asked) = (frame.stamp.index, *sent, sent.map(|_| Instant::now()));
        let Buffer { slot, output, .. } = frame.buffer_mut();
        let (reply, receiving) = clock.timed(|| worker.receive(*slot, index, output));
        let (reply, sending, alone) = (reply.map_err(Undone::Worker)?, *sending, *alone);
        if matches!(reply, Reply::Done(..)) {
            let checked = self.shared.verifier.check(frame, worker.pid(), || self.shared.start());
            checked.map_err(Undone::Filter)?.map_err(Undone::Worker)?;
        }
        let frame = tasks.pop_front().map(|task| task.frame);
        match reply {
            Reply::Done(Done { spent, .. }, spans) => {
                if let Some(sent) = sent {
                    // The way back begins when the worker is done, or when its answer is first waited for.
                    let done = clock.spans_elsewhere(worker.pid(), index, &spans, sent);
                    clock.span(handing_over, index, asked.max(done));
                }
                let worked = spent.busy + spent.locked;
                // The worker worked longer than its answer was waited for: the rest it did while frames before were
                // sent on, so that time was not lost to blocking.
                clock.not_blocked(worked.saturating_sub(receiving.busy));
                // The worker worked while its answer was waited for; the rest of the wait is the handoff. A worker
                // without another frame may have begun before sending was over.
                let (there, back) = (sending.busy, receiving.busy);
                let way =
                    if alone { (there + back).saturating_sub(worked) } else { there + back.saturating_sub(worked) };
                let handed = Spent { busy: way, cpu: sending.cpu + receiving.cpu, ..Spent::default() };
                clock.note(Spent { busy: spent.busy + handed.busy, cpu: spent.cpu + handed.cpu, ..spent });
                clock.note_part(handing_over, handed);
                Ok(frame)
            }
            Reply::Failed(error) => {
                // The worker may already be at its next frame, whose buffer goes back to the pool here.
                worker.kill();
                frame.into_iter().for_each(Frame::fail);
                Err(Undone::Filter(error))
            }
        }
    }

    /// Replaces a worker that failed with these frames and was last waited for at `since`; none if the run is over.
    fn replace(&self, failure: &WorkerFailure, since: Instant, tasks: &mut VecDeque<Task>) -> Result<Option<Worker>> {
        let input = tasks.front().map_or(0, |task| task.frame.stamp.input as usize);
        let meters = &self.shared.meters[input];
        meters.forget_process(failure.pid);
        let at = tasks.front().map_or("while idle".to_owned(), |task| format!("at frame {}", task.frame.stamp.index));
        meters.losses.worker(|| format!("{at}: {failure}"));
        // The oldest frame was in work; the others only waited.
        if let Some(mut task) = tasks.pop_front() {
            task.failures += failure.weight();
            task.frame.stamp.attempt += 1;
            if task.failures < GIVE_UP_AT { tasks.push_front(task) } else { self.give_up(task.frame, failure)? }
        }
        meters.losses.redo(tasks.len());
        self.put_back(tasks.drain(..));
        let worker = self.shared.start()?;
        meters.losses.recovered(since.elapsed());
        Ok(worker)
    }

    fn put_back(&self, tasks: impl IntoIterator<Item = Task>) {
        let tasks = tasks.into_iter().map(|task| ((task.frame.stamp.index, task.frame.stamp.input), task));
        self.shared.returned.lock().extend(tasks);
    }

    fn give_up(&self, mut frame: Frame, failure: &WorkerFailure) -> Result<()> {
        let stamp = frame.stamp;
        let poison = PoisonFrame {
            frame: stamp.index,
            time_s: stamp.pts.as_secs_f64(),
            workers: stamp.attempt,
            reason: failure.to_string(),
        };
        if self.shared.strict {
            frame.fail();
            return Err(anyhow!("{poison}"));
        }
        let input = stamp.input as usize;
        self.shared.meters[input].losses.poison(poison);
        frame.give_up();
        // Whether more frames are wanted is checked with the next one.
        let _ = self.to_deliver[input].send(frame, &self.clocks[input]);
        Ok(())
    }

    /// There are no more frames: closes both queues, and shuts the worker down when the run has been measured.
    fn finish(self, worker: Worker) -> Option<FinalStatistics> {
        let Self { shared, frames, to_deliver, clocks, .. } = self;
        drop((frames, to_deliver, clocks));
        drop(shared.measured.read());
        shared.meters[0].forget_process(worker.pid());
        worker.shutdown().unwrap_or_else(|failure| {
            shared.meters[0].losses.worker(|| format!("after its last frame: {failure}"));
            None
        })
    }
}
