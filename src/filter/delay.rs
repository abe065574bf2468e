//! `delay`: waits, and leaves the image as it is. Stands for input and output: a network, a disk, a device.

use std::thread::sleep;
use std::time::Duration;

use anyhow::Result;
use opencv::core::Mat;

use super::{Filter, FilterKind, FrameContext, Nature, OptionSpec, Options, Values};

/// The filter as it is listed.
pub struct Delay;

const OPTIONS: &[OptionSpec] = &[OptionSpec {
    name: "ms",
    values: Values::Number(0.0, 60_000.0),
    default: "10",
    help: "wait, milliseconds a frame",
}];

impl FilterKind for Delay {
    fn name(&self) -> &'static str {
        "delay"
    }

    fn summary(&self) -> &'static str {
        "wait without computing: stands for input and output"
    }

    fn options(&self) -> &'static [OptionSpec] {
        OPTIONS
    }

    fn build(&self, options: &Options) -> Result<Box<dyn Filter>> {
        Ok(Box::new(Wait(Duration::from_secs_f64(options.number("ms") / 1e3))))
    }
}

struct Wait(Duration);

impl Filter for Wait {
    fn apply(&mut self, _: &FrameContext<'_>, _: &Mat, _: &mut Mat) -> Result<()> {
        sleep(self.0);
        Ok(())
    }

    fn nature(&self) -> Nature {
        Nature::Wait
    }

    fn declared(&self) -> Duration {
        self.0
    }
}
