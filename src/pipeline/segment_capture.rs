//! The capture stage of one worker that reads segments: an iterator over the frames of one segment after the other. What it
//! read is captured into buffers of its lane, with the numbers that frames have in the whole.
//!
//! Where a segment turns out not to be like what it was cut for, it waits until all before it is delivered, and goes on as the
//! only one that captures.

use std::sync::Arc;

use anyhow::Result;
use opencv::core::{Mat, MatTraitConst};

use super::capture::ensure_shape;
use super::lanes::{End, LaneSender};
use crate::cancel::CancelToken;
use crate::frame::{Buffer, Frame, FramePool, Shape, Stamp, Timing};
use crate::metrics::{Meters, StageClock};
use crate::source::{Limits, Segment, SegmentRead, SegmentReader, Segmented};

/// Captures segments.
pub struct SegmentCapture<'a> {
    /// What is cut, and this worker's reader of it.
    pub source: &'a dyn Segmented,
    /// Reads one segment after the other.
    pub reader: Box<dyn SegmentReader + 'a>,
    /// Where its frames go.
    pub lanes: LaneSender<'a>,
    /// Where their buffers come from.
    pub pool: FramePool,
    /// When to stop before the source ends.
    pub limits: Limits,
    /// Set when no more frames are wanted.
    pub enough: CancelToken,
    /// The run's meters.
    pub meters: Arc<Meters>,
    /// The clock of this worker at capture.
    pub clock: StageClock,
    /// The shape of a captured frame.
    pub shape: Shape,
    /// What the next frame is read into.
    pub input: Mat,
}

/// A segment under way.
pub struct Reading {
    segment: Segment,
    /// Frames that were captured of it.
    frames: u64,
    /// Whether it is read on without cuts.
    is_one: bool,
}

impl Reading {
    /// Nothing of it was read.
    pub fn of(segment: Segment) -> Self {
        Self { segment, frames: 0, is_one: false }
    }

    /// The lane of its frames.
    pub fn lane(&self) -> u64 {
        self.segment.number
    }
}

impl SegmentCapture<'_> {
    /// The next frame of a segment; none at its end, at a limit, and when no more frames are wanted.
    ///
    /// # Errors
    /// When the source fails.
    pub fn next(&mut self, reading: &mut Reading) -> Result<Option<Frame>> {
        self.meters.begin();
        let lane = reading.lane();
        let late = |limit| self.meters.begun_at().elapsed() >= limit;
        if self.enough.is_cancelled()
            || self.limits.duration.is_some_and(late)
            || self.limits.frames.is_some_and(|frames| reading.segment.first_frame + reading.frames >= frames)
        {
            return Ok(self.end(reading, End::Last(reading.frames)));
        }
        let Some(buffer) = self.lanes.buffer(lane, &self.clock) else { return Ok(None) };
        match self.read(reading) {
            Ok(Some(timing)) => Ok(Some(self.frame(reading, timing, buffer))),
            Ok(None) => {
                self.pool.put(buffer);
                let is_last = reading.is_one || reading.segment.is_last;
                let end = if is_last { End::Last } else { End::Next };
                Ok(self.end(reading, end(reading.frames)))
            }
            Err(error) => {
                self.pool.put(buffer);
                Err(error)
            }
        }
    }

    /// Ends the lane of a segment.
    fn end(&self, reading: &Reading, end: End) -> Option<Frame> {
        self.source.finish(&reading.segment, reading.frames);
        self.lanes.end(reading.lane(), end);
        None
    }

    fn frame(&mut self, reading: &mut Reading, timing: Timing, mut buffer: Buffer) -> Frame {
        std::mem::swap(&mut buffer.input, &mut self.input);
        let stamp = Stamp::new(reading.segment.first_frame + reading.frames, timing);
        reading.frames += 1;
        Frame::new(stamp, buffer, self.pool.clone(), Arc::clone(&self.meters.ledger))
    }

    fn read(&mut self, reading: &mut Reading) -> Result<Option<Timing>> {
        let Self { reader, input, clock, .. } = self;
        let number = reading.segment.first_frame + reading.frames;
        let memory = input.data();
        let mut damaged = false;
        if !reading.is_one && reading.segment.frames.is_some() {
            if reading.frames == 0 {
                reader.begin(&reading.segment);
            }
            let read = clock.busy(|timer| {
                timer.frame(number);
                let read = reader.read(input, timer);
                if !matches!(read, Ok(SegmentRead::Frame(_))) {
                    timer.forget();
                }
                read
            })?;
            match read {
                SegmentRead::Frame(timing) => return self.checked(number, timing, memory),
                SegmentRead::End => return Ok(None),
                SegmentRead::Unlike => {}
                SegmentRead::Damaged => damaged = true,
            }
        }
        if !reading.is_one {
            if !self.lanes.wait_for_front(reading.lane(), &self.clock) {
                return Ok(None);
            }
            self.source.stop_cutting(&reading.segment, reading.frames, damaged)?;
            self.lanes.void_after(reading.lane());
            reading.is_one = true;
            while self.source.pass_over()? {
                if self.pool.is_closed() || self.enough.is_cancelled() {
                    return Ok(None);
                }
            }
        }
        let Self { source, input, clock, .. } = self;
        let timing = clock.busy(|timer| {
            timer.frame(number);
            let read = source.read_on(input, timer);
            if !matches!(read, Ok(Some(_))) {
                timer.forget();
            }
            read
        })?;
        timing.map_or(Ok(None), |timing| self.checked(number, timing, memory))
    }

    /// A frame was read where it was to go.
    fn checked(&self, number: u64, timing: Timing, memory: *const u8) -> Result<Option<Timing>> {
        ensure_shape(&self.input, self.shape, number)?;
        if self.input.data() != memory {
            self.meters.buffers.made_at(number);
        }
        Ok(Some(timing))
    }
}
