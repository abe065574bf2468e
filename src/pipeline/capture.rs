//! The capture stage: reads the source into free buffers, one frame after the other.
//!
//! It waits for a free buffer before it reads, which is the only back-pressure of a run; it stops at a limit or on request,
//! and its first frame starts the measured time. Where the queue after it drops frames it never waits, so that a
//! driver is always drained: it takes the buffer of the oldest frame that waits there, or reads and throws away.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use opencv::core::{Mat, MatTraitConst};

use super::duplicates::Repeats;
use super::queue::Sender;
use crate::cancel::CancelToken;
use crate::frame::{Buffer, Frame, FramePool, Shape, Stamp, Timing};
use crate::metrics::{DropPlace, Meters, StageClock};
use crate::source::{Limits, Source};

/// The capture stage: an iterator over captured frames. It ends with the source, at a limit, or when the pool is
/// closed.
pub struct Capture {
    source: Box<dyn Source>,
    pool: FramePool,
    stop: Stop,
    meters: Arc<Meters>,
    clock: StageClock,
    /// Finds frames that repeat the one before; for live sources only.
    repeats: Option<Repeats>,
    /// Which of several inputs it is.
    input: u32,
    next: u64,
    ended: bool,
}

/// What ends a capture before its source does.
struct Stop {
    limits: Limits,
    /// Set when no more frames are wanted.
    enough: CancelToken,
}

impl Stop {
    /// Whether it ends now, however many frames there were.
    fn is_due(&self, meters: &Meters) -> bool {
        let late = |limit| meters.begun_at().elapsed() >= limit;
        self.enough.is_cancelled() || self.limits.duration.is_some_and(late)
    }
}

/// How long one wait for the source takes at most; limits are checked after each.
const STEP: Duration = Duration::from_millis(20);

/// What frames are read into, and counted as dropped by, while there is no free buffer.
struct Spare {
    image: Mat,
    place: Arc<DropPlace>,
}

impl Capture {
    /// A stage that reads `source` into buffers of `pool`. It ends, as at a limit, once `enough` is set.
    pub fn new(
        source: Box<dyn Source>,
        pool: FramePool,
        limits: Limits,
        enough: CancelToken,
        meters: Arc<Meters>,
        clock: StageClock,
    ) -> Self {
        let repeats = source.info().paced.then(Repeats::default);
        Self { source, pool, stop: Stop { limits, enough }, meters, clock, repeats, input: 0, next: 0, ended: false }
    }

    /// Frames carry this number of their input, where there are several.
    #[must_use]
    pub(super) fn of_input(mut self, input: u32) -> Self {
        self.input = input;
        self
    }

    /// Waits for the next frame, at most so long; false if there is none yet. After that asking for it does not wait, be it that
    /// there is none any more.
    pub fn ready(&mut self, wait: Duration) -> bool {
        self.meters.begin();
        self.ended || self.pool.is_closed() || self.at_limit() || self.source.ready(wait)
    }

    /// Captures and sends until the source ends or no stage receives frames any more.
    ///
    /// # Errors
    /// When the source fails.
    pub fn run(self, to: &Sender<Frame>) -> Result<()> {
        self.run_with(to, || ())
    }

