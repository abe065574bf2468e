//! Messages and whole images through a pair of pipes: every byte of a frame is copied into the kernel and out of it
//! again, there and back, as by a queue that pickles.

use std::io::{BufReader, ErrorKind, Read, Write};

use anyhow::{Context, Result, ensure};
use opencv::core::{Mat, MatTraitConstManual, MatTraitManual};

use super::wire::Transport;

/// No message is longer.
const LONGEST: u32 = 64 << 10;

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

impl<R: Read + Send, W: Write + Send> Transport for Pipes<R, W> {
    fn send(&mut self, message: &[u8]) -> Result<()> {
        // An error text may be longer than anybody wants to read.
        let message = &message[..message.len().min(LONGEST as usize)];
        let length = u32::try_from(message.len())?.to_le_bytes();
        let to = self.to()?;
        to.write_all(&[&length, message].concat())?;
        to.flush()?;
        Ok(())
    }

    fn receive(&mut self, message: &mut Vec<u8>) -> Result<bool> {
        let mut length = [0; 4];
        match self.from.read_exact(&mut length) {
            Err(e) if e.kind() == ErrorKind::UnexpectedEof => return Ok(false),
            other => other?,
        }
        let length = u32::from_le_bytes(length);
        ensure!(length <= LONGEST, "a message of {length} bytes");
        message.resize(usize::try_from(length)?, 0);
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
