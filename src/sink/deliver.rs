//! The deliver stage: restores the order, hands each frame to the sink, and writes it down as delivered.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Instant;

use anyhow::{Result, anyhow};

use super::Sink;
use crate::frame::Frame;
use crate::measure::{Meters, Spent, StageClock};
use crate::reorder::Reorder;

/// The part of a sink that works at the end of a run, if it has parts: what encoders held back.
const HELD_BACK: usize = 1;

/// The deliver stage of one run.
pub struct Deliver<'a> {
    sink: &'a mut dyn Sink,
    reorder: Reorder<Frame>,
    meters: Arc<Meters>,
    /// Whether the sink wants no more.
    enough: bool,
    /// Whether the run was told to stop.
    stopped: Arc<AtomicBool>,
    /// When the latest frame was delivered. The source may take its time to find out that there are no more.
    latest: Option<Instant>,
}

impl<'a> Deliver<'a> {
    /// A stage that writes into `sink`; once `stopped` is set, what it has written has no end.
    pub fn new(sink: &'a mut dyn Sink, meters: Arc<Meters>, stopped: Arc<AtomicBool>) -> Self {
        Self { sink, reorder: Reorder::default(), meters, enough: false, stopped, latest: None }
    }

    /// Takes one frame, early or not, and delivers whatever may leave. Breaks once the sink wants no more.
    ///
    /// # Errors
    /// When the sink fails.
    pub fn take(&mut self, frame: Frame, clock: &StageClock) -> Result<ControlFlow<()>> {
        self.reorder.push(frame.stamp.index, frame);
        while let Some(frame) = self.reorder.pop() {
            if frame.is_given_up() {
                frame.fail();
                continue;
            }
            let flow = clock.busy(|lap| {
                lap.frame(frame.stamp.index);
                self.sink.write(&frame, lap)
            })?;
            self.meters.delivered(frame.captured, Instant::now());
            frame.deliver();
            let now = Instant::now();
            self.meters.passed(now);
            self.latest = Some(now);
            if flow.is_break() {
                self.enough = true;
                return Ok(flow);
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Takes frame after frame until there are no more, or the sink wants no more.
    ///
    /// # Errors
    /// When the sink fails, or a frame went missing on the way.
    pub fn run(mut self, frames: impl IntoIterator<Item = Frame>, clock: &StageClock) -> Result<()> {
        for frame in frames {
            if self.take(frame, clock)?.is_break() {
                break;
            }
        }
        self.finish(clock)
    }

    /// The last frame is through: lets the sink write what it held back, and ends the measured time.
    ///
    /// # Errors
    /// When a frame went missing on the way, or the sink fails.
    pub fn finish(self, clock: &StageClock) -> Result<()> {
        let missing = self.reorder.missing().filter(|_| !self.enough);
        let finished = if missing.is_some() || self.stopped.load(Relaxed) {
            Ok(Spent::default())
        } else {
            clock.rest(HELD_BACK, || self.sink.finish())
        };
        let spent = finished.as_ref().copied().unwrap_or_default();
        // The wait for the source to find out that there are no more frames is no part of the run.
        self.meters.end(self.latest.map_or_else(Instant::now, |latest| latest + spent.busy));
        finished?;
        missing.map_or(Ok(()), |number| Err(anyhow!("frame {number} never arrived")))
    }
}
