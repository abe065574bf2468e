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

use super::parts::{is_part, part_that_begins};
use crate::cancel::CancelToken;

/// The name of standard input.
pub(in crate::source) const STDIN: &str = "/dev/stdin";
/// Bytes that may wait for the reader who is behind.
const MOST: usize = 256 << 20;
/// How often whoever waits looks whether to go on waiting.
const STEP: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// One of the two readers of a pipe, up to the end of a part where files were joined. What is cloned of it reads on where
/// this has stopped.
#[derive(Clone)]
pub struct Pipe(Arc<Mutex<Reader>>);

struct Reader {
    shared: Arc<Shared>,
    number: usize,
    /// What was read to find the end of the part, and is still to be given out.
    begin: VecDeque<u8>,
    /// Bytes that are left of this part; none if it goes on to the end of the pipe, or nothing was read yet.
    left: Option<u64>,
    begun: bool,
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
        Ok(Self::new(Arc::new(Shared { from: Mutex::new(file), waiting, halt: halt.clone() }), 0))
    }

    fn new(shared: Arc<Shared>, number: usize) -> Self {
        let reader = Reader { shared, number, begin: VecDeque::new(), left: None, begun: false };
        Self(Arc::new(Mutex::new(reader)))
    }

    /// A second reader, if nothing has been read yet.
    pub(super) fn second(&self) -> Self {
        let shared = &self.0.lock().shared;
        *shared.waiting[1].lock() = Some(VecDeque::new());
        Self::new(Arc::clone(shared), 1)
    }

    /// Goes on to the next part, once this one was read; false if there is none.
    pub(super) fn next_part(&self) -> bool {
        let mut reader = self.0.lock();
        if reader.left != Some(0) {
            return false;
        }
        let begun = reader.begin_part().is_ok();
        // One that does not say where it ends is the last; what is no part at all is not read.
        begun && (reader.left.is_some() || is_part(reader.begin.make_contiguous()))
    }
}

impl Reader {
    /// Finds out where the part ends that begins here.
    fn begin_part(&mut self) -> io::Result<()> {
        let mut begin = Vec::new();
        self.left = part_that_begins(&mut Whole(self), &mut begin)?;
        self.begin = begin.into();
        self.begun = true;
        Ok(())
    }

    /// What the other reader has read already.
    fn take_waiting(&self, bytes: &mut [u8]) -> io::Result<usize> {
        self.shared.waiting[self.number].lock().as_mut().map_or(Ok(0), |waiting| waiting.read(bytes))
    }

    /// Reads on in the pipe, whatever the part.
    fn read_pipe(&self, bytes: &mut [u8]) -> io::Result<usize> {
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
        if let Some(waiting) = self.shared.waiting[1 - self.number].lock().as_mut() {
            if waiting.len() > MOST {
                return Err(io::Error::other("too much of the pipe waits to be copied"));
            }
            waiting.extend(&bytes[..read]);
        }
        Ok(read)
    }
}

/// All that a reader has still to read, over all parts.
struct Whole<'a>(&'a Reader);

impl Read for Whole<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.0.read_pipe(bytes)
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
        let mut reader = self.0.lock();
        if !reader.begun {
            reader.begin_part()?;
        }
        let left = reader.left.map_or(usize::MAX, |left| usize::try_from(left).unwrap_or(usize::MAX));
        let most = bytes.len().min(left);
        let bytes = &mut bytes[..most];
        let read = if reader.begin.is_empty() { reader.read_pipe(bytes)? } else { reader.begin.read(bytes)? };
        reader.left = reader.left.map(|left| left - read as u64);
        Ok(read)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        *self.shared.waiting[self.number].lock() = None;
    }
}
