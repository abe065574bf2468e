//! `grayscale`: brightness only, computed from color or as the video has it.

use anyhow::{Result, ensure};
use opencv::core::{Mat, MatTraitConst};
use opencv::imgproc;

use super::{Filter, FilterKind, FrameContext, Nature, OptionSpec, Options, Reach, Values};
use crate::frame::{Pixels, Shape};

pub(super) const KIND: FilterKind = FilterKind {
    name: "grayscale",
    summary: "brightness only: one byte a pixel",
    options: &[OptionSpec::new(
        "from",
        Values::Word(&["bgr", "luma"]),
        "bgr",
        "bgr: computed from color (BT.601); luma: as a video or camera stores it, made 0 to 255; no color is converted",
    )],
    example: "grayscale",
    hidden: false,
    build,
};

fn build(options: &Options) -> Result<Box<dyn Filter>> {
    Ok(match options.word("from") {
        "luma" => Box::new(Luma),
        _ => Box::new(Grayscale),
    })
}

/// Brightness computed from color. It keeps nothing.
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

/// Brightness as the reader gives it.
struct Luma;

impl Filter for Luma {
    fn apply(&mut self, _: &FrameContext<'_>, _: &Mat, _: &mut Mat) -> Result<()> {
        Ok(())
    }

    /// The reader has made the image already: it stays where it is.
    fn nature(&self) -> Nature {
        Nature::Compute
    }

    fn shape(&self, input: Shape) -> Result<Shape> {
        ensure!(
            input.pixels == Pixels::Gray8,
            "from=luma takes the brightness that a video or a camera stores: it must be the first filter, and images, \
             synthetic frames, RGB video and --decoder opencv have color only; take grayscale"
        );
        Ok(input)
    }

    fn reads(&self) -> Pixels {
        Pixels::Gray8
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
