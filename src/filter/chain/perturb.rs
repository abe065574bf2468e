//! Filters perturbed for an experiment: slowed down by a share of their own time, or made free of cost.
//!
//! Written as hidden options that every filter takes (`blur=ksize=5:slowed=25`, `edges=free=yes`), because worker processes
//! know a chain by its text only. Which experiment this is for is not known here.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::Result;
use opencv::core::{Mat, MatTraitConst};

use crate::filter::spin::use_cpu;
use crate::filter::{Filter, FrameContext, Nature, Reach};
use crate::frame::{Pixels, Shape};
use crate::host::usage::thread_cpu;

/// How a filter is perturbed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Perturbation {
    /// It takes so many percent more time, on the CPU or waiting, whichever it does anyway.
    Slowed(f64),
    /// Its first output is used for every frame, so that the others cost nothing.
    Free,
}

impl Perturbation {
    /// Reads one of the hidden options; none if it is another option.
    pub(super) fn read(option: &str, value: &str) -> Option<Result<Self, String>> {
        match (option, value.parse()) {
            ("slowed", Ok(percent)) if (0.0..=1_000.0).contains(&percent) => Some(Ok(Self::Slowed(percent))),
            ("slowed", _) => Some(Err(format!("slowed={value} is invalid: takes 0 to 1000 %"))),
            ("free", _) if value == "yes" => Some(Ok(Self::Free)),
            ("free", _) => Some(Err(format!("free={value} is invalid: takes yes"))),
            _ => None,
        }
    }

    /// The text of a perturbed filter.
    pub(super) fn write(self, filter: &str) -> String {
        let separator = if filter.contains('=') { ':' } else { '=' };
        match self {
            Self::Slowed(percent) => format!("{filter}{separator}slowed={percent}"),
            Self::Free => format!("{filter}{separator}free=yes"),
        }
    }

    /// The perturbed filter.
    pub(super) fn apply_to(self, filter: Box<dyn Filter>) -> Box<dyn Filter> {
        Box::new(Perturbed { filter, how: self, first: None, filled: Vec::new() })
    }
}

struct Perturbed {
    filter: Box<dyn Filter>,
    how: Perturbation,
    /// The first output.
    first: Option<Mat>,
    /// Addresses of the buffers that hold it already.
    filled: Vec<usize>,
}

impl Perturbed {
    /// Copies the first output into each buffer of a run once, and leaves it there.
    fn repeat_first(&mut self, context: &FrameContext<'_>, input: &Mat, output: &mut Mat) -> Result<()> {
        if self.filter.nature() != Nature::Pixels || self.filled.contains(&(output.data() as usize)) {
            return Ok(());
        }
        match &self.first {
            Some(first) => first.copy_to(output)?,
            None => {
                self.filter.apply(context, input, output)?;
                self.first = Some(output.try_clone()?);
            }
        }
        self.filled.push(output.data() as usize);
        Ok(())
    }
}

impl Filter for Perturbed {
    fn apply(&mut self, context: &FrameContext<'_>, input: &Mat, output: &mut Mat) -> Result<()> {
        let Perturbation::Slowed(percent) = self.how else { return self.repeat_first(context, input, output) };
        let (wall, cpu) = (Instant::now(), thread_cpu());
        self.filter.apply(context, input, output)?;
        // Only the filter's own CPU time is stretched, not the time that it waited for a core.
        match self.filter.nature() {
            Nature::Wait => sleep(wall.elapsed().mul_f64(percent / 100.0)),
            Nature::Pixels | Nature::Compute => use_cpu(thread_cpu().saturating_sub(cpu).mul_f64(percent / 100.0)),
        }
        Ok(())
    }

    fn shape(&self, input: Shape) -> Result<Shape> {
        self.filter.shape(input)
    }

    fn reads(&self) -> Pixels {
        self.filter.reads()
    }

    fn reach(&self) -> Reach {
        self.filter.reach()
    }

    fn nature(&self) -> Nature {
        self.filter.nature()
    }

    fn declared(&self) -> Duration {
        match self.how {
            Perturbation::Slowed(percent) => self.filter.declared().mul_f64(1.0 + percent / 100.0),
            Perturbation::Free => Duration::ZERO,
        }
    }
}
