//! A pipe as an input (standard input, a FIFO): read once, from its beginning to its end, without going back. A second
//! reader can be given the same bytes: pictures are decoded by one, sound is copied by another.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, stdin};
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use parking_lot::Mutex;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

use crate::cancel::CancelToken;

/// The name of standard input.
pub(in crate::source) const STDIN: &str = "/dev/stdin";
/// Bytes that may wait for the reader who is behind.
const MOST: usize = 256 << 20;
/// How often whoever waits looks whether to go on waiting.
const STEP: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// One of the two readers of a pipe.
pub struct Pipe {
    shared: Arc<Shared>,
    reader: usize,
}

struct Shared {
    from: Mutex<File>,
    /// What one reader has read and the other has not; none if there is no such reader.
    waiting: [Mutex<Option<VecDeque<u8>>>; 2],
    halt: CancelToken,
}

/// Whether a path is a pipe, a terminal or another thing that can be read only once.
pub(in crate::source) fn is_pipe(path: &Path) -> bool {
    path.metadata().is_ok_and(|meta| {
        let kind = meta.file_type();
        kind.is_fifo() || kind.is_socket() || kind.is_char_device()
    })
}

impl Pipe {
    /// Opens a pipe. One that nobody writes to is waited for, at most so long.
    ///
    /// # Errors
    /// When it cannot be opened, or nobody writes to it in time.
    pub(super) fn open(path: &Path, timeout: Duration, halt: &CancelToken) -> Result<Self> {
        let name = path.display();
        let file = if path == Path::new(STDIN) {
            // Opened by its name it would wait for a writer who may be done already.
            File::from(stdin().as_fd().try_clone_to_owned()?)
        } else {
            let nonblocking = i32::try_from(OFlags::NONBLOCK.bits())?;
            let file = OpenOptions::new().read(true).custom_flags(nonblocking).open(path);
            let file = file.with_context(|| format!("cannot read {name}"))?;
            let until = Instant::now() + timeout;
            while !is_ready(&file)? {
                if halt.is_cancelled() || Instant::now() > until {
                    bail!("nobody wrote to {name} within {} s (--timeout)", timeout.as_secs_f64());
                }
            }
            fcntl_setfl(&file, fcntl_getfl(&file)?.difference(OFlags::NONBLOCK))?;
            file
        };
        let waiting = [Mutex::new(Some(VecDeque::new())), Mutex::default()];
        Ok(Self { shared: Arc::new(Shared { from: Mutex::new(file), waiting, halt: halt.clone() }), reader: 0 })
    }

    /// A second reader, if nothing has been read yet.
    pub(super) fn second(&self) -> Self {
        *self.shared.waiting[1].lock() = Some(VecDeque::new());
        Self { shared: Arc::clone(&self.shared), reader: 1 }
    }

    /// What the other reader has read already.
    fn take_waiting(&self, bytes: &mut [u8]) -> io::Result<usize> {
        self.shared.waiting[self.reader].lock().as_mut().map_or(Ok(0), |waiting| waiting.read(bytes))
    }
}

/// Whether reading would not wait: there are bytes, or the writer has gone.
fn is_ready(file: &File) -> io::Result<bool> {
    let mut asked = [PollFd::new(file, PollFlags::IN)];
    match poll(&mut asked, Some(&STEP)) {
        Ok(0) | Err(rustix::io::Errno::INTR) => Ok(false),
        Ok(_) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

impl Read for Pipe {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let there = self.take_waiting(bytes)?;
        if there > 0 {
            return Ok(there);
        }
        let mut from = self.shared.from.lock();
        // The other may have read meanwhile.
        let there = self.take_waiting(bytes)?;
        if there > 0 {
            return Ok(there);
        }
        while !is_ready(&from)? {
            if self.shared.halt.is_cancelled() {
                return Err(io::Error::other("stopped"));
            }
        }
        let read = from.read(bytes)?;
        if let Some(waiting) = self.shared.waiting[1 - self.reader].lock().as_mut() {
            if waiting.len() > MOST {
                return Err(io::Error::other("too much of the pipe waits to be copied"));
            }
            waiting.extend(&bytes[..read]);
        }
        Ok(read)
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        *self.shared.waiting[self.reader].lock() = None;
    }
}
