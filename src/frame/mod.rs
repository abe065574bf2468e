//! A frame: its number and time, and the images it has been through. Also the pool its buffers come from.
//!
//! A frame owns its buffer from capture until delivery. When the frame is dropped, wherever that happens, the buffer goes
//! back to the pool; if the frame was neither delivered nor counted otherwise, the ledger counts it as dropped at the stop.
//! Frames know nothing of stages, filters or strategies.

mod images;
mod pool;
mod shape;
mod view;

use std::sync::Arc;
use std::time::{Duration, Instant};

use opencv::core::Mat;
use serde::{Deserialize, Serialize};

use crate::metrics::{DropPlace, Ledger};

pub use images::Images;
pub use pool::{Buffer, FramePool};
pub use shape::{Pixels, Shape};
pub(crate) use view::{RowsMut, rows, split_rows_mut, view};

/// What tells one frame from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Number of the frame in this run, from 0, within its input.
    pub index: u64,
    /// The input it came from, where there are several in one run: their number, from 0.
    pub input: u32,
    /// Presentation time: where the frame belongs on the source's own time line, from its first frame on.
    pub pts: Duration,
    /// How long it is to be shown; zero where nobody knows.
    pub duration: Duration,
    /// Some where it is two fields of different times: true if the upper one is first.
    pub interlaced: Option<bool>,
    /// How many worker processes have been lost over it so far. Everywhere else a frame is tried once.
    pub attempt: u32,
}

impl Stamp {
    /// A frame that has not been tried yet.
    pub fn new(index: u64, timing: impl Into<Timing>) -> Self {
        let Timing { pts, duration, interlaced, .. } = timing.into();
        Self { index, input: 0, pts, duration, interlaced, attempt: 0 }
    }
}

/// When a frame is to be shown, and for how long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timing {
    /// Counts from the first frame, which has zero. Every frame has a later time than the one before it.
    pub pts: Duration,
    /// Zero where nobody knows.
    pub duration: Duration,
    /// When it came to this machine, where the source says so: the driver's time stamp, or that of the pace.
    pub arrived: Option<Instant>,
    /// How many frames of a live source came before it, lost ones included, where the source says so.
    pub sequence: Option<u64>,
    /// Some where it is two fields of different times: true if the upper one is first.
    pub interlaced: Option<bool>,
}

impl From<Duration> for Timing {
    fn from(pts: Duration) -> Self {
        Self { pts, ..Self::default() }
    }
}

/// A frame on its way from capture to delivery.
#[derive(Debug)]
pub struct Frame {
    /// Its number and time.
    pub stamp: Stamp,
    /// When it came to this machine, as far as the source says so; else when capture had it.
    pub captured: Instant,
    /// The number of the first frame of this content: its own, unless the source repeats itself.
    pub origin: u64,
    // Some until the frame is dropped. It is an Option only because `drop` must move the buffer out.
    buffer: Option<Buffer>,
    pool: FramePool,
    ledger: Arc<Ledger>,
    settled: bool,
    given_up: bool,
}

impl Frame {
    /// A captured frame in a buffer of `pool`; counts as captured.
    pub fn new(stamp: Stamp, buffer: Buffer, pool: FramePool, ledger: Arc<Ledger>) -> Self {
        ledger.capture();
        let (captured, origin) = (Instant::now(), stamp.index);
        Self { stamp, captured, origin, buffer: Some(buffer), pool, ledger, settled: false, given_up: false }
    }

    /// The buffer with all the frame's images.
    ///
    /// # Panics
    /// Never: only dropping the frame takes the buffer.
    pub fn buffer(&self) -> &Buffer {
        self.buffer.as_ref().expect("a frame holds its buffer until it is dropped")
    }

    /// The buffer with all the frame's images.
    ///
    /// # Panics
    /// Never: only dropping the frame takes the buffer.
    pub fn buffer_mut(&mut self) -> &mut Buffer {
        self.buffer.as_mut().expect("a frame holds its buffer until it is dropped")
    }

    /// The image as captured.
    pub fn input(&self) -> &Mat {
        &self.buffer().input
    }

    /// The image as filtered.
    pub fn output(&self) -> &Mat {
        &self.buffer().output
    }

    /// Marks the frame: no worker will process it. It still goes to the sink stage, which would otherwise wait for its number.
    pub fn give_up(&mut self) {
        self.given_up = true;
    }

    /// Whether no worker will process it.
    pub fn is_given_up(&self) -> bool {
        self.given_up
    }

    /// Counts the frame as delivered. It keeps its buffer, so it may be given to the sink again.
    pub fn delivered(&mut self) {
        self.settled = true;
        self.ledger.deliver();
    }

    /// Counts the frame as dropped by the policy of this place.
    pub fn drop_at(mut self, place: &DropPlace) {
        self.settled = true;
        self.ledger.drop_at(place, self.stamp.index);
    }

    /// Takes the frame out of the ledger, as if it had not been captured: it was read ahead and is not wanted.
    pub fn withdraw(mut self) {
        self.settled = true;
        self.ledger.withdraw();
    }

    /// Counts the frame as failed: a filter could not process it.
    pub fn fail(mut self) {
        self.settled = true;
        self.ledger.fail();
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        if !self.settled {
            self.ledger.drop_at_stop();
        }
        if let Some(buffer) = self.buffer.take() {
            self.pool.put(buffer);
        }
    }
}
