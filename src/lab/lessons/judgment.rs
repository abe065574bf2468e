//! The judgment on a claim: what had to be so, whether the intervals say that it was, and what follows. Numbers in, words out.

use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::measured::Measured;
use crate::lab::report::{percent, three_digits};
use crate::statistics::{Estimate, SHOWN, median_of, ratio};

/// Whether a claim holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Every interval lies where it must.
    Holds,
    /// An interval lies wholly where it must not.
    DoesNotHold,
    /// The figures do not allow to say.
    NotDecided,
}

/// One thing that must be so for a claim to hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Check")]
pub struct Expectation {
    /// Which figure is looked at.
    pub figure: String,
    /// What it is, and where it may really be; none where that cannot be said.
    pub estimate: Option<Estimate>,
    /// The least it may be.
    pub least: Option<f64>,
    /// The most it may be.
    pub most: Option<f64>,
    /// What is so if it is not.
    pub otherwise: String,
}

/// What became of a claim.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Verdict")]
pub struct Judgment {
    /// Whether it holds.
    pub outcome: Outcome,
    /// Why not, or why nothing is decided; empty where it holds.
    pub because: String,
    /// What was looked at.
    pub checks: Vec<Expectation>,
}

/// Others who take more of the machine than this may be why a claim seems not to hold.
const DISTURBED: f64 = 0.1;

impl Expectation {
    /// The ratio of two series of values, round by round.
    pub(super) fn ratio_of(label: &str, over: &[f64], under: &[f64]) -> Self {
        Self::new(label, ratio(over, under, SHOWN))
    }

    pub(super) fn ratio(measured: &Measured, label: &str, over: &str, under: &str) -> Self {
        Self::ratio_of(label, measured.samples(over), measured.samples(under))
    }

    /// The ratio of a figure to a value that is known.
    pub(super) fn ratio_to(measured: &Measured, label: &str, over: &str, value: f64) -> Self {
        Self::ratio_of(label, measured.samples(over), &vec![value; measured.rounds])
    }

    pub(super) fn median(label: &str, samples: &[f64]) -> Self {
        Self::new(label, median_of(samples))
    }

    pub(super) fn value(measured: &Measured, label: &str, figure: &str) -> Self {
        Self::median(label, measured.samples(figure))
    }

    /// A precondition without which there is nothing to see: so many processors.
    pub(super) fn cores(measured: &Measured, least: f64) -> Self {
        let cores = Estimate { value: measured.cores, low: measured.cores, high: measured.cores, level: 1.0 };
        Self::new(CORES, Some(cores)).at_least(least, "")
    }

    fn new(figure: &str, estimate: Option<Estimate>) -> Self {
        Self { figure: figure.to_owned(), estimate, least: None, most: None, otherwise: String::new() }
    }

    /// It must be at least this; otherwise something else is so.
    pub(super) fn at_least(self, least: f64, otherwise: &str) -> Self {
        Self { least: Some(least), otherwise: otherwise.to_owned(), ..self }
    }

    pub(super) fn at_most(self, most: f64, otherwise: &str) -> Self {
        Self { most: Some(most), otherwise: otherwise.to_owned(), ..self }
    }

    pub(super) fn within(self, range: RangeInclusive<f64>, otherwise: &str) -> Self {
        Self { least: Some(*range.start()), ..self.at_most(*range.end(), otherwise) }
    }

    /// It must be 1, give or take this part: 0.1 is a tenth.
    pub(super) fn about_one(self, part: f64, otherwise: &str) -> Self {
        self.within(1.0 - part..=1.0 + part, otherwise)
    }

    /// Whether the whole interval is as it must be, or none of it; nothing where it is open.
    pub(super) fn passes(&self) -> Option<bool> {
        let Estimate { low, high, .. } = self.estimate?;
        let (least, most) = (self.least.unwrap_or(f64::NEG_INFINITY), self.most.unwrap_or(f64::INFINITY));
        if low >= least && high <= most { Some(true) } else { (high < least || low > most).then_some(false) }
    }

    pub(super) fn expected(&self) -> String {
        match (self.least, self.most) {
            (Some(least), Some(most)) if least == most => three_digits(least),
            (Some(least), Some(most)) => format!("{} to {}", three_digits(least), three_digits(most)),
            (Some(least), None) => format!("at least {}", three_digits(least)),
            (None, Some(most)) => format!("at most {}", three_digits(most)),
            (None, None) => "anything".to_owned(),
        }
    }
}

/// What the precondition of [`Expectation::cores`] is called.
const CORES: &str = "cores of this machine";

/// What these checks decide, and why if the claim does not hold. A claim that fails on a machine that others were using is
/// not decided, and one round says nothing about chance.
pub(super) fn decide(checks: &[Expectation], measured: &Measured) -> (Outcome, String) {
    let undecided = |because: String| (Outcome::NotDecided, because);
    if measured.rounds < 2 {
        return undecided("one round says nothing about chance; leave out --rounds".into());
    }
    if let Some(check) = checks.iter().find(|check| check.figure == CORES && check.passes() != Some(true)) {
        return undecided(format!("this takes {} cores, and here are {}", check.expected(), measured.cores));
    }
    if measured.disturbed > DISTURBED && checks.iter().any(|check| check.passes() != Some(true)) {
        let others = percent(measured.disturbed);
        return undecided(format!("other programs took {others} of the machine meanwhile; try again without them"));
    }
    if let Some(check) = checks.iter().find(|check| check.passes() == Some(false)) {
        let Expectation { figure, otherwise, .. } = check;
        let value = check.estimate.map_or(String::new(), |estimate| three_digits(estimate.value));
        return (Outcome::DoesNotHold, format!("{otherwise} ({figure}: {value})"));
    }
    match checks.iter().find(|check| check.passes().is_none()) {
        Some(check) => undecided(format!("the rounds differ too much ({}); try more of them: --rounds", check.figure)),
        None => (Outcome::Holds, String::new()),
    }
}
