//! What a lesson is: its words, the arms of its experiment, and what must be true for its claim to hold. Plain data but
//! for functions of the figures; a lesson is given by the lab.

use std::sync::LazyLock;
use std::time::Instant;

use anyhow::{Context, Result};

use super::about::{About, Scene};
use super::arm::Arm;
use super::judgment::{Expectation, Judgment, decide};
use super::lab::Lab;
use super::measured::{Figure, Measured};
use super::report::{LessonReport, Prediction};
use crate::frame::Shape;
use crate::host::machine::Machine;

/// A claim, and how it is tested.
pub struct Lesson {
    /// The lesson in words.
    pub(super) about: Words,
    /// What is done, in words, on a machine with so many cores, with frames of this shape.
    pub(super) title: fn(cores: f64, shape: Shape) -> String,
    /// The parts of the experiment, on a machine with so many cores. Each is done once in each round.
    pub(super) arms: fn(cores: f64) -> Vec<Arm>,
    /// What must be true for the claim to hold.
    pub(super) checks: fn(&Measured) -> Vec<Expectation>,
}

/// The words of a lesson, read when somebody asks for them.
pub type Words = LazyLock<About>;

/// Reads the words of a lesson from its file.
pub fn read(file: &'static str) -> About {
    About::read(file).expect("a test reads the file of every lesson")
}

impl Lesson {
    /// The lesson in words.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// Its pipeline, to be watched while it runs; none if it is about something else.
    pub fn scene(&self) -> Option<&Scene> {
        self.about.scene.as_ref()
    }

    /// Gives the lesson: measures, predicts and judges.
    ///
    /// # Errors
    /// When something cannot be run here.
    pub fn give(&self, lab: &Lab<'_>) -> Result<LessonReport> {
        let from = Instant::now();
        let measured = self.measure(lab).with_context(|| format!("lesson {}", self.about.name))?;
        let input = self.about.on_frames.then(|| lab.input.to_string());
        let About { name, claim, law, formula, next, drawing, .. } = *self.about();
        Ok(LessonReport {
            name: name.into(),
            claim: claim.into(),
            drawing: drawing.into(),
            input,
            prediction: Prediction { law: law.into(), formula: formula.into(), figures: self.predict(&measured) },
            verdict: self.judge(&measured),
            measured,
            next: next.into(),
            seconds: from.elapsed().as_secs_f64(),
        })
    }

    fn measure(&self, lab: &Lab<'_>) -> Result<Measured> {
        let cores = Machine::here().capacity();
        let arms = (self.arms)(cores);
        let (rounds, disturbed) = lab.rounds(arms.len(), |arm| arms[arm].measure(lab))?;
        let value = |at: usize| rounds.iter().map(move |values| values[at]).filter(|value| !value.is_nan()).collect();
        let figures = arms.iter().flat_map(|arm| &arm.figures).enumerate();
        let figures = figures.map(|(at, figure)| Figure::new(&figure.name, &figure.unit, value(at)));
        let figures = figures.filter(|figure| !figure.samples.is_empty()).collect();
        Ok(Measured { experiment: (self.title)(cores, lab.shape()), rounds: rounds.len(), cores, disturbed, figures })
    }

    /// The figures that the law predicts, each called as the measured one.
    fn predict(&self, measured: &Measured) -> Vec<Figure> {
        let figures = (self.arms)(measured.cores).into_iter().flat_map(|arm| arm.figures);
        figures.filter_map(|figure| Some(Figure::new(&figure.name, &figure.unit, figure.law?(measured)))).collect()
    }

    /// The ratio of a measured figure to what the law predicts of it.
    pub(super) fn by_law(&self, measured: &Measured, label: &str, figure: &str) -> Expectation {
        let law = self.predict(measured).into_iter().find(|predicted| predicted.name == figure);
        Expectation::ratio_of(label, measured.samples(figure), &law.map_or(Vec::new(), |law| law.samples))
    }

    /// Whether the claim holds, judged from the measured figures alone.
    pub fn judge(&self, measured: &Measured) -> Judgment {
        let checks = (self.checks)(measured);
        let (outcome, because) = decide(&checks, measured);
        Judgment { outcome, because, checks }
    }
}
