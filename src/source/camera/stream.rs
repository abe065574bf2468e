//! Frames out of the driver's own buffers: mapped into our memory, handed over one by one, given back at once.
//!
//! The crates that talk to V4L2 do that for whoever wants pictures. What a frame is measured by (when the driver had it,
//! its number) they keep to themselves, or lose a buffer at the first time-out, so this one part is our own.
#![expect(unsafe_code, reason = "buffers are the driver's memory, and are asked for with ioctl")]

use std::mem::size_of;
use std::os::fd::AsFd;
use std::ptr::null_mut;
use std::time::Duration;
use std::{io, slice};

use linuxvideo::VideoCaptureDevice;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{OFlags, fcntl_setfl};
use rustix::io::Errno;
use rustix::ioctl::{Opcode, Updater, ioctl, opcode};
use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};

/// Buffers asked for: one in our hands, the others for the driver to fill meanwhile.
const BUFFERS: u32 = 4;

// From linux/videodev2.h.
const VIDEO_CAPTURE: u32 = 1;
const MEMORY_MMAP: u32 = 1;
const FLAG_ERROR: u32 = 0x40;
const FLAG_TIMESTAMP_MASK: u32 = 0xe000;
const FLAG_TIMESTAMP_MONOTONIC: u32 = 0x2000;

const REQBUFS: Opcode = opcode::read_write::<RequestBuffers>(b'V', 8);
const QUERYBUF: Opcode = opcode::read_write::<Buffer>(b'V', 9);
const QBUF: Opcode = opcode::read_write::<Buffer>(b'V', 15);
const DQBUF: Opcode = opcode::read_write::<Buffer>(b'V', 17);
const STREAMON: Opcode = opcode::write::<u32>(b'V', 18);
const STREAMOFF: Opcode = opcode::write::<u32>(b'V', 19);

/// `struct v4l2_requestbuffers`.
#[repr(C)]
#[derive(Default)]
struct RequestBuffers {
    count: u32,
    kind: u32,
    memory: u32,
    capabilities: u32,
    reserved: u32,
}

/// `struct v4l2_buffer`.
#[repr(C)]
#[derive(Default)]
struct Buffer {
    index: u32,
    kind: u32,
    bytes_used: u32,
    flags: u32,
    field: u32,
    seconds: libc::time_t,
    microseconds: libc::suseconds_t,
    timecode: [u32; 4],
    sequence: u32,
    memory: u32,
    /// A union the size of a pointer, of which we use the first 32 bits: where the buffer can be mapped from.
    place: [u32; size_of::<usize>() / size_of::<u32>()],
    length: u32,
    reserved: u32,
    request: i32,
}

impl Buffer {
    fn new(index: u32) -> Self {
        Self { index, kind: VIDEO_CAPTURE, memory: MEMORY_MMAP, ..Self::default() }
    }

    /// When the driver had it, on the monotonic clock, if that is the clock it uses.
    fn at(&self) -> Option<Duration> {
        let monotonic = self.flags & FLAG_TIMESTAMP_MASK == FLAG_TIMESTAMP_MONOTONIC;
        let seconds = u64::try_from(self.seconds).ok().filter(|_| monotonic)?;
        Some(Duration::from_secs(seconds) + Duration::from_micros(u64::try_from(self.microseconds).ok()?))
    }
}

/// A picture while the driver leaves it to us.
pub(super) struct Held<'a> {
    /// What the driver wrote.
    pub bytes: &'a [u8],
    /// Its number; those that the driver lost are left out.
    pub sequence: u32,
    /// When the driver had it, on the monotonic clock.
    pub at: Option<Duration>,
    /// Whether the driver says that it is broken.
    pub damaged: bool,
}

/// A camera that gives frames. Dropped, it stops.
pub(super) struct Stream {
    // Mappings go before the device they belong to is closed.
    maps: Vec<Map>,
    device: VideoCaptureDevice,
    on: bool,
}

impl Stream {
    /// Takes hold of the camera's buffers; frames come once they are waited for.
    pub(super) fn new(device: VideoCaptureDevice) -> io::Result<Self> {
        // Whoever waits does so in `wait`, for a bounded time.
        fcntl_setfl(&device, OFlags::NONBLOCK)?;
        let asked = RequestBuffers { count: BUFFERS, kind: VIDEO_CAPTURE, memory: MEMORY_MMAP, ..Default::default() };
        let given = ask::<REQBUFS, _>(&device, asked)?.count;
        let maps = (0..given).map(|index| Map::new(&device, index)).collect::<io::Result<_>>()?;
        Ok(Self { maps, device, on: false })
    }

