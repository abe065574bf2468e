//! `delay`: waits, and leaves the image as it is. Stands for input and output: a network, a disk, a device.

use std::thread::sleep;
use std::time::Duration;

use anyhow::Result;
use opencv::core::Mat;

use super::{Filter, FilterKind, FrameContext, Nature, OptionSpec, Options, Values};

pub(super) const KIND: FilterKind = FilterKind {
    name: "delay",
    summary: "wait without computing: stands for input and output",
    options: &[OptionSpec::new("ms", Values::Number(0.0, 60_000.0), "10", "wait, milliseconds a frame")],
    example: "delay=20",
    hidden: false,
    build,
};

fn build(options: &Options) -> Result<Box<dyn Filter>> {
    Ok(Box::new(Wait(Duration::from_secs_f64(options.number("ms") / 1e3))))
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
