//! One worker's own instance of a chain, with the images between its filters.
//!
//! Around every filter it does what is the same for all: an error or a panic gets the filter's name and the frame's number,
//! the filter's time is measured, and every buffer that it made is counted.

use std::any::Any;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, anyhow, ensure};
use opencv::core::{Mat, MatTraitConst};

use crate::filter::{Filter, FrameContext, Nature, Reach};
use crate::frame::{Buffer, Frame, Images, Shape, Stamp};
use crate::metrics::{Buffers, StageClock, StageTimer};

/// A filter that could not do a frame.
#[derive(Debug, thiserror::Error)]
#[error("filter {filter} failed at frame {frame}: {reason:#}")]
pub struct FilterError {
    /// The filter's name.
    pub filter: String,
    /// The frame's number, from 0.
    pub frame: u64,
    /// What happened.
    pub reason: anyhow::Error,
    /// Whether it panicked, which may have left its memory in any state.
    pub panicked: bool,
}

/// One filter of one worker, and its place in the chain.
pub struct FilterInstance {
    label: String,
    filter: Box<dyn Filter>,
    from: usize,
    to: usize,
    output: Shape,
    unused: Mat,
}

impl FilterInstance {
    /// A filter that reads image `from`, and writes the next one if it writes any.
    pub fn new(label: String, filter: Box<dyn Filter>, from: usize, output: Shape) -> Self {
        let to = from + usize::from(filter.nature() == Nature::Pixels);
        Self { label, filter, from, to, output, unused: Mat::default() }
    }

    /// The same filter in another chain, where it reads image `from`.
    pub(crate) fn reading(self, from: usize) -> Self {
        Self { from, to: from + self.to - self.from, ..self }
    }

    /// Its name in the chain.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The shape of what it writes.
    pub fn output(&self) -> Shape {
        self.output
    }

    /// What it spends its time on.
    pub fn nature(&self) -> Nature {
        self.filter.nature()
    }

    /// The time that a frame takes on any machine, if it only simulates work.
    pub fn declared(&self) -> Duration {
        self.filter.declared()
    }

    /// How far around a pixel it looks.
    pub fn reach(&self) -> Reach {
        self.filter.reach()
    }

    /// Whether a row of its output depends on other rows of its input.
    pub fn mixes_rows(&self) -> bool {
        self.nature() == Nature::Pixels && self.reach() != Reach::Rows(0)
    }

    /// The numbers of the images it reads and writes; the same where it writes none.
    pub fn images(&self) -> (usize, usize) {
        (self.from, self.to)
    }

    /// Does one frame.
    ///
    /// # Errors
    /// When the filter fails, panics, or writes another shape than it stated.
    pub fn apply(
        &mut self,
        context: &FrameContext<'_>,
        images: &mut Images<'_>,
        buffers: &Buffers,
    ) -> Result<(), FilterError> {
        if self.from == self.to {
            let input = images.get(self.from);
            return self.filter_image(context, input, None, buffers);
        }
        let (input, output) = images.pair(self.from, self.to);
        self.filter_image(context, input, Some(output), buffers)
    }

    /// Does a part of one frame: rows of its own, which need not be all of them.
    pub(crate) fn apply_rows(
        &mut self,
        context: &FrameContext<'_>,
        input: &Mat,
        output: &mut Mat,
        buffers: &Buffers,
    ) -> Result<(), FilterError> {
        self.output.height = input.rows();
        self.filter_image(context, input, Some(output), buffers)
    }

    /// Does one frame that carries its images along.
    ///
    /// # Errors
    /// As [`apply`](Self::apply); the frame is then counted as failed.
    pub fn filter(&mut self, frame: Frame, clock: &StageClock, buffers: &Buffers) -> Result<Frame> {
        in_buffer(frame, clock, |stamp, buffer, timer| {
            Ok(self.apply(&FrameContext::new(*stamp, timer), &mut buffer.images(), buffers)?)
        })
    }

    fn filter_image(
        &mut self,
        context: &FrameContext<'_>,
        input: &Mat,
        output: Option<&mut Mat>,
        buffers: &Buffers,
    ) -> Result<(), FilterError> {
        let writes = output.is_some();
        let output = output.unwrap_or(&mut self.unused);
        let memory = output.data();
        let filter = &mut self.filter;
        let caught = catch_unwind(AssertUnwindSafe(|| filter.apply(context, input, output)));
        let panicked = caught.is_err();
        let done = caught.unwrap_or_else(|panic| Err(anyhow!("it panicked: {}", panic_message(&*panic))));
        let reason = match done.map_err(anyhow::Error::downcast) {
            // A filter that is made of filters says itself which of them failed.
            Err(Ok(error)) => return Err(error),
            Err(Err(reason)) => reason,
            Ok(()) if writes && !self.output.fits(output) => {
                let (width, height, channels) = (output.cols(), output.rows(), output.channels());
                anyhow!("it wrote {width}x{height} with {channels} channels where it had announced {}", self.output)
            }
            Ok(()) => {
                if output.data() != memory {
                    buffers.made_at(context.stamp.index);
                }
                return Ok(());
            }
        };
        Err(FilterError { filter: self.label.clone(), frame: context.stamp.index, reason, panicked })
    }
}

