//! What a filter is, and what one that has a name says about itself.

use std::time::Duration;

use anyhow::Result;
use opencv::core::Mat;

use super::context::FrameContext;
use super::options::{OptionSpec, Options};
use crate::frame::{Pixels, Shape};

/// A filter as it is listed: its name, its options, and how to make one.
pub struct FilterKind {
    /// Its name on the command line and in reports.
    pub name: &'static str,
    /// What it does, in one line.
    pub summary: &'static str,
    /// Its options in the order in which values without a name are taken.
    pub options: &'static [OptionSpec],
    /// A chain that uses it.
    pub example: &'static str,
    /// Whether it is left out of lists: for tests and internal use.
    pub hidden: bool,
    /// Makes one for one worker. Fails when the options, each valid by itself, do not go together.
    pub build: fn(&Options) -> Result<Box<dyn Filter>>,
}

/// One worker's filter.
pub trait Filter: Send {
    /// Does one frame. `output` holds an old image, of this worker or another one; a filter that writes the shape it stated
    /// finds the memory for it there. Images must not be kept, not even as a clone of their header: their memory is used
    /// again.
    ///
    /// A filter whose [`nature`](Self::nature) is not [`Nature::Pixels`] does not write `output`. One that waits for a lock
    /// or a device does so through `context`, so that the time is not taken for computation.
    ///
    /// # Errors
    /// Whatever stops the run; it is reported with the filter's name and the frame's number.
    fn apply(&mut self, context: &FrameContext<'_>, input: &Mat, output: &mut Mat) -> Result<()>;

    /// The shape of the output for an input shape. The same shape unless said otherwise.
    ///
    /// # Errors
    /// When the filter cannot take such an image: why, and what would help.
    fn shape(&self, input: Shape) -> Result<Shape> {
        Ok(input)
    }

    /// What it would be given by the reader, where it is the first of its chain: color, or only the brightness that videos
    /// and cameras have beside it. A reader that has no brightness by itself gives color all the same.
    fn reads(&self) -> Pixels {
        Pixels::Bgr8
    }

    /// How far around a pixel the filter looks. [`Reach::Whole`] is always right.
    fn reach(&self) -> Reach {
        Reach::Whole
    }

    /// What the filter spends its time on.
    fn nature(&self) -> Nature {
        Nature::Pixels
    }

    /// The time that a frame takes on any machine, for a filter that only simulates work; zero for all others.
    fn declared(&self) -> Duration {
        Duration::ZERO
    }
}

/// How far around a pixel a filter looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// A row of the output is made from this many rows above and below it, and from nothing else: the image may be
    /// cut into bands. Width and height stay as they are.
    Rows(i32),
    /// Every pixel may depend on every other: only the whole image will do.
    Whole,
}

/// What a filter spends its time on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// It computes a new image.
    Pixels,
    /// It computes, and leaves the image as it is.
    Compute,
    /// It waits, and leaves the image as it is.
    Wait,
}
