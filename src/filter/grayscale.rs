//! `grayscale`: brightness only (ITU-R BT.601 weights, OpenCV's `cvtColor`).

use anyhow::Result;
use opencv::core::{Mat, MatTraitConst};
use opencv::imgproc;

use super::{Filter, FilterKind, FrameContext, Options, Reach};
use crate::frame::Shape;

pub(super) const KIND: FilterKind = FilterKind {
    name: "grayscale",
    summary: "brightness only: one byte a pixel",
    options: &[],
    example: "grayscale",
    hidden: false,
    build,
};

fn build(_: &Options) -> Result<Box<dyn Filter>> {
    Ok(Box::new(Grayscale))
}

/// It keeps nothing.
pub(super) struct Grayscale;

impl Filter for Grayscale {
    fn apply(&mut self, _: &FrameContext<'_>, input: &Mat, output: &mut Mat) -> Result<()> {
        to_gray(input, output)
    }

    fn shape(&self, input: Shape) -> Result<Shape> {
        Ok(input.to_gray())
    }

    fn reach(&self) -> Reach {
        Reach::Rows(0)
    }
}

/// Writes the brightness of `input`, which may be gray already, into `output`.
pub(super) fn to_gray(input: &Mat, output: &mut Mat) -> Result<()> {
    if input.channels() == 1 {
        input.copy_to(output)?;
    } else {
        imgproc::cvt_color_def(input, output, imgproc::COLOR_BGR2GRAY)?;
    }
    Ok(())
}
