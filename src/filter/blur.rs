//! `blur`: four ways to smooth, all of OpenCV.

use anyhow::{Result, bail};
use opencv::core::{BORDER_DEFAULT, Mat, Point, Size};
use opencv::imgproc;

use super::{Filter, FilterKind, FrameContext, OptionSpec, Options, Reach, Values};

pub(super) const KIND: FilterKind = FilterKind {
    name: "blur",
    summary: "smooth: gaussian, median, box or bilateral",
    options: &[
        OptionSpec::new("ksize", Values::Odd(1, 99), "5", "width and height of the kernel, pixels"),
        OptionSpec::new(
            "sigma",
            Values::Number(0.0, 250.0),
            "0",
            "spread, pixels (gaussian) or pixels and levels (bilateral); 0 takes it from ksize",
        ),
        OptionSpec::new(
            "type",
            Values::Word(&["gaussian", "median", "box", "bilateral"]),
            "gaussian",
            "how: weighted mean, middle value, plain mean, or weighted mean that keeps edges",
        ),
    ],
    example: "blur=type=median:ksize=9",
    hidden: false,
    build,
};

fn build(options: &Options) -> Result<Box<dyn Filter>> {
    let (ksize, sigma) = (options.whole("ksize"), options.number("sigma"));
    let kernel = match options.word("type") {
        "gaussian" => Kernel::Gaussian { sigma },
        "median" => Kernel::Median,
        "box" => Kernel::Box,
        // OpenCV's rule for a gaussian of this size, in pixels; ten times that in levels of brightness.
        "bilateral" if sigma == 0.0 => Kernel::Bilateral { space: 0.15 * f64::from(ksize) + 0.35, levels: 50.0 },
        "bilateral" => Kernel::Bilateral { space: sigma, levels: sigma },
        other => bail!("no type '{other}'"),
    };
    Ok(Box::new(Smooth { ksize, kernel }))
}

struct Smooth {
    ksize: i32,
    kernel: Kernel,
}

enum Kernel {
    Gaussian { sigma: f64 },
    Median,
    Box,
    Bilateral { space: f64, levels: f64 },
}

impl Filter for Smooth {
    fn apply(&mut self, _: &FrameContext<'_>, input: &Mat, output: &mut Mat) -> Result<()> {
        let size = Size::new(self.ksize, self.ksize);
        match self.kernel {
            Kernel::Gaussian { sigma } => imgproc::gaussian_blur_def(input, output, size, sigma)?,
            Kernel::Median => imgproc::median_blur(input, output, self.ksize)?,
            Kernel::Box => imgproc::blur(input, output, size, Point::new(-1, -1), BORDER_DEFAULT)?,
            Kernel::Bilateral { space, levels } => {
                imgproc::bilateral_filter(input, output, self.ksize, levels, space, BORDER_DEFAULT)?;
            }
        }
        Ok(())
    }

    fn reach(&self) -> Reach {
        match self.kernel {
            // OpenCV looks at least one pixel around, whatever it is told.
            Kernel::Bilateral { .. } => Reach::Rows((self.ksize / 2).max(1)),
            _ => Reach::Rows(self.ksize / 2),
        }
    }
}
