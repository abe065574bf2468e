//! `threshold`: black or white (or clipped) by brightness; Otsu's method finds the value by itself.

use anyhow::{Result, bail, ensure};
use opencv::core::Mat;
use opencv::imgproc;

use super::{Filter, FilterKind, FrameContext, OptionSpec, Options, Reach, Values};
use crate::frame::{Pixels, Shape};

pub(super) const KIND: FilterKind = FilterKind {
    name: "threshold",
    summary: "cut by brightness: binary, truncate, to-zero or otsu",
    options: &[
        OptionSpec::new(
            "value",
            Values::Number(0.0, 255.0),
            "127",
            "the level, 0 black to 255 white; otsu finds its own",
        ),
        OptionSpec::new("max", Values::Number(0.0, 255.0), "255", "what binary, binary-inv and otsu write"),
        OptionSpec::new(
            "type",
            Values::Word(&["binary", "binary-inv", "truncate", "to-zero", "to-zero-inv", "otsu"]),
            "binary",
            "what becomes of a pixel above the level",
        ),
    ],
    example: "grayscale,threshold=type=otsu",
    hidden: false,
    build,
};

fn build(options: &Options) -> Result<Box<dyn Filter>> {
    let kind = match options.word("type") {
        "binary" => imgproc::THRESH_BINARY,
        "binary-inv" => imgproc::THRESH_BINARY_INV,
        "truncate" => imgproc::THRESH_TRUNC,
        "to-zero" => imgproc::THRESH_TOZERO,
        "to-zero-inv" => imgproc::THRESH_TOZERO_INV,
        "otsu" => imgproc::THRESH_BINARY | imgproc::THRESH_OTSU,
        other => bail!("no type '{other}'"),
    };
    Ok(Box::new(Cut { value: options.number("value"), max: options.number("max"), kind }))
}

struct Cut {
    value: f64,
    max: f64,
    kind: i32,
}

impl Cut {
    fn is_otsu(&self) -> bool {
        self.kind & imgproc::THRESH_OTSU != 0
    }
}

impl Filter for Cut {
    fn apply(&mut self, _: &FrameContext<'_>, input: &Mat, output: &mut Mat) -> Result<()> {
        imgproc::threshold(input, output, self.value, self.max, self.kind)?;
        Ok(())
    }

    fn shape(&self, input: Shape) -> Result<Shape> {
        let gray = input.pixels == Pixels::Gray8;
        ensure!(gray || !self.is_otsu(), "otsu works on one channel: put grayscale before it");
        Ok(input)
    }

    fn reach(&self) -> Reach {
        // Otsu looks at the histogram of the whole image.
        if self.is_otsu() { Reach::Whole } else { Reach::Rows(0) }
    }
}
