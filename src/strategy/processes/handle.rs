//! One worker process as the parent sees it: started, greeted, given frames, shut down. Dropped before that, killed.
//!
//! No answer is trusted: it must be for the frame, the slot and the image that were asked for, and come in time. A worker
//! that exits, takes too long or breaks the protocol is a [`WorkerFailure`]; what becomes of its frame is decided
//! elsewhere.

use std::io::{self, ErrorKind};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Error, Result, anyhow};
use rustix::io::Errno;

use super::failure::{Cause, WorkerFailure};
use super::pipe::{Pipes, WithTimeout};
use super::protocol::{Done, FinalStatistics, Hello, ImageFormat, ROLE, Ready, Request, Response, Spans, Transport};
use super::shared_memory::SlotMemory;
use super::socket::Socket;
use crate::cancel::CancelToken;
use crate::child::handshake::{HandshakeError, greeting, read_child};
use crate::child::{ChildProcess, Stderr, WorkerCommand};
use crate::frame::Frame;

pub(super) struct Worker {
    process: ChildProcess,
    transport: Box<dyn Transport>,
    message: Vec<u8>,
    /// How long it may take for a frame.
    frame_timeout: Duration,
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

/// How long a worker may take to send its final statistics or to exit, and to finish its frame when the run is over.
const GRACE: Duration = Duration::from_millis(300);

/// How often a wait checks whether the run is over.
const SLICE: Duration = Duration::from_millis(50);

impl Worker {
    /// Starts a worker that shares `memory` with this process.
    pub(super) fn over_socket(
        command: &WorkerCommand,
        hello: &Hello,
        memory: &SlotMemory,
        frame_timeout: Duration,
    ) -> Result<Self> {
        let (mut socket, theirs) = Socket::pair()
            .context("no socket to a worker process; fewer workers (-w) need fewer descriptors (ulimit -n)")?;
        let process = start(command, "socket", |child| child.stdin(theirs).stdout(Stdio::null()))?;
        let hello = Hello { slots: memory.count, ..hello.clone() };
        // If this fails, the worker has exited; why is found when its answer is awaited.
        let _ = socket.send_with(&greeting(&hello)?, &memory.fd);
        Ok(Self { process, transport: Box::new(socket), message: Vec::new(), frame_timeout })
    }

    /// Starts a worker at the other end of two pipes.
    pub(super) fn over_pipes(command: &WorkerCommand, hello: &Hello, frame_timeout: Duration) -> Result<Self> {
        let mut process = start(command, "pipe", |child| child.stdin(Stdio::piped()).stdout(Stdio::piped()))?;
        let (to, from) = process.take_pipes()?;
        let mut pipes = Pipes::new(WithTimeout::new(from, frame_timeout)?, WithTimeout::new(to, frame_timeout)?);
        let _ = pipes.send(&greeting(hello)?);
        Ok(Self { process, transport: Box::new(pipes), message: Vec::new(), frame_timeout })
    }

    pub(super) fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Waits until its filters exist and its sandbox is as its policy says.
    pub(super) fn wait_until_ready(&mut self, stopped: &CancelToken) -> Result<Ready, StartError> {
        self.wait(START, stopped).map_err(StartError::Failed)?;
        let ready = match self.response().map_err(StartError::Failed)? {
            Response::Ready(ready) => read_child(&ready, ROLE.name),
            Response::Failed(why) => {
                return Err(StartError::Refused(anyhow!("a worker process could not start: {why}")));
            }
            other => return Err(StartError::Failed(self.protocol_error(&format!("it greeted with {other:?}")))),
        };
        ready.map_err(|error| match error {
            HandshakeError::OtherBuild { .. } => StartError::Refused(error.into()),
            HandshakeError::Unreadable(error) => StartError::Failed(self.protocol_error(&error.to_string())),
        })
    }

    /// Sends it a frame; `detailed` asks for exact times of each filter.
    pub(super) fn send(&mut self, frame: &Frame, detailed: bool) -> Result<(), WorkerFailure> {
        let request = Request { slot: frame.buffer().slot, stamp: frame.stamp, detailed };
        let sent = request.encode(&mut self.message).and_then(|()| self.transport.send(&self.message));
        let sent = sent.and_then(|()| self.transport.send_image(frame.input()));
        sent.map_err(|error| self.transport_failed(&error))
    }

    /// Waits for the answer to the first frame that was sent and not answered, and takes its output.
    pub(super) fn receive(
        &mut self,
        frame: &mut Frame,
        output: ImageFormat,
        stopped: &CancelToken,
    ) -> Result<Reply, WorkerFailure> {
        self.wait(self.frame_timeout, stopped)?;
        let response = self.response()?;
        self.process.read_stderr();
        let (done, spans) = match response {
            Response::Failed(why) => return Ok(Reply::Failed(anyhow!(why))),
            Response::Done(done, spans) => (done, spans),
            other => return Err(self.protocol_error(&format!("{other:?}"))),
        };
        let asked = Done { slot: frame.buffer().slot, frame: frame.stamp.index, output, spent: done.spent };
        if done != asked {
            let ImageFormat([width, height, kind]) = done.output;
            return Err(self.protocol_error(&format!(
                "asked for frame {} in slot {} it answered for frame {} in slot {}, {width}x{height} of type {kind}",
                asked.frame, asked.slot, done.frame, done.slot
            )));
        }
        let image = &mut frame.buffer_mut().output;
        self.transport.receive_image(image).map_err(|error| self.transport_failed(&error))?;
        Ok(Reply::Done(done, spans))
    }

    pub(super) fn kill(&mut self) {
        self.process.kill();
    }

    /// Shuts the worker down; returns its final statistics if it answers in time.
    pub(super) fn shutdown(mut self) -> Option<FinalStatistics> {
        self.transport.close();
        self.wait(GRACE, &CancelToken::default()).ok()?;
        match self.response() {
            Ok(Response::Final(statistics)) => Some(statistics),
            _ => None,
        }
    }

    /// Waits for something to receive.
    fn wait(&mut self, limit: Duration, stopped: &CancelToken) -> Result<(), WorkerFailure> {
        // Slices are counted instead of reading the clock: this process may have been suspended together with the worker.
        let (slice, mut waited) = (SLICE.min(limit), Duration::ZERO);
        loop {
            match self.transport.wait(slice) {
                Ok(true) => return Ok(()),
                Ok(false) => waited += slice,
                Err(error) => return Err(self.transport_failed(&error)),
            }
            if waited >= limit {
                return Err(self.fail(Cause::TimedOut(limit)));
            }
            if waited >= GRACE && stopped.is_cancelled() {
                return Err(self.fail(Cause::Stopped));
            }
        }
    }

    fn response(&mut self) -> Result<Response, WorkerFailure> {
        match self.transport.receive(&mut self.message) {
            Ok(true) => Response::decode(&self.message).map_err(|error| self.protocol_error(&format!("{error:#}"))),
            Ok(false) => Err(self.exited()),
            Err(error) => Err(self.transport_failed(&error)),
        }
    }

    fn transport_failed(&mut self, error: &Error) -> WorkerFailure {
        match error.downcast_ref().map(io::Error::kind) {
            Some(ErrorKind::TimedOut) => self.fail(Cause::TimedOut(self.frame_timeout)),
            Some(_) => self.exited(),
            None if error.is::<Errno>() => self.exited(),
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
    ChildProcess::start(command, &ROLE, Stderr::Tail, |child| connect(child.arg(transport).process_group(0)))
}

#[cfg(test)]
mod tests;
