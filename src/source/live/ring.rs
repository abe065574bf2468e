//! Where frames wait for a reader who may be late: the few buffers of a driver, and the thread that fills them.
//!
//! Whoever fills them never waits for the reader; a frame that finds them full is lost, and counted as not read in time; each that waits
//! knows how many came before it. Images go round and are used again. Knows neither where frames come from nor when they
//! are due.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, TrySendError, channel, sync_channel};
use std::time::Duration;

use anyhow::{Error, Result};
use opencv::core::{Mat, MatTraitConst};

use crate::frame::Timing;

/// Frames that wait at most: the buffers that V4L2 cameras are usually given.
const BUFFERS: usize = 4;

/// A frame with its time.
pub(in crate::source) struct Ready {
    pub image: Mat,
    pub timing: Timing,
}

/// The end that frames go into.
pub(in crate::source) struct Filler {
    filled: SyncSender<Result<Ready>>,
    back: Sender<Mat>,
    unread: Arc<AtomicU64>,
    /// Frames that found room.
    given: Cell<u64>,
}

/// Images that may be written to again.
pub(in crate::source) struct Used(Receiver<Mat>);

/// The end that frames come out of.
pub(in crate::source) struct Ring {
    filled: Receiver<Result<Ready>>,
    back: Sender<Mat>,
    unread: Arc<AtomicU64>,
    next: Option<Result<Ready>>,
}

/// A ring without frames.
pub(in crate::source) fn ring() -> (Filler, Used, Ring) {
    let (filler, filled) = sync_channel(BUFFERS);
    let (back, used) = channel();
    let unread = Arc::<AtomicU64>::default();
    let filler = Filler { filled: filler, back: back.clone(), unread: Arc::clone(&unread), given: Cell::new(0) };
    (filler, Used(used), Ring { filled, back, unread, next: None })
}

impl Used {
    /// An image to write the next frame into; without memory only while the ring is new.
    pub(in crate::source) fn image(&self) -> Mat {
        self.0.try_recv().unwrap_or_default()
    }
}

impl Filler {
    /// A frame came: it waits, or is lost if there is no room. Breaks when nobody will read it.
    pub(in crate::source) fn offer(&self, ready: Ready) -> ControlFlow<()> {
        match self.filled.try_send(Ok(self.numbered(ready))) {
            Ok(()) | Err(TrySendError::Full(Err(_))) => {
                self.given.update(|given| given + 1);
                ControlFlow::Continue(())
            }
            Err(TrySendError::Full(Ok(ready))) => {
                self.count_unread(1);
                // Refused only when nobody writes any more.
                let _ = self.back.send(ready.image);
                ControlFlow::Continue(())
            }
            Err(TrySendError::Disconnected(_)) => ControlFlow::Break(()),
        }
    }

    fn numbered(&self, ready: Ready) -> Ready {
        let sequence = Some(self.given.get() + self.unread.load(Relaxed));
        Ready { timing: Timing { sequence, ..ready.timing }, ..ready }
    }

    /// A frame of a source that waits until it is read.
    pub(in crate::source) fn push(&self, ready: Ready) -> ControlFlow<()> {
        self.filled.send(Ok(ready)).map_or(ControlFlow::Break(()), ControlFlow::Continue)
    }

    /// There will be no more frames, for this reason.
    pub(in crate::source) fn fail(&self, error: Error) {
        // Nobody is left to hear it.
        let _ = self.filled.send(Err(error));
    }

    /// So many frames were lost before they came here.
    pub(in crate::source) fn count_unread(&self, frames: u64) {
        self.unread.fetch_add(frames, Relaxed);
    }
}

impl Ring {
    /// Whether reading would not wait, after waiting for that at most so long.
    pub(in crate::source) fn ready(&mut self, wait: Duration) -> bool {
        if self.next.is_none() {
            match self.filled.recv_timeout(wait) {
                Ok(next) => self.next = Some(next),
                Err(RecvTimeoutError::Timeout) => return false,
                Err(RecvTimeoutError::Disconnected) => {}
            }
        }
        true
    }

    /// Waits for the next frame and copies it into `image`; none when there will be no more.
    pub(in crate::source) fn read(&mut self, image: &mut Mat) -> Result<Option<Timing>> {
        let Some(next) = self.next.take().or_else(|| self.filled.recv().ok()) else { return Ok(None) };
        let ready = next?;
        ready.image.copy_to(image)?;
        // Refused only when nobody writes any more.
        let _ = self.back.send(ready.image);
        Ok(Some(ready.timing))
    }

    /// Waits for the next frame and throws it away; false when there will be no more.
    pub(in crate::source) fn skip(&mut self) -> Result<bool> {
        let Some(next) = self.next.take().or_else(|| self.filled.recv().ok()) else { return Ok(false) };
        // Refused only when nobody writes any more.
        let _ = self.back.send(next?.image);
        Ok(true)
    }

    /// Throws the next frame away, without waiting; false when there is none.
    pub(in crate::source) fn discard(&mut self) -> bool {
        self.next.take().is_some() || self.filled.try_recv().is_ok()
    }

    /// Frames lost so far before they could be read.
    pub(in crate::source) fn unread(&self) -> u64 {
        self.unread.load(Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Shape;

    fn frame(number: u64) -> Ready {
        Ready { image: Shape::gray(2, 2).image().unwrap(), timing: Duration::from_secs(number).into() }
    }

    #[test]
    fn who_does_not_read_misses_the_newest_and_that_is_counted() {
        let (filler, used, mut ring) = ring();
        assert!(!ring.ready(Duration::ZERO));
        for number in 0..7 {
            assert!(filler.offer(frame(number)).is_continue());
        }
        assert_eq!((ring.unread(), used.image().empty()), (3, false));
        let mut image = Mat::default();
        let mut read = |ring: &mut Ring| ring.read(&mut image).unwrap();
        assert_eq!(read(&mut ring).unwrap().sequence, Some(0));
        assert!(filler.offer(frame(7)).is_continue());
        drop(filler);
        let rest =
            std::iter::from_fn(|| read(&mut ring)).map(|timing| (timing.pts.as_secs(), timing.sequence.unwrap()));
        assert_eq!(rest.collect::<Vec<_>>(), [(1, 1), (2, 2), (3, 3), (7, 7)]);
    }

    #[test]
    fn a_failure_comes_after_the_frames_before_it_and_a_reader_that_left_is_noticed() {
        let (filler, _used, mut ring) = ring();
        assert!(filler.push(frame(0)).is_continue() && filler.push(frame(1)).is_continue());
        filler.fail(anyhow::anyhow!("unplugged"));
        let mut image = Mat::default();
        assert!(ring.skip().unwrap());
        assert!(ring.ready(Duration::ZERO) && ring.read(&mut image).unwrap().is_some());
        assert_eq!(ring.read(&mut image).unwrap_err().to_string(), "unplugged");
        drop(ring);
        assert!(filler.offer(frame(1)).is_break() && filler.push(frame(1)).is_break());
    }
}
