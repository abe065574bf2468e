//! What a lesson is: a claim, how it is measured and predicted, and what must be true for it to hold.

use anyhow::Result;

use super::judgment::{Expectation, Judgment};
use super::lab::Lab;
use super::measured::{Figure, Measured};
use super::scene::Scene;

/// A claim, and how it is tested.
pub trait Lesson: Sync {
    /// The lesson in words.
    fn about(&self) -> About;

    /// Runs the experiment.
    ///
    /// # Errors
    /// When something cannot be run here.
    fn measure(&self, lab: &Lab<'_>) -> Result<Measured>;

    /// The figures that theory predicts.
    fn predict(&self, measured: &Measured) -> Theory;

    /// What must be true for the claim to hold.
    fn checks(&self, measured: &Measured) -> Vec<Expectation>;

    /// Whether the claim holds, judged from the measured figures alone.
    fn judge(&self, measured: &Measured) -> Judgment {
        Judgment::of(self.checks(measured), measured)
    }

    /// Its pipeline, to be watched while it runs; none if it is about something else.
    fn scene(&self) -> Option<&'static Scene> {
        None
    }

    /// Figures with which the claim holds, and figures with which it does not.
    #[cfg(test)]
    fn made_up(&self) -> (Measured, Measured);
}

/// A lesson in words.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// Its name on the command line and in reports.
    pub name: &'static str,
    /// The claim, in one sentence.
    pub claim: &'static str,
    /// The experiment as a drawing.
    pub drawing: &'static str,
    /// More about it, in plain words: half a page.
    pub explanation: &'static str,
    /// What to try next: a command.
    pub next: &'static str,
    /// Whether it runs on frames; the user may then give an input.
    pub on_frames: bool,
}

/// What theory predicts.
#[derive(Clone, Debug, PartialEq)]
pub struct Theory {
    /// The law, by its name.
    pub law: &'static str,
    /// The law as a formula.
    pub formula: &'static str,
    /// The predicted figures; each has the name of the measured figure.
    pub predicted: Vec<Figure>,
}
