//! One worker process as the parent sees it: started, greeted, given frames, dismissed. Dropped before that, killed.
//!
//! Nothing it says is believed: an answer must be for the frame, the slot and the shape it was asked for, and come in
//! time. A worker that is dead, hung or lying is a [`Loss`]; whose frame it was is not known here.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Error, Result, anyhow};
use rustix::pipe::{PipeFlags, pipe_with};

use super::pipe::{Patient, Pipes};
use super::protocol::{Answer, Done, Farewell, Form, Hello, Order, Ready, Spans, Transport, VERSION};
use super::shared_memory::SlotMemory;
use super::socket::Socket;
use crate::cancel::CancelToken;
use crate::child::WorkerCommand;
use crate::child::failure::{How, Loss};
use crate::child::stderr_tail::Hearing;
use crate::frame::Frame;

/// One worker process.
pub(super) struct Worker {
    child: Child,
    transport: Box<dyn Transport>,
    stderr: Hearing,
    message: Vec<u8>,
    /// How long a frame may take it.
    patience: Duration,
}

/// What a worker made of a frame.
pub(super) enum Reply {
    Done(Done, Spans),
    /// A filter could not do it.
    Failed(Error),
}

/// Why a worker did not get as far as its first frame.
pub(super) enum Unready {
    /// It said so; another one would say the same.
    Refused(Error),
    Lost(Loss),
}

/// How long a worker may take to start. A tenth of a second is usual.
const START: Duration = Duration::from_secs(20);

/// What to say when not even a pipe is to be had.
const NO_LINE: &str = "no line to a worker process; fewer workers (-w) need fewer descriptors (ulimit -n)";

/// How long a worker may take to say farewell, or to finish what it is at when the run is over.
const GRACE: Duration = Duration::from_millis(300);

/// How often somebody who waits looks whether the run is over.
const SLICE: Duration = Duration::from_millis(50);

impl Worker {
    /// Starts a worker that shares `memory` with us.
    pub(super) fn over_socket(
        command: &WorkerCommand,
        hello: &Hello,
        memory: &SlotMemory,
        patience: Duration,
    ) -> Result<Self> {
        let (mut socket, theirs) = Socket::pair().context(NO_LINE)?;
        let (child, stderr) = start(command, "socket", |command| command.stdin(theirs).stdout(Stdio::null()))?;
        let hello = Hello { slots: memory.count(), ..hello.clone() };
        // Should this fail, the worker has ended already: waiting for its greeting tells why.
        let _ = socket.send_with(&serde_json::to_vec(&hello)?, memory.fd());
        Ok(Self { child, transport: Box::new(socket), stderr, message: Vec::new(), patience })
    }

    /// Starts a worker at the other end of two pipes.
    pub(super) fn over_pipes(command: &WorkerCommand, hello: &Hello, patience: Duration) -> Result<Self> {
        let (mut child, stderr) =
            start(command, "pipe", |command| command.stdin(Stdio::piped()).stdout(Stdio::piped()))?;
        let (to, from) = (child.stdin.take().context("no pipe")?, child.stdout.take().context("no pipe")?);
        let mut pipes = Pipes::new(Patient::new(from, patience)?, Patient::new(to, patience)?);
        let _ = pipes.send(&serde_json::to_vec(hello)?);
        Ok(Self { child, transport: Box::new(pipes), stderr, message: Vec::new(), patience })
    }

    /// Its process number.
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it has made its filters and locked itself in.
    pub(super) fn wait_until_ready(&mut self, stopped: &CancelToken) -> Result<Ready, Unready> {
        self.wait(START, stopped).map_err(Unready::Lost)?;
        match self.answer().map_err(Unready::Lost)? {
            Answer::Ready(ready) if ready.version == VERSION => Ok(ready),
            Answer::Ready(Ready { version, .. }) => {
                Err(Unready::Refused(anyhow!("this is framerace {VERSION}, but a worker process is {version}")))
            }
            Answer::Failed(why) => Err(Unready::Refused(anyhow!("a worker process could not start: {why}"))),
            other => Err(Unready::Lost(self.lied(&format!("it greeted with {other:?}")))),
        }
    }

    /// Gives it a frame, to be looked at closely or not.
    pub(super) fn send(&mut self, frame: &Frame, fine: bool) -> Result<(), Loss> {
        Order { slot: frame.buffer().slot, stamp: frame.stamp, fine }.encode(&mut self.message);
        let sent = self.transport.send(&self.message).and_then(|()| self.transport.send_image(frame.input()));
        sent.map_err(|error| self.broken(&error))
    }

