//! The arms of an experiment as data: what is done in each, the figures that this gives, and what the law predicts of
//! them. Whoever writes a lesson of pipelines starts nothing.

use std::time::Instant;

use anyhow::{Context, Result, ensure};

use super::lab::{Lab, OneCore};
use super::measured::Measured;
use crate::frame::Shape;
use crate::metrics::Run;
use crate::pipeline::{Limits, Policies, Settings};
use crate::predict::HANDOFF;
use crate::source::SyntheticSpec;

/// One part of an experiment, done once in each round, and the figures that it gives.
pub struct Arm {
    work: Work,
    pub figures: Vec<Reading>,
}

enum Work {
    /// A run, from which figures are read.
    Run(Box<Pipeline>),
    /// Something else, which gives a value for each figure.
    Other(OtherWork),
}

/// Work that runs no pipeline: a value for each figure.
type OtherWork = Box<dyn Fn(&Lab<'_>) -> Result<Vec<f64>>>;

/// A figure that an arm gives.
pub struct Reading {
    pub name: String,
    pub unit: String,
    read: Box<dyn Fn(&Run) -> f64>,
    pub law: Option<Law>,
}

/// The values that theory gives for a figure, round by round.
type Law = Box<dyn Fn(&Measured) -> Vec<f64>>;

/// A run of a strategy.
pub struct Pipeline {
    strategy: &'static str,
    chain: String,
    settings: Settings,
    /// Synthetic frames; none to run over those of the lab.
    made_up: Option<SyntheticSpec>,
    one_core: bool,
}

impl Pipeline {
    /// A strategy over so many frames, with a worker a core and queues of the usual capacity.
    pub fn new(strategy: &'static str, chain: impl Into<String>, frames: u64) -> Self {
        let limits = Limits { frames: Some(frames), duration: None };
        let settings = Settings { limits, ..Settings::default() };
        Self { strategy, chain: chain.into(), settings, made_up: None, one_core: false }
    }

    /// With so many workers.
    pub fn workers(mut self, workers: usize) -> Self {
        self.settings.workers = workers;
        self
    }

    /// With queues of this capacity, which do this when they are full.
    pub fn queue(mut self, capacity: usize, overflow: Policies) -> Self {
        (self.settings.queue, self.settings.overflow) = (capacity, overflow);
        self
    }

    /// On synthetic frames of this shape, which come at this rate; 0 means as fast as they are asked for.
    pub fn made_up(self, shape: Shape, fps: f64) -> Self {
        let frames = self.settings.limits.frames.unwrap_or(0);
        Self { made_up: Some(SyntheticSpec { fps, ..SyntheticSpec::new(shape, frames) }), ..self }
    }

    /// With all threads on one core.
    pub fn on_one_core(self, one_core: bool) -> Self {
        Self { one_core, ..self }
    }

    pub fn run(&self, lab: &Lab<'_>) -> Result<Run> {
        let _pinned = self.one_core.then(OneCore::stay).transpose()?;
        let settings = Settings { worker_command: Some(lab.worker_command.clone()), ..self.settings.clone() };
        lab.run(self.made_up, self.strategy, &self.chain, &settings)
    }

    /// An arm that runs it and reads this figure.
    pub fn figure(self, name: impl Into<String>, unit: impl Into<String>, read: impl Fn(&Run) -> f64 + 'static) -> Arm {
        Arm { work: Work::Run(Box::new(self)), figures: Vec::new() }.figure(name, unit, read)
    }
}

impl Arm {
    /// Some work that gives a value for each of the figures that follow, in their order; NaN where there is none this time.
    pub fn other(work: impl Fn(&Lab<'_>) -> Result<Vec<f64>> + 'static) -> Self {
        Self { work: Work::Other(Box::new(work)), figures: Vec::new() }
    }

    /// The next figure of other work.
    pub fn value(self, name: impl Into<String>, unit: impl Into<String>) -> Self {
        self.figure(name, unit, |_| f64::NAN)
    }

    /// Reads one figure more from the run.
    pub fn figure(
        mut self,
        name: impl Into<String>,
        unit: impl Into<String>,
        read: impl Fn(&Run) -> f64 + 'static,
    ) -> Self {
        self.figures.push(Reading { name: name.into(), unit: unit.into(), read: Box::new(read), law: None });
        self
    }

    /// The law predicts this value for the last figure.
    pub fn predicted(self, value: f64) -> Self {
        self.law(move |measured| vec![value; measured.rounds])
    }

    /// The law predicts the last figure from others of the same round.
    pub fn predicted_from<const N: usize>(
        self,
        others: [impl Into<String>; N],
        law: impl Fn([f64; N]) -> f64 + 'static,
    ) -> Self {
        let others: [String; N] = others.map(Into::into);
        self.law(move |measured| {
            let others = others.each_ref().map(|other| measured.samples(other));
            let values = |round: usize| others.map(|samples| samples.get(round).copied().unwrap_or(0.0));
            (0..measured.rounds).map(|round| law(values(round))).collect()
        })
    }

    fn law(mut self, law: impl Fn(&Measured) -> Vec<f64> + 'static) -> Self {
        if let Some(last) = self.figures.last_mut() {
            last.law = Some(Box::new(law));
        }
        self
    }

    /// Does the work once; the value of each figure. Fails, too, when it does not give all that it says.
    pub fn measure(&self, lab: &Lab<'_>) -> Result<Vec<f64>> {
        match &self.work {
            Work::Other(work) => {
                let values = work(lab)?;
                ensure!(values.len() == self.figures.len(), "{} values of {}", values.len(), self.figures.len());
                Ok(values)
            }
            Work::Run(pipeline) => {
                let run = pipeline.run(lab)?;
                let read = |figure: &Reading| Some((figure.read)(&run)).filter(|value| !value.is_nan());
                let all = self.figures.iter();
                all.map(|figure| read(figure).with_context(|| format!("no {} was measured", figure.name))).collect()
            }
        }
    }
}

/// How long a run took, in milliseconds.
pub fn wall_ms(run: &Run) -> f64 {
    run.wall_s * 1e3
}

/// Milliseconds from one frame to the next.
pub fn ms_a_frame(run: &Run) -> f64 {
    1e3 / run.fps()
}

/// Microseconds to hand a frame to a process and to get it back, beyond the work on it; NaN where nothing was handed over.
pub fn handoff_us(run: &Run) -> f64 {
    run.part(HANDOFF).map_or(f64::NAN, |part| part.service_ms.p50 * 1e3)
}

/// How many milliseconds some work takes, as the one value of an arm.
pub fn timed_ms(work: impl FnOnce() -> Result<()>) -> Result<Vec<f64>> {
    let from = Instant::now();
    work()?;
    Ok(vec![from.elapsed().as_secs_f64() * 1e3])
}
