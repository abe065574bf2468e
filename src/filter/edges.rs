//! `edges`: where brightness changes. Canny (1986) by default; Sobel and Laplacian give the bare gradient.

use anyhow::{Result, bail, ensure};
use opencv::core::{self, BORDER_DEFAULT, CV_16S, Mat};
use opencv::imgproc;

use super::grayscale::to_gray;
use super::{Filter, FilterKind, FrameContext, OptionSpec, Options, Reach, Values};
use crate::frame::Shape;

pub(super) const KIND: FilterKind = FilterKind {
    name: "edges",
    summary: "find edges: canny, sobel or laplacian; one byte a pixel",
    options: &[
        OptionSpec::new("low", Values::Number(0.0, 10_000.0), "50", "canny: gradient from which an edge goes on"),
        OptionSpec::new("high", Values::Number(0.0, 10_000.0), "150", "canny: gradient from which an edge begins"),
        OptionSpec::new(
            "ksize",
            Values::Odd(1, 7),
            "3",
            "width and height of the derivative, pixels (canny: 3, 5 or 7)",
        ),
        OptionSpec::new(
            "type",
            Values::Word(&["canny", "sobel", "laplacian"]),
            "canny",
            "how: thin lines, first derivative, or second derivative",
        ),
    ],
    example: "edges=low=80:high=200",
    hidden: false,
    build,
};

fn build(options: &Options) -> Result<Box<dyn Filter>> {
    let (low, high, ksize) = (options.number("low"), options.number("high"), options.whole("ksize"));
    Ok(match options.word("type") {
        "canny" => {
            ensure!(low <= high, "low={low} is above high={high}");
            ensure!(ksize >= 3, "canny needs ksize=3, 5 or 7");
            Box::new(Canny { low, high, ksize })
        }
        "sobel" => Box::new(Gradient { ksize, ..Gradient::default() }),
        "laplacian" => Box::new(Gradient { ksize, second: true, ..Gradient::default() }),
        other => bail!("no type '{other}'"),
    })
}

/// Canny follows an edge wherever it leads (hysteresis), so a pixel may depend on any other: it cannot be cut.
struct Canny {
    low: f64,
    high: f64,
    ksize: i32,
}

impl Filter for Canny {
    fn apply(&mut self, _: &FrameContext<'_>, input: &Mat, output: &mut Mat) -> Result<()> {
        imgproc::canny(input, output, self.low, self.high, self.ksize, false)?;
        Ok(())
    }

    fn shape(&self, input: Shape) -> Result<Shape> {
        Ok(input.to_gray())
    }
}

/// The size of the first derivative (mean of |d/dx| and |d/dy|) or of the second.
#[derive(Default)]
struct Gradient {
    ksize: i32,
    second: bool,
    // Buffers that are used again for every frame.
    gray: Mat,
    signed: Mat,
    x: Mat,
    y: Mat,
}

impl Filter for Gradient {
    fn apply(&mut self, _: &FrameContext<'_>, input: &Mat, output: &mut Mat) -> Result<()> {
        let Self { gray, signed, x, y, .. } = self;
        let gray = if Shape::of(input)?.pixels == crate::frame::Pixels::Gray8 {
            input
        } else {
            to_gray(input, gray)?;
            gray
        };
        if self.second {
            imgproc::laplacian(gray, signed, CV_16S, self.ksize, 1.0, 0.0, BORDER_DEFAULT)?;
            core::convert_scale_abs(signed, output, 1.0, 0.0)?;
            return Ok(());
        }
        for (dx, dy, out) in [(1, 0, &mut *x), (0, 1, &mut *y)] {
            imgproc::sobel(gray, signed, CV_16S, dx, dy, self.ksize, 1.0, 0.0, BORDER_DEFAULT)?;
            core::convert_scale_abs(signed, out, 1.0, 0.0)?;
        }
        core::add_weighted(x, 0.5, y, 0.5, 0.0, output, -1)?;
        Ok(())
    }

    fn shape(&self, input: Shape) -> Result<Shape> {
        Ok(input.to_gray())
    }

    fn reach(&self) -> Reach {
        // A kernel of one pixel still looks one pixel to each side: OpenCV makes it 3 × 1.
        Reach::Rows((self.ksize / 2).max(1))
    }
}
