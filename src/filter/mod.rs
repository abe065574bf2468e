//! Filters: what is done to a frame's pixels, and the list of those that have a name.
//!
//! A filter works on one image after the other in buffers it keeps. It never sees a channel, a thread or a
//! strategy; whatever runs it gives it an image to read and an image to write.
//!
//! A new filter costs one file here, its `mod` line and its line in [`FILTERS`], side by side.

mod chain;

mod blur;
mod copy;
mod delay;
mod edges;
mod fault;
mod grayscale;
mod resize;
mod spin;
mod threshold;

use std::time::Duration;

use anyhow::Result;
use opencv::core::Mat;

use crate::frame::{Shape, Stamp};

pub use self::chain::instance::{ChainInstance, FilterError, FilterInstance};
pub(crate) use self::chain::instance::{in_buffer, panic_message, shapes_between};
pub use self::chain::options::{OptionSpec, Options, Values};
pub use self::chain::parse::ChainError;
pub use self::chain::perturb::Alteration;
pub use chain::Chain;
pub(crate) use fault::WrongReply;
pub(crate) use spin::burn;

/// Every filter that has a name, in the order they are listed. Those that are hidden come last.
pub const FILTERS: &[&dyn FilterKind] = &[
    &grayscale::Grayscale,
    &blur::Blur,
    &edges::Edges,
    &resize::Resize,
    &threshold::Threshold,
    &delay::Delay,
    &spin::Spin,
    &copy::Copy,
    &fault::Fault,
];

/// A filter as it is listed: its name, its options, and how to make one.
pub trait FilterKind: Sync {
    /// Its name on the command line and in reports.
    fn name(&self) -> &'static str;

    /// What it does, in one line.
    fn summary(&self) -> &'static str;

    /// Its options in the order in which values without a name are taken.
    fn options(&self) -> &'static [OptionSpec];

    /// Whether it is left out of lists: for tests and inner use.
    fn hidden(&self) -> bool {
        false
    }

    /// Makes one for one worker.
    ///
    /// # Errors
    /// When the options, each valid by itself, do not go together.
    fn build(&self, options: &Options) -> Result<Box<dyn Filter>>;
}

/// One worker's filter.
pub trait Filter: Send {
    /// Does one frame. `output` holds whatever it held after the last frame of this worker or another; a filter
    /// that writes the shape it stated finds the memory already there. Images must not be kept, not even as a clone
    /// of their header: their memory is used again.
    ///
    /// A filter whose [`nature`](Self::nature) is not [`Nature::Pixels`] leaves `output` alone.
    ///
    /// # Errors
    /// Whatever stops the run; it is reported with the filter's name and the frame's number.
    fn apply(&mut self, stamp: &Stamp, input: &Mat, output: &mut Mat) -> Result<()>;

    /// The shape of the output for an input shape. The same shape unless said otherwise.
    ///
    /// # Errors
    /// When the filter cannot take such an image: why, and what would help.
    fn shape(&self, input: Shape) -> Result<Shape> {
        Ok(input)
    }

    /// How far around a pixel the filter looks. [`Reach::Whole`] is always right.
    fn reach(&self) -> Reach {
        Reach::Whole
    }

    /// What the filter spends its time on.
    fn nature(&self) -> Nature {
        Nature::Pixels
    }

    /// The time a frame takes it on any machine, if it is one that only stands for work; otherwise none.
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

/// The filter with this name.
pub fn find(name: &str) -> Option<&'static dyn FilterKind> {
    FILTERS.iter().copied().find(|kind| kind.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_filter_can_be_made_from_its_defaults_and_says_what_it_is() {
        for kind in FILTERS {
            assert!(kind.build(&Options::defaults(kind.options())).is_ok(), "{}", kind.name());
            assert!(!kind.summary().is_empty() && !kind.summary().ends_with('.'), "{}", kind.name());
            assert_eq!(FILTERS.iter().filter(|other| other.name() == kind.name()).count(), 1, "{}", kind.name());
        }
    }
}
