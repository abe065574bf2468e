//! `resize`: another size, by any of OpenCV's interpolations.

use anyhow::{Result, bail, ensure};
use opencv::core::{Mat, Size};
use opencv::imgproc;

use super::{Filter, FilterKind, FrameContext, OptionSpec, Options, Values};
use crate::frame::Shape;

const LARGEST: i32 = 16_384;

pub(super) const KIND: FilterKind = FilterKind {
    name: "resize",
    summary: "another size: resize=640:360, resize=width=640, resize=scale=0.5",
    options: &[
        OptionSpec::new("width", Values::Whole(0, LARGEST), "0", "pixels; 0 keeps the aspect ratio"),
        OptionSpec::new("height", Values::Whole(0, LARGEST), "0", "pixels; 0 keeps the aspect ratio"),
        OptionSpec::new("scale", Values::Number(0.01, 10.0), "0.5", "times, when neither width nor height is given"),
        OptionSpec::new(
            "interp",
            Values::Word(&["linear", "nearest", "cubic", "area", "lanczos"]),
            "linear",
            "how pixels between pixels are made",
        ),
    ],
    example: "resize=640:360",
    hidden: false,
    build,
};

fn build(options: &Options) -> Result<Box<dyn Filter>> {
    let interpolation = match options.word("interp") {
        "linear" => imgproc::INTER_LINEAR,
        "nearest" => imgproc::INTER_NEAREST,
        "cubic" => imgproc::INTER_CUBIC,
        "area" => imgproc::INTER_AREA,
        "lanczos" => imgproc::INTER_LANCZOS4,
        other => bail!("no interp '{other}'"),
    };
    let (width, height) = (options.whole("width"), options.whole("height"));
    Ok(Box::new(Scale { width, height, scale: options.number("scale"), interpolation }))
}

struct Scale {
    width: i32,
    height: i32,
    scale: f64,
    interpolation: i32,
}

impl Filter for Scale {
    fn apply(&mut self, _: &FrameContext<'_>, input: &Mat, output: &mut Mat) -> Result<()> {
        let to = self.shape(Shape::of(input)?)?;
        imgproc::resize(input, output, Size::new(to.width, to.height), 0.0, 0.0, self.interpolation)?;
        Ok(())
    }

    fn shape(&self, input: Shape) -> Result<Shape> {
        let times = |pixels: i32, by: f64| ((f64::from(pixels) * by).round() as i32).max(1);
        let ratio = f64::from(input.width) / f64::from(input.height);
        let (width, height) = match (self.width, self.height) {
            (0, 0) => (times(input.width, self.scale), times(input.height, self.scale)),
            (width, 0) => (width, times(width, 1.0 / ratio)),
            (0, height) => (times(height, ratio), height),
            both => both,
        };
        ensure!(width <= LARGEST && height <= LARGEST, "{width}x{height} is more than {LARGEST} pixels wide or high");
        Ok(Shape { width, height, ..input })
    }
}
