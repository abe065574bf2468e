//! An attendant: a thread of the parent that looks after one worker process after the other.
//!
//! It keeps its worker supplied, passes on what is finished, and when the worker is lost puts another in its place.
//! The frames the lost one had go back to where all attendants look first; their input is still in their buffers, so
//! nothing is captured twice. A frame over which worker after worker is lost is given up, and the run goes on.

use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::sync::mpsc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Error, Result, anyhow, bail, ensure};
use parking_lot::{Mutex, RwLock};

use super::handle::{Reply, Unready, Worker};
use super::protocol::{Done, Farewell, Form};
use crate::cancel::CancelToken;
use crate::child::failure::{How, Loss, POISON};
use crate::child::start_limit::Turnstile;
use crate::frame::Frame;
use crate::metrics::{Meters, PoisonFrame, Spent, StageClock};
use crate::pipeline::{Receiver, Sender};

/// What all attendants of a run share.
pub(super) struct Office<'a> {
    /// Starts a worker process.
    pub hire: &'a (dyn Fn() -> Result<Worker> + Sync),
    /// Frames a worker may have at once.
    pub window: usize,
    /// What a finished frame must look like.
    pub output: Form,
    /// Whether a frame that is poison ends the run.
    pub strict: bool,
    /// Which part of the stage is the hand-over.
    pub handing_over: usize,
    /// The run's meters.
    pub meters: &'a Meters,
    /// Set when the run is over.
    pub stopped: CancelToken,
    /// Frames whose worker was lost, by number.
    pub returned: Mutex<BTreeMap<u64, Task>>,
    /// Lets only a few workers start at once.
    pub starting: Turnstile,
    /// Held while the run is measured: until then worker processes stay.
    pub measured: RwLock<()>,
}

/// A frame to do, and what it has on its conscience.
pub(super) struct Task {
    frame: Frame,
    sending: Spent,
    /// When it was sent, if it is traced.
    sent: Option<Instant>,
    /// Whether the worker had nothing else to do when it was sent.
    alone: bool,
    guilt: u32,
}

/// A thread that looks after workers.
pub(super) struct Attendant<'a> {
    pub office: &'a Office<'a>,
    pub frames: Receiver<Frame>,
    pub to_deliver: Sender<Frame>,
    pub clock: StageClock,
    /// Whether it has waited for a frame before.
    pub waited: Cell<bool>,
}

/// Why a frame was not done.
enum Trouble {
    /// A filter could not.
    Failed(Error),
    Lost(Loss),
}

/// A start that goes wrong is tried again so often...
const STARTS: u32 = 5;
/// ...with a pause where the system would not even begin it...
const PAUSE: Duration = Duration::from_millis(50);
/// ...and one that somebody else ends, for so long.
const PERSISTENCE: Duration = Duration::from_secs(60);

/// When so many workers in a row were lost and no frame was finished, this is leading nowhere. One that hung counts for
/// ten: it has cost time.
const HOPELESS: u32 = 100;

