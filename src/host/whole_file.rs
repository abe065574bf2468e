//! Files that are read whole, as far as they are not too large: a result or a journal must not take all memory because its
//! name leads to something else, and no wait for a pipe that nobody writes to must last for ever. Knows nothing of their
//! content.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::Errno;

use crate::near_miss::no_file;

/// How long somebody may take to begin to write to a pipe with a name.
const WRITER: Duration = Duration::from_secs(2);
/// How often it is looked whether somebody does.
const STEP: Duration = Duration::from_millis(10);

/// The bytes of a file, a pipe or a device, at most so many.
///
/// # Errors
/// When it cannot be read, is larger, or is a pipe to which nobody writes; the error names it.
pub fn read_whole(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let name = path.display().to_string();
    let cannot = || format!("cannot read {name}");
    // Opening a pipe with a name would wait for who writes to it.
    let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path);
    let is_there = !file.as_ref().is_err_and(|error| error.kind() == ErrorKind::NotFound);
    ensure!(is_there, no_file(path));
    let file = file.with_context(cannot)?;
    let meta = file.metadata().with_context(cannot)?;
    ensure!(!meta.is_dir(), "cannot read {name}: it is a directory; give a file");
    ensure!(!meta.is_file() || meta.len() <= limit, too_large(&name, limit));
    let first = if meta.file_type().is_fifo() { first_of_pipe(&file, &name)? } else { Vec::new() };
    fcntl_setfl(&file, fcntl_getfl(&file)?.difference(OFlags::NONBLOCK))?;
    read_up_to(first.as_slice().chain(file), &name, limit)
}

/// The bytes of a stream until its end, at most so many; errors call it `name`.
///
/// # Errors
/// As [`read_whole`].
pub fn read_up_to(from: impl Read, name: &str, limit: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(limit + 1).read_to_end(&mut bytes).with_context(|| format!("cannot read {name}"))?;
    ensure!(bytes.len() as u64 <= limit, too_large(name, limit));
    Ok(bytes)
}

fn too_large(name: &str, limit: u64) -> String {
    format!("{name} is too large for what it should be: more than {} MB", limit >> 20)
}

/// Waits until somebody has opened the other end of a pipe, which without one is at its end at once. Returns what was read
/// meanwhile.
fn first_of_pipe(pipe: &File, name: &str) -> Result<Vec<u8>> {
    let late = Instant::now() + WRITER;
    let mut byte = [0];
    loop {
        match rustix::io::read(pipe, &mut byte) {
            Ok(0) if Instant::now() < late && !has_ended(pipe)? => sleep(STEP),
            Ok(0) if has_ended(pipe)? => return Ok(Vec::new()),
            Ok(0) => bail!("{name} is a pipe to which nobody writes"),
            Ok(_) => return Ok(byte.to_vec()),
            // There is somebody, who has not written yet.
            Err(Errno::AGAIN) => return Ok(Vec::new()),
            Err(error) => return Err(error).with_context(|| format!("cannot read {name}")),
        }
    }
}

/// Whether somebody has written to a pipe and closed it.
fn has_ended(pipe: &File) -> Result<bool> {
    let mut polled = [PollFd::new(pipe, PollFlags::IN)];
    poll(&mut polled, Some(&Timespec::default()))?;
    Ok(polled[0].revents().contains(PollFlags::HUP))
}