    /// Waits for the frame it was given first, whose output it makes.
    pub(super) fn receive(&mut self, frame: &mut Frame, output: Form, stopped: &CancelToken) -> Result<Reply, Loss> {
        self.wait(self.patience, stopped)?;
        let answer = self.answer()?;
        self.stderr.listen();
        let (done, spans) = match answer {
            Answer::Failed(why) => return Ok(Reply::Failed(anyhow!(why))),
            Answer::Done(done, spans) => (done, spans),
            other => return Err(self.lied(&format!("{other:?}"))),
        };
        let asked = Done { slot: frame.buffer().slot, frame: frame.stamp.index, output, spent: done.spent };
        if done != asked {
            let Form([width, height, kind]) = done.output;
            return Err(self.lied(&format!(
                "asked for frame {} in slot {} it answered for frame {} in slot {}, {width}x{height} of type {kind}",
                asked.frame, asked.slot, done.frame, done.slot
            )));
        }
        let image = &mut frame.buffer_mut().output;
        self.transport.receive_image(image).map_err(|error| self.broken(&error))?;
        Ok(Reply::Done(done, spans))
    }

    /// Ends it, whatever it is doing.
    pub(super) fn kill(&mut self) {
        let _ = self.child.kill(); // Both fail only where it has ended and been waited for.
        let _ = self.child.wait();
    }

    /// Sends it home, and hears what it has measured, if it still can say.
    pub(super) fn dismiss(mut self) -> Option<Farewell> {
        self.transport.close();
        self.wait(GRACE, &CancelToken::default()).ok()?;
        match self.answer() {
            Ok(Answer::Farewell(farewell)) => Some(farewell),
            _ => None,
        }
    }

    /// Waits for something to receive.
    fn wait(&mut self, at_most: Duration, stopped: &CancelToken) -> Result<(), Loss> {
        // Slices are counted and not the clock looked at: we may have been stopped ourselves, together with it.
        let (slice, mut waited) = (SLICE.min(at_most), Duration::ZERO);
        loop {
            match self.transport.wait(slice) {
                Ok(true) => return Ok(()),
                Ok(false) => waited += slice,
                Err(error) => return Err(self.broken(&error)),
            }
            if waited >= at_most {
                return Err(self.lose(How::Hung(at_most)));
            }
            if waited >= GRACE && stopped.is_cancelled() {
                return Err(self.lose(How::Stopped));
            }
        }
    }

    fn answer(&mut self) -> Result<Answer, Loss> {
        match self.transport.receive(&mut self.message) {
            Ok(true) => Answer::decode(&self.message).map_err(|error| self.lied(&format!("{error:#}"))),
            Ok(false) => Err(self.dead()),
            Err(error) => Err(self.broken(&error)),
        }
    }

    /// The line to it is broken.
    fn broken(&mut self, error: &Error) -> Loss {
        let silent = error.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        if silent == Some(std::io::ErrorKind::TimedOut) {
            return self.lose(How::Hung(self.patience));
        }
        self.dead()
    }

    fn lied(&mut self, what: &str) -> Loss {
        self.lose(How::Lied(what.to_owned()))
    }

    fn lose(&mut self, how: How) -> Loss {
        self.kill();
        Loss { pid: self.pid(), how, words: self.stderr.last_words() }
    }

    fn dead(&mut self) -> Loss {
        let _ = self.child.kill(); // Its end of the line is closed: it is dead or as good as.
        let how = self.child.wait().map_or(How::Vanished, How::Died);
        Loss { pid: self.pid(), how, words: self.stderr.last_words() }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Starts the program as a worker. What it says on standard error never waits for us to hear it.
fn start(
    worker: &WorkerCommand,
    transport: &str,
    wire: impl FnOnce(&mut Command) -> &mut Command,
) -> Result<(Child, Hearing)> {
    let (ours, theirs) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK).context(NO_LINE)?;
    let mut command = worker.command(&["worker", transport]);
    // In a group of its own: Ctrl-C on the terminal asks us to end, and workers finish what they have in hand.
    command.stderr(theirs).process_group(0);
    let child = wire(&mut command).spawn().with_context(|| {
        let program = &worker.program;
        let proc = if program.starts_with("/proc") && !program.exists() { "; is /proc mounted?" } else { "" };
        format!("cannot start a worker process from {worker}{proc}")
    });
    Ok((child?, Hearing::new(ours)))
}

#[cfg(test)]
mod tests;
