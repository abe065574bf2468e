//! Messages and whole images through a pair of pipes: every byte of a frame is copied into the kernel and out again,
//! once for the input and once for the output, as by a queue that pickles.

use std::os::fd::OwnedFd;

use anyhow::{Context, Result, bail, ensure};
use opencv::core::{Mat, MatTraitConstManual, MatTraitManual};
use rustix::event::PollFlags;
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::{Errno, fcntl_dupfd_cloexec, read, write};

use super::deadline::Deadline;
use super::protocol::{LONGEST, Transport};

/// One side of the two pipes.
pub(super) struct Pipes {
    from: OwnedFd,
    /// None once closed.
    to: Option<OwnedFd>,
}

impl Pipes {
    /// The parent's side, which never waits in a read or a write itself.
    pub(super) fn of_parent(from: OwnedFd, to: OwnedFd) -> Result<Self> {
        for end in [&from, &to] {
            fcntl_setfl(end, fcntl_getfl(end)? | OFlags::NONBLOCK)?;
        }
        Ok(Self { from, to: Some(to) })
    }

    /// The side this process was given as its standard input and output.
    pub(super) fn from_stdio() -> Result<Self> {
        let (from, to) = (rustix::stdio::stdin(), rustix::stdio::stdout());
        let pipes = Self { from: fcntl_dupfd_cloexec(from, 3)?, to: Some(fcntl_dupfd_cloexec(to, 3)?) };
        // What a filter prints must not come between the messages.
        rustix::stdio::dup2_stdout(rustix::stdio::stderr())?;
        Ok(pipes)
    }

    fn write(&self, mut bytes: &[u8], deadline: &mut Deadline) -> Result<()> {
        let to = self.to.as_ref().context("the pipe is closed")?;
        while !bytes.is_empty() {
            deadline.check()?;
            match write(to, bytes) {
                Ok(length) => bytes = &bytes[length..],
                Err(Errno::AGAIN) => deadline.wait(to, PollFlags::OUT)?,
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Fills `bytes`; false where the other side has closed before the first of them.
    fn read(&self, bytes: &mut [u8], deadline: &mut Deadline) -> Result<bool> {
        let mut at = 0;
        while at < bytes.len() {
            deadline.check()?;
            match read(&self.from, &mut bytes[at..]) {
                Ok(0) if at == 0 => return Ok(false),
                Ok(0) => bail!(Errno::PIPE),
                Ok(length) => at += length,
                Err(Errno::AGAIN) => deadline.wait(&self.from, PollFlags::IN)?,
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(true)
    }
}

impl Transport for Pipes {
    fn send(&mut self, message: &[u8], deadline: &mut Deadline) -> Result<()> {
        let length = u32::try_from(message.len())?.to_le_bytes();
        self.write(&[&length, message].concat(), deadline)
    }

    fn receive(&mut self, message: &mut Vec<u8>, deadline: &mut Deadline) -> Result<bool> {
        let mut length = [0; 4];
        if !self.read(&mut length, deadline)? {
            return Ok(false);
        }
        let length = usize::try_from(u32::from_le_bytes(length))?;
        ensure!(length <= LONGEST, "a message of {length} bytes");
        message.resize(length, 0);
        ensure!(length == 0 || self.read(message, deadline)?, Errno::PIPE);
        Ok(true)
    }

    fn send_image(&mut self, image: &Mat, deadline: &mut Deadline) -> Result<()> {
        self.write(image.data_bytes()?, deadline)
    }

    fn receive_image(&mut self, image: &mut Mat, deadline: &mut Deadline) -> Result<()> {
        ensure!(self.read(image.data_bytes_mut()?, deadline)?, Errno::PIPE);
        Ok(())
    }

    fn close(&mut self) {
        self.to = None;
    }
}

#[cfg(test)]
mod tests {
    use super::super::deadline::Overdue;
    use super::*;
    use crate::cancel::CancelToken;
    use rustix::pipe::pipe;
    use std::time::{Duration, Instant};

    const LIMIT: Duration = Duration::from_millis(60);

    fn ends() -> (Pipes, OwnedFd, OwnedFd) {
        let ((from, theirs), (read_by_them, to)) = (pipe().unwrap(), pipe().unwrap());
        (Pipes::of_parent(from, to).unwrap(), theirs, read_by_them)
    }

    fn is_late(result: Result<impl Sized>) -> bool {
        matches!(result.err().and_then(|error| error.downcast().ok()), Some(Overdue::TimedOut(_)))
    }

    #[test]
    fn a_peer_that_does_not_read_or_write_is_given_up_in_time() {
        let (mut pipes, to_us, from_us) = ends();
        let deadline = || Deadline::new(LIMIT, &CancelToken::default());
        assert!(is_late(pipes.send(&vec![0; 1 << 22], &mut deadline())), "nothing is read");
        assert!(is_late(pipes.receive(&mut Vec::new(), &mut deadline())), "nothing is written");
        drop((to_us, from_us));
        assert!(!pipes.receive(&mut Vec::new(), &mut deadline()).unwrap(), "the other end is closed");
    }

    #[test]
    fn the_deadline_is_for_the_whole_message() {
        let (mut pipes, to_us, _from_us) = ends();
        let begun = Instant::now();
        std::thread::scope(|s| {
            s.spawn(move || {
                let mut bytes = [&1000u32.to_le_bytes()[..], &[0; 1000]].concat().into_iter();
                while bytes.next().is_some_and(|byte| write(&to_us, &[byte]).is_ok()) {
                    std::thread::sleep(LIMIT / 20);
                }
            });
            assert!(is_late(pipes.receive(&mut Vec::new(), &mut Deadline::new(LIMIT, &CancelToken::default()))));
            assert!(begun.elapsed() < 20 * LIMIT, "long before the last of 1000 bytes");
            drop(pipes);
        });
    }
}
