//! The capture stage: reads the source into free buffers, one frame after the other.
//!
//! It waits for a free buffer before it reads (that is the whole back-pressure of a run), stops when it is told to,
//! and begins the measured time with its first frame. Where the link after it drops frames it never waits, so that a
//! driver is always drained: it takes the buffer of the oldest frame that waits there, or reads and throws away.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use opencv::core::{Mat, MatTraitConst};
use serde::{Deserialize, Serialize};

use super::Source;
use super::repeats::Repeats;
use crate::frame::{Buffer, Frame, FramePool, Stamp, Timing};
use crate::measure::{DropPlace, Meters, StageClock};

/// When to stop before the source ends.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Limits {
    /// After so many frames.
    pub frames: Option<u64>,
    /// After so much time.
    pub duration: Option<Duration>,
}

/// Where captured frames go.
pub trait Outlet {
    /// Takes a frame. Breaks when nobody takes frames any more.
    fn send(&self, frame: Frame, clock: &StageClock) -> ControlFlow<()>;

    /// The policy by which it drops frames that nobody has room for; none where they are waited for.
    fn drops(&self) -> Option<&'static str>;

    /// Drops the oldest frame that waits in it, so that its buffer is free; whether there was one.
    fn make_room(&self) -> bool;
}

/// The capture stage: an iterator over captured frames. It ends with the source, at a limit, or when the pool is
/// closed.
pub struct Capture {
    source: Box<dyn Source>,
    pool: FramePool,
    limits: Limits,
    meters: Arc<Meters>,
    clock: StageClock,
    /// Asked of live sources only.
    repeats: Option<Repeats>,
    next: u64,
    ended: bool,
}

/// Where frames are thrown away for which there is no buffer.
struct Spare {
    image: Mat,
    place: Arc<DropPlace>,
}

impl Capture {
    /// A stage that reads `source` into buffers of `pool`.
    pub fn new(
        source: Box<dyn Source>,
        pool: FramePool,
        limits: Limits,
        meters: Arc<Meters>,
        clock: StageClock,
    ) -> Self {
        let repeats = source.info().paced.then(Repeats::default);
        Self { source, pool, limits, meters, clock, repeats, next: 0, ended: false }
    }

    /// Captures and sends until the source ends or nobody takes frames any more.
    ///
    /// # Errors
    /// When the source fails.
    pub fn run(mut self, to: &impl Outlet) -> Result<()> {
        let Some(policy) = to.drops() else {
            while let Some(frame) = self.next() {
                if to.send(frame?, &self.clock).is_break() {
                    break;
                }
            }
            return Ok(());
        };
        let place = self.meters.ledger.place("capture", policy);
        let mut spare = Spare { image: self.source.info().shape.image()?, place };
        // The only buffer is left to the frame that waits in it: taken back at once it would never get on.
        let several = self.pool.free() > 1;
        self.meters.begin();
        while !self.at_limit() && !self.pool.is_closed() {
            let made_room = || (several && to.make_room()).then(|| self.pool.try_take()).flatten();
            let free = self.pool.try_take().or_else(made_room);
            let Some(buffer) = free else { if self.throw_away(&mut spare)? { continue } else { break } };
            let Some(frame) = self.read_into(buffer)? else { break };
            if to.send(frame, &self.clock).is_break() {
                break;
            }
        }
        self.meters.capture_stopped();
        Ok(())
    }

    fn at_limit(&self) -> bool {
        let enough = self.limits.frames.is_some_and(|frames| self.next >= frames);
        enough || self.limits.duration.is_some_and(|limit| self.meters.begun_at().elapsed() >= limit)
    }

    fn capture(&mut self) -> Result<Option<Frame>> {
        self.meters.begin();
        if self.at_limit() {
            return Ok(None);
        }
        let free = self.pool.try_take().or_else(|| self.clock.blocked(|| self.pool.take()));
        free.map_or(Ok(None), |buffer| self.read_into(buffer))
    }

    fn read_into(&mut self, mut buffer: Buffer) -> Result<Option<Frame>> {
        let read = self.read(&mut buffer);
        self.meters.ledger.miss(self.source.missed());
        match read {
            Ok(Some(timing)) => {
                let origin = match &mut self.repeats {
                    Some(repeats) => repeats.origin(self.next, &timing, &buffer.input, &self.meters)?,
                    None => self.next,
                };
                let stamp = Stamp::new(self.next, timing);
                self.next += 1;
                let mut frame = Frame::new(stamp, buffer, self.pool.clone(), Arc::clone(&self.meters.ledger));
                frame.captured = timing.arrived.unwrap_or(frame.captured);
                frame.origin = origin;
                Ok(Some(frame))
            }
            other => {
                self.pool.put(buffer);
                self.complain();
                other.map(|_| None)
            }
        }
    }

    /// The source has ended: whatever a user should know of it.
    fn complain(&self) {
        if let Some(complaint) = self.source.complaint() {
            self.meters.note(complaint);
        }
    }

    /// Takes the next frame from the source and drops it; false at the end.
    fn throw_away(&mut self, spare: &mut Spare) -> Result<bool> {
        let taken = self.clock.busy(|lap| {
            lap.frame(self.next);
            let taken = match self.source.skip() {
                Ok(false) => self.source.read(&mut spare.image, lap).map(|timing| timing.is_some()),
                skipped => skipped,
            };
            if !matches!(taken, Ok(true)) {
                lap.forget();
            }
            taken
        });
        self.meters.ledger.miss(self.source.missed());
        if matches!(taken, Ok(true)) {
            self.meters.ledger.capture();
            self.meters.ledger.drop_at(&spare.place, self.next);
            self.next += 1;
        } else {
            self.complain();
        }
        taken
    }

    fn read(&mut self, buffer: &mut Buffer) -> Result<Option<Timing>> {
        let memory = buffer.input.data();
        let timing = self.clock.busy(|lap| {
            lap.frame(self.next);
            let read = self.source.read(&mut buffer.input, lap);
            if !matches!(read, Ok(Some(_))) {
                lap.forget();
            }
            read
        })?;
        if timing.is_none() {
            return Ok(None);
        }
        let shape = self.source.info().shape;
        if !shape.fits(&buffer.input) {
            let (width, height, channels) = (buffer.input.cols(), buffer.input.rows(), buffer.input.channels());
            bail!(
                "frame {} is {width}x{height} with {channels} channels, but the input began as {shape}; make all of one \
                 size first (ffmpeg does)",
                self.next
            );
        }
        if buffer.input.data() != memory {
            ensure!(!buffer.is_fixed(), "the source put frame {} elsewhere than it was told", self.next);
            self.meters.buffers.made_at(self.next);
        }
        Ok(timing)
    }
}

impl Iterator for Capture {
    type Item = Result<Frame>;

    fn next(&mut self) -> Option<Result<Frame>> {
        if self.ended {
            return None;
        }
        let captured = self.capture().transpose();
        self.ended = !matches!(captured, Some(Ok(_)));
        if self.ended {
            self.meters.capture_stopped();
        }
        captured
    }
}
