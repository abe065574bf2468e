//! One worker process as the parent sees it: started, greeted, given frames, dismissed. Dropped before that, killed.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, anyhow, bail, ensure};

use super::pipe::Pipes;
use super::slots::SlotMemory;
use super::socket::Socket;
use super::wire::{Answer, Done, Farewell, Hello, Order, Transport, VERSION};
use crate::frame::Frame;

/// One worker process.
pub(super) struct Worker {
    child: Child,
    transport: Box<dyn Transport>,
    message: Vec<u8>,
}

impl Worker {
    /// Starts a worker that shares `memory` with us.
    pub(super) fn over_socket(program: &Path, hello: &Hello, memory: &SlotMemory) -> Result<Self> {
        let (mut socket, theirs) = Socket::pair()?;
        let child = start(program, "socket", |command| command.stdin(theirs).stdout(Stdio::null()))?;
        let hello = Hello { slots: memory.count(), ..hello.clone() };
        // Should this fail, the worker has ended already: waiting for its greeting tells why.
        let _ = socket.send_with(&serde_json::to_vec(&hello)?, memory.fd());
        Ok(Self { child, transport: Box::new(socket), message: Vec::new() })
    }

    /// Starts a worker at the other end of two pipes.
    pub(super) fn over_pipes(program: &Path, hello: &Hello) -> Result<Self> {
        let mut child = start(program, "pipe", |command| command.stdin(Stdio::piped()).stdout(Stdio::piped()))?;
        let (to, from) = (child.stdin.take().context("no pipe")?, child.stdout.take().context("no pipe")?);
        let mut pipes = Pipes::new(from, to);
        let _ = pipes.send(&serde_json::to_vec(hello)?);
        Ok(Self { child, transport: Box::new(pipes), message: Vec::new() })
    }

    /// Its process number.
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it has made its filters.
    pub(super) fn wait_until_ready(&mut self) -> Result<()> {
        match self.answer("before its first frame")? {
            Answer::Ready(version) if version == VERSION => Ok(()),
            Answer::Ready(version) => bail!("this is framerace {VERSION}, but a worker process is {version}"),
            Answer::Failed(why) => bail!("a worker process could not start: {why}"),
            other => bail!("a worker process greeted with {other:?}"),
        }
    }

    /// Gives it a frame.
    pub(super) fn send(&mut self, frame: &Frame) -> Result<()> {
        Order { slot: frame.buffer().slot, stamp: frame.stamp }.encode(&mut self.message);
        let sent = self.transport.send(&self.message).and_then(|()| self.transport.send_image(frame.input()));
        sent.map_err(|_| self.loss(&format!("at frame {}", frame.stamp.index)))
    }

    /// Waits for the frame it was given first. The inner error is the filter's.
    pub(super) fn receive(&mut self, frame: &mut Frame) -> Result<Result<Done>> {
        let number = frame.stamp.index;
        match self.answer(&format!("at frame {number}"))? {
            Answer::Failed(why) => Ok(Err(anyhow!(why))),
            Answer::Done(done) => {
                let (slot, right) = (frame.buffer().slot, number);
                ensure!(
                    (done.slot, done.frame) == (slot, right),
                    "a worker process answered for another frame: {done:?}"
                );
                self.image(frame)?;
                Ok(Ok(done))
            }
            other => bail!("a worker process answered frame {number} with {other:?}"),
        }
    }

    fn image(&mut self, frame: &mut Frame) -> Result<()> {
        let output = &mut frame.buffer_mut().output;
        self.transport.receive_image(output).map_err(|_| self.loss("in the middle of an image"))
    }

    /// Ends it, whatever it is doing.
    pub(super) fn kill(&mut self) {
        // Both fail only where it has ended and been waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Sends it home, and hears what it has measured.
    pub(super) fn dismiss(mut self) -> Result<Farewell> {
        self.transport.close();
        let Answer::Farewell(farewell) = self.answer("after its last frame")? else {
            bail!("a worker process went without a farewell");
        };
        self.child.wait()?;
        Ok(farewell)
    }

    fn answer(&mut self, when: &str) -> Result<Answer> {
        match self.transport.receive(&mut self.message) {
            Ok(true) => Answer::decode(&self.message).context("a worker process cannot be understood"),
            Ok(false) | Err(_) => Err(self.loss(when)),
        }
    }

    /// It is gone: how?
    fn loss(&mut self, when: &str) -> anyhow::Error {
        let pid = self.pid();
        // Its end of the line is closed, so it is dead or as good as.
        let _ = self.child.kill();
        match self.child.wait() {
            Ok(status) => anyhow!("worker process {pid} died {when} ({status}); -v shows its last words"),
            Err(error) => anyhow!("worker process {pid} was lost {when}: {error}"),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.kill();
    }
}

fn start(program: &Path, transport: &str, wire: impl FnOnce(&mut Command) -> &mut Command) -> Result<Child> {
    let mut command = Command::new(program);
    command.args(["worker", transport]);
    wire(&mut command).spawn().with_context(|| format!("cannot start a worker process from {}", program.display()))
}
