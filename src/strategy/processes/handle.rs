//! One worker process as the parent sees it: started, greeted, given frames, shut down. Dropped before that, killed.
//!
//! No answer is trusted: it must be for the frame, the slot and the image that were asked for, come in time, and tell of no
//! more work than there was time for. A worker that exits, takes too long or breaks the protocol is a [`WorkerFailure`];
//! what becomes of its frame is decided elsewhere.

use std::collections::VecDeque;
use std::io;
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Error, Result, anyhow};
use opencv::core::Mat;
use rustix::io::Errno;

use super::deadline::{Deadline, GRACE, Overdue};
use super::failure::{Cause, WorkerFailure};
use super::pipe::Pipes;
use super::protocol::{Done, FinalStatistics, Hello, ImageFormat, ROLE, Ready, Request, Response, Spans, Transport};
use super::shared_frames::SharedFrames;
use super::socket::Socket;
use crate::cancel::CancelToken;
use crate::child::handshake::{HandshakeError, greeting, read_child};
use crate::child::{ChildProcess, Stderr, WorkerCommand, ends_with_parent, printable};
use crate::frame::Frame;
use crate::metrics::Tally;

pub(super) struct Worker {
    process: ChildProcess,
    transport: Box<dyn Transport>,
    message: Vec<u8>,
    limits: Limits,
    /// For its start, then for the oldest frame it has.
    deadline: Deadline,
    born: Instant,
    /// When each frame was sent that is not answered yet.
    sent: VecDeque<Instant>,
    /// Frames it was sent so far, and the highest of their numbers.
    frames: (u64, u64),
}

/// How long a worker may take.
#[derive(Clone)]
pub(super) struct Limits {
    /// For a frame.
    pub frame: Duration,
    /// Set when the run is over: then only a moment.
    pub stopped: CancelToken,
    /// How many of its threads can be on a core at once. (To ask the system takes as long as to hand a frame over.)
    pub cores: u32,
}

/// What a worker answered to a frame.
pub(super) enum Reply {
    Done(Done, Spans),
    /// A filter returned an error.
    Failed(Error),
}

/// Why a worker did not become ready.
pub(super) enum StartError {
    /// It says why it cannot start; another worker would say the same.
    Refused(Error),
    Failed(WorkerFailure),
}

/// How long a worker may take to start. A tenth of a second is usual.
const START: Duration = Duration::from_secs(20);

impl Worker {
    /// Starts a worker that is given `inputs` to read, and memory for its outputs.
    pub(super) fn over_socket(
        command: &WorkerCommand,
        hello: &Hello,
        inputs: &OwnedFd,
        limits: &Limits,
    ) -> Result<Self> {
        let (socket, theirs) = Socket::pair()
            .context("no socket to a worker process; fewer workers (-w) need fewer descriptors (ulimit -n)")?;
        let process = start(command, "socket", |child| child.stdin(theirs).stdout(Stdio::null()))?;
        Ok(Self::new(process, Box::new(SharedFrames::new(socket, hello, inputs)?), limits))
    }

    /// Starts a worker at the other end of two pipes.
    pub(super) fn over_pipes(command: &WorkerCommand, hello: &Hello, limits: &Limits) -> Result<Self> {
        let mut process = start(command, "pipe", |child| child.stdin(Stdio::piped()).stdout(Stdio::piped()))?;
        let (to, from) = process.take_pipes()?;
        let mut worker = Self::new(process, Box::new(Pipes::of_parent(from.into(), to.into())?), limits);
        let _ = worker.transport.send(&greeting(hello)?, &mut worker.deadline);
        Ok(worker)
    }

    fn new(process: ChildProcess, transport: Box<dyn Transport>, limits: &Limits) -> Self {
        let deadline = Deadline::new(START, &limits.stopped);
        let (message, sent, born) = (Vec::new(), VecDeque::new(), Instant::now());
        Self { process, transport, message, limits: limits.clone(), deadline, born, sent, frames: (0, 0) }
    }

    pub(super) fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Waits until its filters exist and its sandbox is as its policy says.
    pub(super) fn wait_until_ready(&mut self) -> Result<Ready, StartError> {
        let ready = match self.response().map_err(StartError::Failed)? {
            Response::Ready(ready) => read_child::<Ready>(&ready, ROLE.name),
            Response::Failed(why) => {
                return Err(StartError::Refused(anyhow!("a worker process could not start: {why}")));
            }
            other => return Err(StartError::Failed(self.protocol_error(&format!("it greeted with {other:?}")))),
        };
        let ready = ready.map(|ready| Ready { sandbox: ready.sandbox.as_deref().map(printable) });
        ready.map_err(|error| match error {
            HandshakeError::OtherBuild { .. } => StartError::Refused(error.into()),
            HandshakeError::Unreadable(error) => StartError::Failed(self.protocol_error(&error.to_string())),
        })
    }

    /// Sends it a frame; `detailed` asks for exact times of each filter.
    pub(super) fn send(&mut self, frame: &Frame, detailed: bool) -> Result<(), WorkerFailure> {
        let request = Request { slot: frame.buffer().slot, stamp: frame.stamp, detailed };
        self.wait_for_frame();
        self.sent.push_back(Instant::now());
        self.frames = (self.frames.0 + 1, self.frames.1.max(frame.stamp.index));
        let sent = request.encode(&mut self.message);
        let sent = sent.and_then(|()| self.transport.send(&self.message, &mut self.deadline));
        let sent = sent.and_then(|()| self.transport.send_image(frame.input(), &mut self.deadline));
        sent.map_err(|error| self.transport_failed(&error))
    }