    /// As [`run`](Self::run), and calls `sent` after each frame.
    pub(crate) fn run_with(mut self, to: &Sender<Frame>, sent: impl Fn()) -> Result<()> {
        if to.overflow().drops() {
            return self.run_without_waiting(to, sent);
        }
        while let Some(frame) = self.next() {
            let flow = to.send(frame?, &self.clock);
            sent();
            if flow.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn run_without_waiting(mut self, to: &Sender<Frame>, sent: impl Fn()) -> Result<()> {
        let place = self.meters.ledger.place("capture", to.overflow().name());
        let mut spare = Spare { image: self.source.info().shape.image()?, place };
        // With a single buffer, the frame that waits in it keeps it: dropped for every new one, none would be processed.
        let several = self.pool.free() > 1;
        self.meters.begin();
        while !self.pool.is_closed() {
            if self.at_limit() {
                self.report_source();
                break;
            }
            let made_room = || (several && to.drop_oldest()).then(|| self.pool.try_take()).flatten();
            let free = self.pool.try_take().or_else(made_room);
            let Some(buffer) = free else { if self.throw_away(&mut spare)? { continue } else { break } };
            let Some(frame) = self.read_into(buffer)? else { break };
            let flow = to.send(frame, &self.clock);
            sent();
            if flow.is_break() {
                break;
            }
        }
        self.meters.capture_stopped();
        Ok(())
    }

    fn at_limit(&self) -> bool {
        self.stop.limits.frames.is_some_and(|frames| self.next >= frames) || self.stop.is_due(&self.meters)
    }

    fn capture(&mut self) -> Result<Option<Frame>> {
        self.meters.begin();
        if self.at_limit() {
            self.report_source();
            return Ok(None);
        }
        let free = self.pool.try_take().or_else(|| self.clock.blocked(|| self.pool.take()));
        free.map_or(Ok(None), |buffer| self.read_into(buffer))
    }

    fn read_into(&mut self, mut buffer: Buffer) -> Result<Option<Frame>> {
        let read = self.read(&mut buffer);
        self.meters.ledger.set_unread(self.source.unread());
        match read {
            Ok(Some(timing)) => {
                if self.repeats.is_some() {
                    let number = timing.sequence.unwrap_or_else(|| self.next + self.source.unread());
                    self.meters.arrived(timing.arrived.unwrap_or_else(Instant::now), number);
                }
                let origin = match &mut self.repeats {
                    Some(repeats) => repeats.origin(self.next, &timing, &buffer.input, &self.meters)?,
                    None => self.next,
                };
                let stamp = Stamp { input: self.input, ..Stamp::new(self.next, timing) };
                self.next += 1;
                let mut frame = Frame::new(stamp, buffer, self.pool.clone(), Arc::clone(&self.meters.ledger));
                frame.captured = timing.arrived.unwrap_or(frame.captured);
                frame.origin = origin;
                Ok(Some(frame))
            }
            other => {
                self.pool.put(buffer);
                self.report_source();
                other.map(|_| None)
            }
        }
    }

    /// Notes what a user should know about the source. Nothing more is read from it.
    fn report_source(&self) {
        self.meters.ledger.set_unread(self.source.unread());
        self.meters.tell(|run| {
            (run.outages, run.damage) = (self.source.outages(), self.source.damage());
            run.notes.extend(self.source.complaint());
        });
    }

    /// Takes the next frame from the source and drops it; false at the end.
    fn throw_away(&mut self, spare: &mut Spare) -> Result<bool> {
        let taken = self.clock.busy(|timer| {
            timer.frame(self.next);
            if !wait_for(self.source.as_mut(), || self.stop.is_due(&self.meters) || self.pool.is_closed()) {
                timer.forget();
                return Ok(false);
            }
            let taken = match self.source.skip() {
                Ok(false) => self.source.read(&mut spare.image, timer).map(|timing| timing.is_some()),
                skipped => skipped,
            };
            if !matches!(taken, Ok(true)) {
                timer.forget();
            }
            taken
        });
        self.meters.ledger.set_unread(self.source.unread());
        if matches!(taken, Ok(true)) {
            self.meters.arrived(Instant::now(), self.next + self.source.unread());
            self.meters.ledger.capture();
            self.meters.ledger.drop_at(&spare.place, self.next);
            self.next += 1;
        } else {
            self.report_source();
        }
        taken
    }

    fn read(&mut self, buffer: &mut Buffer) -> Result<Option<Timing>> {
        let memory = buffer.input.data();
        let timing = self.clock.busy(|timer| {
            timer.frame(self.next);
            let there = wait_for(self.source.as_mut(), || self.stop.is_due(&self.meters) || self.pool.is_closed());
            let read = if there { self.source.read(&mut buffer.input, timer) } else { Ok(None) };
            if !matches!(read, Ok(Some(_))) {
                timer.forget();
            }
            read
        })?;
        if timing.is_none() {
            return Ok(None);
        }
        ensure_shape(&buffer.input, self.source.info().shape, self.next)?;
        if buffer.input.data() != memory {
            ensure!(!buffer.is_fixed(), "the source put frame {} elsewhere than it was told", self.next);
            self.meters.buffers.made_at(self.next);
        }
        Ok(timing)
    }
}

/// Checks that the frame with this number has the shape that the input began with.
pub(super) fn ensure_shape(image: &Mat, shape: Shape, number: u64) -> Result<()> {
    ensure!(
        shape.fits(image),
        "frame {number} is {}x{} with {} channels, but the input began as {shape}; make all of one size first (ffmpeg does)",
        image.cols(),
        image.rows(),
        image.channels()
    );
    Ok(())
}

/// Waits for a frame in short steps; false if it is `over` before: a source that is silent must not keep a run from ending.
fn wait_for(source: &mut dyn Source, over: impl Fn() -> bool) -> bool {
    while !source.ready(STEP) {
        if over() {
            return false;
        }
    }
    true
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
