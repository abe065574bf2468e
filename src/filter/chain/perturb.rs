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
use crate::frame::Shape;
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
            ("slowed", _) => Some(Err(format!("slowed={value} will not do: it takes 0 to 1000 %"))),
            ("free", _) if value == "yes" => Some(Ok(Self::Free)),
            ("free", _) => Some(Err(format!("free={value} will not do: it takes yes"))),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::Chain;
    use crate::frame::{Images, Stamp};

    /// Two frames through a perturbed chain of one filter: the outputs, and the CPU time.
    fn two_frames(chain: &str) -> (Vec<u8>, Vec<u8>, Duration) {
        use opencv::core::MatTraitConstManual;
        let chain: Chain = chain.parse().unwrap();
        let mut filter = chain.filters(Shape::gray(2, 1)).unwrap().remove(0);
        let mut outputs = Vec::new();
        let (mut output, from) = (Shape::gray(2, 1).image().unwrap(), thread_cpu());
        for gray in [[0u8, 0], [200, 200]] {
            let input = Mat::from_slice(&gray).unwrap().try_clone().unwrap();
            let images = &mut Images { input: &input, between: &mut [], output: &mut output };
            filter.apply(&FrameContext::untimed(Stamp::new(0, Duration::ZERO)), images, &Default::default()).unwrap();
            outputs.push(output.data_bytes().unwrap().to_vec());
        }
        (outputs.remove(0), outputs.remove(0), thread_cpu() - from)
    }

    #[test]
    fn free_gives_the_first_output_again() {
        let (first, second, _) = two_frames("threshold=100");
        assert_ne!(first, second);
        let (first, second, _) = two_frames("threshold=100:free=yes");
        assert_eq!(first, second);
    }

    #[test]
    fn slowed_takes_more_cpu_time() {
        let (usual, slowed) = (two_frames("spin=5").2, two_frames("spin=5:slowed=100").2);
        assert!(usual < Duration::from_millis(19) && slowed >= Duration::from_millis(20), "{usual:?} {slowed:?}");
    }

    #[test]
    fn perturbations_read_back_as_they_were_written() {
        for how in [Perturbation::Slowed(25.0), Perturbation::Free] {
            for filter in ["grayscale", "blur=ksize=5", "blur=5"] {
                assert!(how.write(filter).parse::<Chain>().is_ok(), "{how:?} {filter}");
            }
        }
        let error = "blur=slowed=fast".parse::<Chain>().unwrap_err();
        assert!(error.message.contains("slowed=fast"), "{error}");
    }
}
