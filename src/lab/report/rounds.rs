//! What the rounds of a comparison say as a whole: how values spread over them, why there were no more of them, and who
//! took no part. Plain data.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::statistics::median;

/// Values over the rounds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spread {
    /// The middle value.
    pub median: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// All, in the order they were measured.
    pub samples: Vec<f64>,
}

impl Spread {
    /// The spread of these values.
    pub fn over(samples: Vec<f64>) -> Self {
        Self {
            median: median(&samples),
            min: samples.iter().copied().fold(f64::INFINITY, f64::min),
            max: samples.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            samples,
        }
    }
}

/// How a comparison came to its end.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Decision {
    /// Rounds that were run.
    pub rounds: usize,
    /// Seconds they took.
    pub seconds: f64,
    /// Seconds they might have taken; none if their number was given.
    pub budget_s: Option<f64>,
    /// Differences smaller than this part did not have to be settled.
    pub precision: Option<f64>,
    /// Neighbours in the order that the budget was too short to tell apart.
    pub open: Vec<(String, String)>,
    /// Frames of each run, if a long input was cut so that several rounds fit into the budget.
    pub frames_a_run: Option<u64>,
}

/// A strategy that could not take part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftOut {
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: String,
}