    fn start(&mut self) -> io::Result<()> {
        for index in (0..).take(self.maps.len()) {
            ask::<QBUF, _>(&self.device, Buffer::new(index))?;
        }
        ask::<STREAMON, _>(&self.device, VIDEO_CAPTURE)?;
        self.on = true;
        Ok(())
    }

    /// Waits for a frame, but no longer than this; whether one is there, or the reason why there will be none.
    pub(super) fn wait(&mut self, at_most: Duration) -> io::Result<bool> {
        if !self.on {
            self.start()?;
        }
        let at_most = at_most.try_into().map_err(|_| io::ErrorKind::InvalidInput)?;
        match poll(&mut [PollFd::new(&self.device, PollFlags::IN)], Some(&at_most)) {
            Ok(ready) => Ok(ready > 0),
            // A signal; whoever handles it decides what comes next.
            Err(Errno::INTR) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Hands the oldest frame that is there to `with`, and gives its buffer back to the driver; none if there is none yet.
    pub(super) fn take<T>(&mut self, with: impl FnOnce(Held<'_>) -> T) -> io::Result<Option<T>> {
        let buffer = match ask::<DQBUF, _>(&self.device, Buffer::new(0)) {
            Ok(buffer) => buffer,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
            Err(error) => return Err(error),
        };
        let map = self.maps.get(buffer.index as usize).ok_or(io::ErrorKind::InvalidData)?;
        let done = with(Held {
            bytes: map.bytes(buffer.bytes_used as usize),
            sequence: buffer.sequence,
            at: buffer.at(),
            damaged: buffer.flags & FLAG_ERROR != 0,
        });
        ask::<QBUF, _>(&self.device, Buffer::new(buffer.index))?;
        Ok(Some(done))
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // Nothing can be done about a camera that is gone.
        let _ = ask::<STREAMOFF, _>(&self.device, VIDEO_CAPTURE);
    }
}

/// One of the driver's buffers in our memory.
struct Map {
    data: *mut u8,
    length: usize,
}

// SAFETY: the mapping belongs to the process and is reached through this value only.
unsafe impl Send for Map {}

impl Map {
    fn new(device: &VideoCaptureDevice, index: u32) -> io::Result<Self> {
        let buffer = ask::<QUERYBUF, _>(device, Buffer::new(index))?;
        let length = buffer.length as usize;
        // SAFETY: a new mapping at a place of the kernel's choice.
        let data =
            unsafe { mmap(null_mut(), length, ProtFlags::READ, MapFlags::SHARED, device, u64::from(buffer.place[0])) }?;
        Ok(Self { data: data.cast(), length })
    }

    /// Its first bytes, which the driver leaves alone while the buffer is ours. (v4l2loopback does not; its pictures may
    /// be torn. They are only ever handed to OpenCV, which takes any bytes for pixels.)
    fn bytes(&self, used: usize) -> &[u8] {
        // SAFETY: `length` bytes are mapped for as long as this value lives, and readable.
        unsafe { slice::from_raw_parts(self.data, used.min(self.length)) }
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        // SAFETY: mapped by `new`, and nothing borrows it any more.
        let _ = unsafe { munmap(self.data.cast(), self.length) };
    }
}

/// Asks the driver for something, and returns what it made of the question.
fn ask<const WHAT: Opcode, T>(device: impl AsFd, mut about: T) -> io::Result<T> {
    // SAFETY: private to this file, where every request goes with the structure the kernel has for it: the request's
    // number holds its size, and the kernel refuses another. None of them holds a pointer.
    unsafe { ioctl(device, Updater::<WHAT, T>::new(&mut about)) }?;
    Ok(about)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_pointer_width = "64")]
    fn structures_have_the_size_the_kernel_gives_them() {
        assert_eq!((size_of::<Buffer>(), size_of::<RequestBuffers>()), (88, 20));
    }

    #[test]
    fn only_times_of_the_monotonic_clock_are_times() {
        let mut buffer = Buffer::new(0);
        (buffer.seconds, buffer.microseconds) = (5, 250_000);
        assert_eq!(buffer.at(), None);
        buffer.flags = FLAG_TIMESTAMP_MONOTONIC | FLAG_ERROR;
        assert_eq!(buffer.at(), Some(Duration::from_millis(5250)));
    }
}
