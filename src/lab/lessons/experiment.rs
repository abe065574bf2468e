//! A lesson that only runs pipelines, as data: its arms, what is read from each run, what the law predicts, and what
//! must be true. Whoever writes such a lesson starts nothing.

use anyhow::Result;

use super::judgment::Expectation;
use super::lab::{Lab, Notes, OneCore, Trial};
use super::lesson::{About, Lesson, Theory};
use super::measured::{Figure, Measured};
use super::scene::Scene;
use crate::frame::Shape;
use crate::host::machine::Machine;
use crate::metrics::Run;
use crate::pipeline::{Policies, Settings};
use crate::source::SyntheticSpec;

/// A lesson that compares runs of pipelines.
pub struct Experiment {
    /// The lesson in words.
    pub about: About,
    /// What is run, in words, on a machine with so many cores.
    pub title: fn(cores: f64) -> String,
    /// The runs that are compared, on a machine with so many cores. Each is done once in each round.
    pub arms: fn(cores: f64) -> Vec<Arm>,
    /// The law that predicts the figures, by its name.
    pub law: &'static str,
    /// The law as a formula.
    pub formula: &'static str,
    /// What must be true for the claim to hold.
    pub checks: fn(&Measured) -> Vec<Expectation>,
    /// The pipeline, to be watched while it runs.
    pub scene: Option<&'static Scene>,
    /// Values of the figures, in the order of the arms.
    #[cfg(test)]
    pub made_up: MadeUp,
}

/// Values with which the claim holds, and values with which it does not.
#[cfg(test)]
pub struct MadeUp {
    pub cores: f64,
    pub holds: &'static [f64],
    pub fails: &'static [f64],
}

/// One run of an experiment, and the figures that are read from it.
pub struct Arm {
    strategy: &'static str,
    chain: String,
    frames: u64,
    settings: Settings,
    /// Frame rate of a synthetic camera; none to run over the frames of the lab.
    camera: Option<f64>,
    one_core: bool,
    figures: Vec<Reading>,
}

/// A figure that is read from a run.
struct Reading {
    name: String,
    unit: String,
    read: fn(&Run) -> f64,
    law: Option<PredictionLaw>,
}

/// Predicts a figure, given its name.
type PredictionLaw = Box<dyn Fn(&Measured, &str) -> Figure>;

impl Arm {
    /// A strategy over so many frames, with a worker a core and queues of the usual capacity.
    pub fn new(strategy: &'static str, chain: impl Into<String>, frames: u64) -> Self {
        let (chain, settings, figures) = (chain.into(), Settings::default(), Vec::new());
        Self { strategy, chain, frames, settings, camera: None, one_core: false, figures }
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

    /// On frames of 320x240 that a synthetic camera gives at this rate.
    pub fn camera(self, fps: f64) -> Self {
        Self { camera: Some(fps), ..self }
    }

    /// With all threads on one core.
    pub fn on_one_core(self, one_core: bool) -> Self {
        Self { one_core, ..self }
    }

    /// Reads a figure from the run.
    pub fn figure(mut self, name: impl Into<String>, unit: impl Into<String>, read: fn(&Run) -> f64) -> Self {
        self.figures.push(Reading { name: name.into(), unit: unit.into(), read, law: None });
        self
    }

    /// The law predicts this value for the last figure.
    pub fn predicted(self, value: f64) -> Self {
        self.law(Box::new(move |measured, name| measured.always(name, value)))
    }

    /// The law predicts the last figure from others of the same round.
    pub fn predicted_from<const N: usize>(
        self,
        others: [impl Into<String>; N],
        law: impl Fn([f64; N]) -> f64 + 'static,
    ) -> Self {
        let others: [String; N] = others.map(Into::into);
        self.law(Box::new(move |measured, name| measured.from(name, others.each_ref().map(String::as_str), &law)))
    }

    fn law(mut self, law: PredictionLaw) -> Self {
        if let Some(last) = self.figures.last_mut() {
            last.law = Some(law);
        }
        self
    }

    fn run(&self, lab: &Lab<'_>, notes: &mut Notes) -> Result<()> {
        let _pinned = self.one_core.then(OneCore::stay).transpose()?;
        let Settings { limits, worker_command, .. } = lab.settings(self.frames);
        let settings = Settings { limits, worker_command, ..self.settings.clone() };
        let run = match self.camera {
            None => lab.run(self.strategy, &self.chain, &settings)?,
            Some(fps) => {
                let camera = SyntheticSpec { fps, ..SyntheticSpec::new(Shape::bgr(320, 240), self.frames) };
                lab.run_made_up(camera, self.strategy, &self.chain, &settings)?
            }
        };
        self.figures.iter().for_each(|figure| notes.add(&figure.name, &figure.unit, (figure.read)(&run)));
        Ok(())
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

impl Lesson for Experiment {
    fn about(&self) -> About {
        self.about
    }

    fn measure(&self, lab: &Lab<'_>) -> Result<Measured> {
        let cores = Machine::here().capacity();
        let arms = (self.arms)(cores);
        let trials: Vec<_> = arms.iter().map(|arm| |notes: &mut Notes| arm.run(lab, notes)).collect();
        let trials: Vec<_> = trials.iter().map(|trial| trial as Trial<'_>).collect();
        lab.rounds((self.title)(cores), &trials)
    }

    fn predict(&self, measured: &Measured) -> Theory {
        let figures = (self.arms)(measured.cores).into_iter().flat_map(|arm| arm.figures);
        let predicted = figures.filter_map(|figure| Some(figure.law?(measured, &figure.name))).collect();
        Theory { law: self.law, formula: self.formula, predicted }
    }

    fn checks(&self, measured: &Measured) -> Vec<Expectation> {
        (self.checks)(measured)
    }

    fn scene(&self) -> Option<&'static Scene> {
        self.scene
    }

    #[cfg(test)]
    fn made_up(&self) -> (Measured, Measured) {
        let MadeUp { cores, holds, fails } = self.made_up;
        let arms = (self.arms)(cores);
        let names: Vec<_> = arms.iter().flat_map(|arm| &arm.figures).map(|figure| figure.name.as_str()).collect();
        let with = |values: &[f64]| {
            assert_eq!(values.len(), names.len(), "{names:?}");
            Measured::made_up(cores, &names.iter().copied().zip(values.iter().copied()).collect::<Vec<_>>())
        };
        (with(holds), with(fails))
    }
}
