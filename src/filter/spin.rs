//! `spin`: computes, and leaves the image as it is. Stands for work on the CPU.
//!
//! It burns CPU time, not wall time: on a core it has to share it takes longer, as real work does.

use std::hint::black_box;
use std::time::Duration;

use anyhow::Result;
use opencv::core::Mat;

use super::{Filter, FilterKind, Nature, OptionSpec, Options, Values};
use crate::frame::Stamp;
use crate::host::usage::thread_cpu;

/// The kind.
pub struct Spin;

const OPTIONS: &[OptionSpec] = &[OptionSpec {
    name: "ms",
    values: Values::Number(0.0, 60_000.0),
    default: "10",
    help: "CPU time, milliseconds a frame",
}];

impl FilterKind for Spin {
    fn name(&self) -> &'static str {
        "spin"
    }

    fn summary(&self) -> &'static str {
        "burn CPU time: stands for computation"
    }

    fn options(&self) -> &'static [OptionSpec] {
        OPTIONS
    }

    fn build(&self, options: &Options) -> Result<Box<dyn Filter>> {
        Ok(Box::new(Burn(Duration::from_secs_f64(options.number("ms") / 1e3))))
    }
}

/// Uses so much CPU time of this thread.
pub(crate) fn burn(cpu: Duration) {
    let until = thread_cpu() + cpu;
    while thread_cpu() < until {
        // A few microseconds of arithmetic between two looks at the clock, which is a system call.
        (0..2_000u64).for_each(|n| {
            black_box(n.wrapping_mul(n));
        });
    }
}

struct Burn(Duration);

impl Filter for Burn {
    fn apply(&mut self, _: &Stamp, _: &Mat, _: &mut Mat) -> Result<()> {
        burn(self.0);
        Ok(())
    }

    fn nature(&self) -> Nature {
        Nature::Compute
    }

    fn declared(&self) -> Duration {
        self.0
    }
}