impl Attendant<'_> {
    /// Does frames until there are no more. `ready` is dropped when the first worker stands. Gives what the last
    /// worker has measured, if it had a chance to say.
    pub(super) fn attend(self, ready: mpsc::Sender<()>) -> Result<Option<Farewell>> {
        let Some(mut worker) = self.start()? else { return Ok(None) };
        drop(ready);
        let (mut tasks, mut wanted, mut lost) = (VecDeque::new(), true, 0);
        loop {
            let since = Instant::now();
            let turn = if wanted { self.supply(&mut worker, &mut tasks) } else { Ok(()) };
            match turn.map_err(Trouble::Lost).and_then(|()| self.collect(&mut worker, &mut tasks)) {
                // Even if nobody wants more frames, those in work must come back before their buffers are anybody's.
                Ok(Some(frame)) => (wanted, lost) = (self.to_deliver.send(frame, &self.clock).is_continue(), 0),
                Ok(None) => break,
                Err(Trouble::Failed(error)) => return Err(error),
                Err(Trouble::Lost(Loss { how: How::Stopped, .. })) => return Ok(None),
                Err(Trouble::Lost(loss)) => {
                    lost += if matches!(loss.how, How::Hung(_)) { 10 } else { 1 };
                    if lost >= HOPELESS {
                        bail!("worker after worker was lost and no frame was finished, the last so: {loss}");
                    }
                    let Some(next) = self.replace(&loss, since, &mut tasks)? else { return Ok(None) };
                    worker = next;
                }
            }
        }
        Ok(self.leave(worker))
    }

    /// Gives the worker as many frames as it may have at once.
    fn supply(&self, worker: &mut Worker, tasks: &mut VecDeque<Task>) -> Result<(), Loss> {
        while tasks.len() < self.office.window {
            let Some(mut task) = self.next(tasks.is_empty()) else { break };
            let begin = self.clock.span_begin(task.frame.stamp.index);
            let (sent, sending) = self.clock.timed(|| worker.send(&task.frame, self.clock.is_detailed()));
            (task.sending, task.alone, task.sent) = (sending, tasks.is_empty(), begin);
            self.clock.span(self.office.handing_over, task.frame.stamp.index, begin);
            if let Err(loss) = sent {
                // This one never reached the worker, so it is not to blame.
                self.give_back([task]);
                return Err(loss);
            }
            tasks.push_back(task);
        }
        Ok(())
    }

    /// The next frame to do: one that was given back, else a new one. Only an idle worker is worth waiting for.
    fn next(&self, idle: bool) -> Option<Task> {
        if self.office.stopped.is_cancelled() {
            return None;
        }
        let returned = self.office.returned.lock().pop_first();
        if let Some((_, task)) = returned {
            return Some(task);
        }
        let frame = match idle {
            true if self.waited.replace(true) => self.frames.recv(&self.clock),
            true => self.frames.recv_first(&self.clock, || self.office.meters.begun_at()),
            false => self.frames.try_recv(),
        };
        frame.map(|frame| Task { frame, sending: Spent::default(), sent: None, alone: false, guilt: 0 })
    }

    /// Takes the worker's oldest frame back, finished; none if it has none. What it takes to hand a frame over, there
    /// and back, is a part of the stage by itself.
    fn collect(&self, worker: &mut Worker, tasks: &mut VecDeque<Task>) -> Result<Option<Frame>, Trouble> {
        let Some(Task { frame, sending, alone, sent, .. }) = tasks.front_mut() else { return Ok(None) };
        let (index, sent, asked) = (frame.stamp.index, *sent, sent.map(|_| Instant::now()));
        let (reply, receiving) = self.clock.timed(|| worker.receive(frame, self.office.output, &self.office.stopped));
        let (reply, sending, alone) = (reply.map_err(Trouble::Lost)?, *sending, *alone);
        let frame = tasks.pop_front().map(|task| task.frame);
        match reply {
            Reply::Done(Done { spent, .. }, spans) => {
                if let Some(sent) = sent {
                    // The way back begins when the worker is done, or when somebody listens.
                    let done = self.clock.spans_elsewhere(worker.pid(), index, &spans, sent);
                    self.clock.span(self.office.handing_over, index, asked.max(done));
                }
                let worked = spent.busy + spent.locked;
                // What the worker did before its answer was waited for, it did while frames before were sent on.
                self.clock.not_blocked(worked.saturating_sub(receiving.busy));
                // While the answer was waited for, the worker worked; the rest is the way there and back. One that
                // had nothing to do may have begun before the sending was over.
                let (there, back) = (sending.busy, receiving.busy);
                let way =
                    if alone { (there + back).saturating_sub(worked) } else { there + back.saturating_sub(worked) };
                let handed = Spent { busy: way, cpu: sending.cpu + receiving.cpu, ..Spent::default() };
                self.clock.note(Spent { busy: spent.busy + handed.busy, cpu: spent.cpu + handed.cpu, ..spent });
                self.clock.note_part(self.office.handing_over, handed);
                Ok(frame)
            }
            Reply::Failed(error) => {
                // It may be at work on the next frame already, whose buffer goes back to the pool here.
                worker.kill();
                frame.into_iter().for_each(Frame::fail);
                Err(Trouble::Failed(error))
            }
        }
    }

    /// Puts another worker in the place of one that is lost, which was last waited for `since` then and had these
    /// frames; none if the run is over.
    fn replace(&self, loss: &Loss, since: Instant, tasks: &mut VecDeque<Task>) -> Result<Option<Worker>> {
        let Office { meters, .. } = self.office;
        meters.forget_process(loss.pid);
        let at = tasks.front().map_or("while idle".to_owned(), |task| format!("at frame {}", task.frame.stamp.index));
        meters.losses.worker(|| format!("{at}: {loss}"));
        // It was at the oldest one; the others only waited.
        if let Some(mut task) = tasks.pop_front() {
            task.guilt += loss.guilt();
            task.frame.stamp.attempt += 1;
            if task.guilt < POISON { tasks.push_front(task) } else { self.give_up(task.frame, loss)? }
        }
        meters.losses.redo(tasks.len());
        self.give_back(tasks.drain(..));
        let worker = self.start()?;
        meters.losses.recovered(since.elapsed());
        Ok(worker)
    }

    fn give_back(&self, tasks: impl IntoIterator<Item = Task>) {
        let tasks = tasks.into_iter().map(|task| (task.frame.stamp.index, task));
        self.office.returned.lock().extend(tasks);
    }

    fn give_up(&self, mut frame: Frame, loss: &Loss) -> Result<()> {
        let stamp = frame.stamp;
        let poison = PoisonFrame {
            frame: stamp.index,
            time_s: stamp.pts.as_secs_f64(),
            workers: stamp.attempt,
            reason: loss.to_string(),
        };
        if self.office.strict {
            frame.fail();
            return Err(anyhow!("{poison}"));
        }
        self.office.meters.losses.poison(poison);
        frame.give_up();
        // Whether anybody still wants it is seen at the next one.
        let _ = self.to_deliver.send(frame, &self.clock);
        Ok(())
    }

    /// A worker that stands; none if the run is over. Others go on meanwhile.
    fn start(&self) -> Result<Option<Worker>> {
        let Office { hire, meters, stopped, starting, .. } = self.office;
        let (begin, mut failed) = (Instant::now(), 0);
        while !stopped.is_cancelled() {
            let turn = starting.enter();
            if stopped.is_cancelled() {
                break;
            }
            let mut worker = match hire() {
                Ok(worker) => worker,
                // There may be descriptors or processes to be had again in a moment.
                Err(_) if failed + 1 < STARTS => {
                    failed += 1;
                    sleep(PAUSE);
                    continue;
                }
                Err(error) => return Err(error),
            };
            let ready = worker.wait_until_ready(stopped);
            drop(turn);
            match ready {
                Ok(ready) => {
                    meters.sandbox(&ready.sandbox);
                    meters.watch_process(worker.pid());
                    return Ok(Some(worker));
                }
                Err(Unready::Refused(error)) => return Err(error),
                Err(Unready::Lost(Loss { how: How::Stopped, .. })) => break,
                Err(Unready::Lost(loss)) if loss.is_from_outside() && begin.elapsed() < PERSISTENCE => {}
                Err(Unready::Lost(loss)) => {
                    failed += 1;
                    ensure!(failed < STARTS, "cannot start a worker process: {loss}");
                }
            }
        }
        Ok(None)
    }

    /// There are no more frames: lets everybody else know, and sends the worker home when the run has been measured.
    fn leave(self, worker: Worker) -> Option<Farewell> {
        let Self { office, frames, to_deliver, clock, .. } = self;
        drop((frames, to_deliver, clock));
        drop(office.measured.read());
        office.meters.forget_process(worker.pid());
        worker.dismiss()
    }
}
