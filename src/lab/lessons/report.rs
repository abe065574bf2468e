//! The results of lessons as plain data.

use anyhow::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::judgment::Judgment;
use super::measured::{Figure, Measured};
use crate::host::machine::{Machine, OpenCvFacts};
use crate::lab::report::ResultFile;

/// Lessons that were given, in one file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "framerace lessons")]
pub struct DemoReport {
    /// Version of this form.
    pub schema: u32,
    /// Version of framerace.
    pub framerace: String,
    /// The machine.
    pub machine: Machine,
    /// OpenCV and its own threads.
    pub opencv: OpenCvFacts,
    /// The lessons, in the order they were given.
    pub lessons: Vec<LessonReport>,
}

impl ResultFile for DemoReport {
    const SCHEMA: u32 = 1;
    const COMMANDS: &'static str = "demo";
    const OWN_FIELD: &'static str = "lessons";
}

/// One lesson that was given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LessonReport {
    /// Its name.
    pub name: String,
    /// The claim, in one sentence.
    pub claim: String,
    /// The experiment as a drawing.
    pub drawing: String,
    /// Where the frames came from; none where it has no frames.
    pub input: Option<String>,
    /// What theory says.
    pub prediction: Prediction,
    /// What was measured.
    pub measured: Measured,
    /// Whether the claim holds.
    pub verdict: Judgment,
    /// What to try next: a command.
    pub next: String,
    /// How long it took, in seconds.
    pub seconds: f64,
}

/// What theory says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Prediction {
    /// The law, by its name.
    pub law: String,
    /// The law as a formula.
    pub formula: String,
    /// What it gives, each called as the measured figure it belongs to.
    pub figures: Vec<Figure>,
}

impl DemoReport {
    /// A report of lessons given here.
    ///
    /// # Errors
    /// When OpenCV does not say what it is.
    pub fn new(lessons: Vec<LessonReport>) -> Result<Self> {
        Ok(Self {
            schema: Self::SCHEMA,
            framerace: env!("CARGO_PKG_VERSION").into(),
            machine: Machine::here(),
            opencv: crate::host::libraries::opencv_facts()?,
            lessons,
        })
    }
}

impl LessonReport {
    /// What theory says of a measured figure, if it says something.
    pub fn predicted(&self, figure: &Figure) -> Option<&Figure> {
        self.prediction.figures.iter().find(|predicted| predicted.name == figure.name)
    }
}
