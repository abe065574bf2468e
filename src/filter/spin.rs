//! `spin`: computes, and leaves the image as it is. Stands for work on the CPU.
//!
//! It uses a given CPU time and not a given wall time: on a shared core it takes longer, as real work does.

use std::hint::black_box;
use std::time::Duration;

use anyhow::Result;
use opencv::core::Mat;

use super::{Filter, FilterKind, FrameContext, Nature, OptionSpec, Options, Values};
use crate::host::usage::thread_cpu;

pub(super) const KIND: FilterKind = FilterKind {
    name: "spin",
    summary: "burn CPU time: stands for computation",
    options: &[OptionSpec::new("ms", Values::Number(0.0, 60_000.0), "10", "CPU time, milliseconds a frame")],
    example: "spin=5",
    hidden: false,
    build,
};

fn build(options: &Options) -> Result<Box<dyn Filter>> {
    Ok(Box::new(Spinning(Duration::from_secs_f64(options.number("ms") / 1e3))))
}

/// Computes until this thread has used `cpu` of CPU time.
pub(crate) fn use_cpu(cpu: Duration) {
    let until = thread_cpu() + cpu;
    while thread_cpu() < until {
        // A few microseconds of arithmetic between two readings of the clock, which are system calls.
        (0..2_000u64).for_each(|n| {
            black_box(n.wrapping_mul(n));
        });
    }
}

struct Spinning(Duration);

impl Filter for Spinning {
    fn apply(&mut self, _: &FrameContext<'_>, _: &Mat, _: &mut Mat) -> Result<()> {
        use_cpu(self.0);
        Ok(())
    }

    fn nature(&self) -> Nature {
        Nature::Compute
    }

    fn declared(&self) -> Duration {
        self.0
    }
}
