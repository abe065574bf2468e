//! How far the figures of a result can be compared: what was around, rounds that stand out and why, and what makes the
//! comparison unfair, in words. Plain data; how it is worked out is in [`assess`].

pub(super) mod assess;

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::host::environment::Environment;

/// How far the figures can be compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Fairness {
    /// Threads that OpenCV's own loops may use.
    pub opencv_threads: i32,
    /// Threads of the video decoder.
    pub decode_threads: usize,
    /// What was around; none where nobody looked.
    #[serde(alias = "surroundings")]
    pub environment: Option<Environment>,
    /// Rounds that stand out. They count all the same.
    pub outliers: Vec<Outlier>,
    /// What makes the comparison unfair, in words.
    pub unfair: Vec<String>,
    /// What that leaves of the trust in the figures.
    pub confidence: Confidence,
}

/// A round of a strategy whose FPS is far from that of its other rounds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Outlier {
    /// The strategy.
    pub strategy: String,
    /// The round, from 1.
    pub round: usize,
    /// FPS over the strategy's median, less 1.
    pub off: f64,
    /// Why, in words; none where the cause is unknown.
    pub cause: Option<String>,
}

/// How far figures can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// Nothing got in the way.
    Good,
    /// Something did.
    Lowered,
    /// Some runs are not comparable.
    Low,
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}