    /// What follows counts for the oldest frame; if there is none, for one that begins now.
    fn wait_for_frame(&mut self) {
        match self.sent.is_empty() {
            true => self.deadline = Deadline::new(self.limits.frame, &self.limits.stopped),
            false => self.deadline.resume(),
        }
    }

    /// Waits for the answer to the first frame that was sent and not answered, which is this one, and takes its output.
    pub(super) fn receive(&mut self, slot: u32, frame: u64, image: &mut Mat) -> Result<Reply, WorkerFailure> {
        self.wait_for_frame();
        let response = self.response()?;
        self.process.read_stderr();
        let (done, spans) = match response {
            Response::Failed(why) => return Ok(Reply::Failed(anyhow!(why))),
            Response::Done(done, spans) => (done, spans),
            other => return Err(self.protocol_error(&format!("{other:?}"))),
        };
        let asked = Done { slot, frame, output: ImageFormat::of(image), spent: done.spent };
        if done != asked {
            let ImageFormat([width, height, kind]) = done.output;
            return Err(self.protocol_error(&format!(
                "asked for frame {} in slot {} it answered for frame {} in slot {}, {width}x{height} of type {kind}",
                asked.frame, asked.slot, done.frame, done.slot
            )));
        }
        let took = self.sent.front().map_or(Duration::ZERO, Instant::elapsed);
        let Some(spent) = done.spent.within(took, took * self.limits.cores) else {
            return Err(
                self.protocol_error(&format!("it says that a frame took {:?}, and had it for {took:?}", done.spent))
            );
        };
        let received = self.transport.receive_image(image, &mut self.deadline);
        received.map_err(|error| self.transport_failed(&error))?;
        self.sent.pop_front();
        self.deadline = Deadline::new(self.limits.frame, &self.limits.stopped);
        Ok(Reply::Done(Done { spent, ..done }, spans))
    }

    /// It made other pixels than the worker `pid`: it is killed.
    pub(super) fn differs(&mut self, pid: u32, why: Option<&Error>) -> WorkerFailure {
        self.fail(Cause::Differs(pid, why.map(|why| format!("{why:#}"))))
    }

    pub(super) fn kill(&mut self) {
        self.process.kill();
    }

    /// Shuts the worker down; returns its final statistics if it answers in time.
    ///
    /// # Errors
    /// When they cannot be true.
    pub(super) fn shutdown(mut self) -> Result<Option<FinalStatistics>, WorkerFailure> {
        self.transport.close();
        self.deadline = Deadline::new(GRACE, &CancelToken::default());
        match self.response() {
            Ok(Response::Final(statistics)) => match self.checked(statistics) {
                Some(statistics) => Ok(Some(statistics)),
                None => Err(self.protocol_error("its final statistics tell of more than it was given")),
            },
            _ => Ok(None),
        }
    }

    /// Final statistics as far as they can be true: of no more frames, time and memory than it had.
    fn checked(&self, FinalStatistics { parts, buffers, sandbox }: FinalStatistics) -> Option<FinalStatistics> {
        let (frames, highest) = self.frames;
        let all = Tally::sum(&parts);
        all.spent.within(self.born.elapsed(), self.process.cpu())?;
        let possible =
            parts.iter().all(|part| part.frames <= frames && part.starved.is_zero() && part.blocked.is_zero())
                && buffers.made <= frames.saturating_mul(parts.len() as u64)
                && buffers.last_at_frame <= highest;
        possible.then(|| FinalStatistics { parts, buffers, sandbox: sandbox.as_deref().map(printable) })
    }

    fn response(&mut self) -> Result<Response, WorkerFailure> {
        match self.transport.receive(&mut self.message, &mut self.deadline) {
            Ok(true) => Response::decode(&self.message).map_err(|error| self.protocol_error(&format!("{error:#}"))),
            Ok(false) => Err(self.exited()),
            Err(error) => Err(self.transport_failed(&error)),
        }
    }

    fn transport_failed(&mut self, error: &Error) -> WorkerFailure {
        match error.downcast_ref() {
            Some(Overdue::TimedOut(limit)) => self.fail(Cause::TimedOut(*limit)),
            Some(Overdue::Stopped) => self.fail(Cause::Stopped),
            None if error.is::<Errno>() || error.is::<io::Error>() => self.exited(),
            None => self.protocol_error(&format!("{error:#}")),
        }
    }

    fn protocol_error(&mut self, what: &str) -> WorkerFailure {
        self.fail(Cause::ProtocolError(what.to_owned()))
    }

    fn fail(&mut self, cause: Cause) -> WorkerFailure {
        WorkerFailure { pid: self.pid(), cause, exit: self.process.kill() }
    }

    /// It has closed its end of the transport, so it is about to exit.
    fn exited(&mut self) -> WorkerFailure {
        WorkerFailure { pid: self.pid(), cause: Cause::Exited, exit: self.process.wait(GRACE) }
    }
}

fn start(
    command: &WorkerCommand,
    transport: &str,
    connect: impl FnOnce(&mut Command) -> &mut Command,
) -> Result<ChildProcess> {
    // A process group of its own: Ctrl-C on the terminal asks the parent to end, and workers finish their frames.
    ChildProcess::start(command, &ROLE, Stderr::Tail, |child| ends_with_parent(connect(child.arg(transport))))
}

#[cfg(test)]
mod tests;
