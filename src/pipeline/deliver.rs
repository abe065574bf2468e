//! The sink stage: restores the order, gives each frame to the sink, and counts it in the ledger as delivered, new or
//! duplicate.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Result, anyhow};

use super::reorder::Reorder;
use crate::cancel::CancelToken;
use crate::frame::Frame;
use crate::metrics::{Meters, Spent, StageClock};
use crate::sink::Sink;

/// Which part of a sink works at the end of a run: it writes what encoders held back.
const HELD_BACK: usize = 1;

/// The sink stage of one run.
pub struct Deliver<'a> {
    sink: &'a mut dyn Sink,
    reorder: Reorder<Frame>,
    meters: Arc<Meters>,
    /// Whether the sink wants no more.
    enough: bool,
    /// Whether the run was told to stop.
    stopped: CancelToken,
    /// The content of the latest frame: the number of the first frame that had it.
    origin: Option<u64>,
    /// When the latest frame was delivered. It may be long before the source finds out that there are no more.
    latest: Option<Instant>,
}

impl<'a> Deliver<'a> {
    /// A stage that writes into `sink`. Once `stopped` is set, the sink is not asked to finish its output.
    pub fn new(sink: &'a mut dyn Sink, meters: Arc<Meters>, stopped: CancelToken) -> Self {
        Self { sink, reorder: Reorder::default(), meters, enough: false, stopped, origin: None, latest: None }
    }

    /// Takes one frame, early or not, and delivers every frame whose turn it is. Breaks once the sink wants no more.
    ///
    /// # Errors
    /// When the sink fails.
    pub fn take(&mut self, frame: Frame, clock: &StageClock) -> Result<ControlFlow<()>> {
        self.reorder.push(frame.stamp.index, frame);
        self.deliver_ready(clock)
    }

    /// Delivers every frame whose turn it is.
    fn deliver_ready(&mut self, clock: &StageClock) -> Result<ControlFlow<()>> {
        while let Some(mut frame) = self.next_in_order() {
            if frame.is_given_up() {
                frame.fail();
                continue;
            }
            if self.show(&mut frame, clock)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// The next frame in order. Frames before it may have been dropped; the ledger is asked only while later ones wait.
    fn next_in_order(&mut self) -> Option<Frame> {
        self.reorder.pop().or_else(|| {
            self.reorder.missing()?;
            self.meters.ledger.take_gaps().into_iter().for_each(|gone| self.reorder.skip(gone));
            self.reorder.pop()
        })
    }

    /// Delivers this frame now. A caller that keeps the frame may show it [`again`](Self::again).
    ///
    /// # Errors
    /// When the sink fails.
    pub fn show(&mut self, frame: &mut Frame, clock: &StageClock) -> Result<ControlFlow<()>> {
        let flow = self.write(frame, clock)?;
        let is_new = self.origin.replace(frame.origin) != Some(frame.origin);
        if is_new {
            self.meters.delivered(frame.captured, Instant::now());
        } else {
            self.meters.ledger.duplicate();
        }
        frame.delivered();
        let now = Instant::now();
        if is_new {
            self.meters.passed(now);
        }
        self.latest = Some(now);
        Ok(flow)
    }

    /// Gives the frame that was delivered last to the sink once more: a duplicate, taken and delivered again.
    ///
    /// # Errors
    /// When the sink fails.
    pub fn again(&mut self, frame: &Frame, clock: &StageClock) -> Result<ControlFlow<()>> {
        let flow = self.write(frame, clock)?;
        self.meters.ledger.repeat();
        self.latest = Some(Instant::now());
        Ok(flow)
    }

    fn write(&mut self, frame: &Frame, clock: &StageClock) -> Result<ControlFlow<()>> {
        let flow = clock.busy(|timer| {
            timer.frame(frame.stamp.index);
            self.sink.write(frame, timer)
        })?;
        self.enough |= flow.is_break();
        Ok(flow)
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
    pub fn finish(mut self, clock: &StageClock) -> Result<()> {
        // Frames that wait may become deliverable now: the ledger knows of the last dropped frames before them.
        if !self.enough && !self.stopped.is_cancelled() {
            // Whether the sink has enough now does not matter any more.
            let _ = self.deliver_ready(clock)?;
        }
        let missing = self.reorder.missing().filter(|_| !self.enough);
        let finished = if missing.is_some() || self.stopped.is_cancelled() {
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
