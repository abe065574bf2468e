//! The deliver stage: restores the order, hands each frame to the sink, and writes it down as delivered.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Result, bail};

use super::Sink;
use crate::frame::Frame;
use crate::measure::{Meters, StageClock};
use crate::reorder::Reorder;

/// The deliver stage of one run.
pub struct Deliver<'a> {
    sink: &'a mut dyn Sink,
    reorder: Reorder<Frame>,
    meters: Arc<Meters>,
    stopped: bool,
    /// When the latest frame was delivered. The source may take its time to find out that there are no more.
    latest: Option<Instant>,
}

impl<'a> Deliver<'a> {
    /// A stage that writes into `sink`.
    pub fn new(sink: &'a mut dyn Sink, meters: Arc<Meters>) -> Self {
        Self { sink, reorder: Reorder::default(), meters, stopped: false, latest: None }
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
                self.sink.write(&frame)
            })?;
            self.meters.delivered(frame.captured, Instant::now());
            frame.deliver();
            let now = Instant::now();
            self.meters.passed(now);
            self.latest = Some(now);
            if flow.is_break() {
                self.stopped = true;
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
        self.finish()
    }

    /// The last frame is through: ends the measured time.
    ///
    /// # Errors
    /// When a frame went missing on the way.
    pub fn finish(self) -> Result<()> {
        self.meters.end(self.latest.unwrap_or_else(Instant::now));
        match self.reorder.missing() {
            Some(number) if !self.stopped => bail!("frame {number} never arrived"),
            _ => Ok(()),
        }
    }
}