/// The message of a panic.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

/// A worker's own copy of a chain.
pub struct ChainInstance {
    filters: Vec<FilterInstance>,
    between: Vec<Mat>,
    buffers: Arc<Buffers>,
}

impl ChainInstance {
    /// A chain of these filters.
    ///
    /// # Errors
    /// When there is none, or no memory for the images between them.
    pub fn new(filters: Vec<FilterInstance>, buffers: Arc<Buffers>) -> Result<Self> {
        ensure!(!filters.is_empty(), "a chain without a filter");
        let between = shapes_between(&filters).iter().map(Shape::image).collect::<Result<_>>()?;
        Ok(Self { filters, between, buffers })
    }

    /// The shape of what it writes. `new` takes no empty chain.
    pub fn output(&self) -> Shape {
        self.filters[self.filters.len() - 1].output()
    }

    /// The filters' names, for the parts of a stage.
    pub fn labels(&self) -> Vec<String> {
        self.filters.iter().map(|filter| filter.label.clone()).collect()
    }

    /// Does one frame, from one image into another.
    ///
    /// # Errors
    /// The first filter that failed.
    pub fn apply(
        &mut self,
        stamp: &Stamp,
        input: &Mat,
        output: &mut Mat,
        timer: &StageTimer<'_>,
    ) -> Result<(), FilterError> {
        self.apply_each(stamp, input, output, timer, |_, _, work| work())
    }

    fn apply_each(
        &mut self,
        stamp: &Stamp,
        input: &Mat,
        output: &mut Mat,
        timer: &StageTimer<'_>,
        mut around: impl FnMut(&StageTimer<'_>, Nature, &mut FilterWork<'_>) -> Result<(), FilterError>,
    ) -> Result<(), FilterError> {
        let context = FrameContext::new(*stamp, timer);
        let mut images = Images { input, between: &mut self.between, output };
        for (part, filter) in self.filters.iter_mut().enumerate() {
            let nature = filter.nature();
            around(timer, nature, &mut || filter.apply(&context, &mut images, &self.buffers))?;
            timer.split(part);
        }
        Ok(())
    }

    /// Does frame after frame. A frame that fails is counted as failed, and ends the work.
    ///
    /// # Errors
    /// The first filter that failed.
    pub fn work(
        &mut self,
        frames: impl IntoIterator<Item = Frame>,
        clock: &StageClock,
        mut send: impl FnMut(Frame) -> ControlFlow<()>,
    ) -> Result<()> {
        for frame in frames {
            if send(self.filter(frame, clock)?).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Does one frame, inside its own buffer.
    ///
    /// # Errors
    /// The filter that failed; the frame is then counted as failed.
    pub fn filter(&mut self, frame: Frame, clock: &StageClock) -> Result<Frame> {
        self.filter_each(frame, clock, |_, _, work| work())
    }

    /// The same; `around` runs every filter, and is told what the filter spends its time on.
    pub(crate) fn filter_each(
        &mut self,
        frame: Frame,
        clock: &StageClock,
        around: impl FnMut(&StageTimer<'_>, Nature, &mut FilterWork<'_>) -> Result<(), FilterError>,
    ) -> Result<Frame> {
        in_buffer(frame, clock, |stamp, buffer, timer| {
            Ok(self.apply_each(stamp, &buffer.input, &mut buffer.output, timer, around)?)
        })
    }
}

/// The work of one filter on one frame.
pub(crate) type FilterWork<'a> = dyn FnMut() -> Result<(), FilterError> + 'a;

/// Does one frame inside its own buffer with `work`, on the clock. A frame that fails is counted as failed.
fn in_buffer(
    mut frame: Frame,
    clock: &StageClock,
    work: impl FnOnce(&Stamp, &mut Buffer, &StageTimer<'_>) -> Result<()>,
) -> Result<Frame> {
    let stamp = frame.stamp;
    let buffer = frame.buffer_mut();
    let done = clock.busy(|timer| {
        timer.frame(stamp.index);
        work(&stamp, buffer, timer)
    });
    match done {
        Ok(()) => Ok(frame),
        Err(error) => {
            frame.fail();
            Err(error)
        }
    }
}

/// The shapes of the images between the input and the output of these filters.
pub(crate) fn shapes_between(filters: &[FilterInstance]) -> Vec<Shape> {
    let mut shapes: Vec<_> =
        filters.iter().filter(|filter| filter.from != filter.to).map(|filter| filter.output).collect();
    shapes.pop();
    shapes
}
