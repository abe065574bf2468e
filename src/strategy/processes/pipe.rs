//! Messages and whole images through a pair of pipes: every byte of a frame is copied into the kernel and out again,
//! once for the input and once for the output, as by a queue that pickles.

use std::io::{self, BufReader, ErrorKind, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use opencv::core::{Mat, MatTraitConstManual, MatTraitManual};
use rustix::event::PollFlags;
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

use super::protocol::{LONGEST, Transport};
use super::socket::wait_for;

/// One side of the two pipes.
pub(super) struct Pipes<R, W> {
    from: BufReader<R>,
    /// None once closed.
    to: Option<W>,
}

impl<R: Read, W: Write> Pipes<R, W> {
    /// A side that reads from one pipe and writes to the other.
    pub(super) fn new(from: R, to: W) -> Self {
        Self { from: BufReader::new(from), to: Some(to) }
    }

    fn to(&mut self) -> Result<&mut W> {
        self.to.as_mut().context("the pipe is closed")
    }
}

impl<R: Read + AsFd + Send, W: Write + Send> Transport for Pipes<R, W> {
    fn send(&mut self, message: &[u8]) -> Result<()> {
        let message = &message[..message.len().min(LONGEST)];
        let length = u32::try_from(message.len())?.to_le_bytes();
        let to = self.to()?;
        to.write_all(&[&length, message].concat())?;
        to.flush()?;
        Ok(())
    }

    fn wait(&self, at_most: Duration) -> Result<bool> {
        Ok(!self.from.buffer().is_empty() || wait_for(self.from.get_ref(), PollFlags::IN, at_most)?)
    }

    fn receive(&mut self, message: &mut Vec<u8>) -> Result<bool> {
        let mut length = [0; 4];
        match self.from.read_exact(&mut length) {
            Err(e) if e.kind() == ErrorKind::UnexpectedEof => return Ok(false),
            other => other?,
        }
        let length = usize::try_from(u32::from_le_bytes(length))?;
        ensure!(length <= LONGEST, "a message of {length} bytes");
        message.resize(length, 0);
        self.from.read_exact(message)?;
        Ok(true)
    }

    fn send_image(&mut self, image: &Mat) -> Result<()> {
        let to = self.to()?;
        to.write_all(image.data_bytes()?)?;
        to.flush()?;
        Ok(())
    }

    fn receive_image(&mut self, image: &mut Mat) -> Result<()> {
        Ok(self.from.read_exact(image.data_bytes_mut()?)?)
    }

    fn close(&mut self) {
        self.to = None;
    }
}

/// An end of a pipe whose reads and writes fail with `TimedOut` when the other end makes no progress for too long.
pub(super) struct WithTimeout<T> {
    end: T,
    timeout: Duration,
}

impl<T: AsFd> WithTimeout<T> {
    pub(super) fn new(end: T, timeout: Duration) -> Result<Self> {
        fcntl_setfl(&end, fcntl_getfl(&end)? | OFlags::NONBLOCK)?;
        Ok(Self { end, timeout })
    }

    /// Acts now, or as soon as the end is ready.
    fn when<V>(&mut self, ready: PollFlags, mut act: impl FnMut(&mut T) -> io::Result<V>) -> io::Result<V> {
        loop {
            match act(&mut self.end) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if !wait_for(&self.end, ready, self.timeout).map_err(io::Error::other)? {
                        return Err(ErrorKind::TimedOut.into());
                    }
                }
                other => return other,
            }
        }
    }
}

impl<T: Read + AsFd> Read for WithTimeout<T> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.when(PollFlags::IN, |end| end.read(bytes))
    }
}

impl<T: Write + AsFd> Write for WithTimeout<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.when(PollFlags::OUT, |end| end.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.end.flush()
    }
}

impl<T: AsFd> AsFd for WithTimeout<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.end.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::pipe::pipe;
    use std::fs::File;

    #[test]
    fn an_end_that_makes_no_progress_times_out() {
        let (reader, writer) = pipe().unwrap();
        let mut writer = WithTimeout::new(File::from(writer), Duration::from_millis(20)).unwrap();
        let error = writer.write_all(&vec![0; 1 << 22]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut, "nothing is read");
        let (idle, mut bytes) = (pipe().unwrap(), [0; 1]);
        let mut reader_of_nothing = WithTimeout::new(File::from(idle.0), Duration::from_millis(20)).unwrap();
        assert_eq!(reader_of_nothing.read(&mut bytes).unwrap_err().kind(), ErrorKind::TimedOut, "nothing is written");
        drop((reader, idle.1));
        assert_eq!(reader_of_nothing.read(&mut bytes).unwrap(), 0, "the other end is closed");
    }
}
