//! One strategy of a result: its typical run, and what all its rounds say together. Plain data.
//!
//! A new figure of a run costs one field in [`Run`]: it is in every result file from then on. What is derived from
//! it is a field here only where a reader of the file would have to know the machine or the other rounds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::live::LiveFigures;
use super::rates::Rate;
use super::verdict::{Finding, Verdict};
use crate::host::interference::Interference;
use crate::metrics::Run;
use crate::predict::Prediction;
use crate::statistics::{Estimate, median};

/// The strategy that all others are compared with.
pub const BASELINE: &str = "sequential";

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

/// One strategy in a result. Figures that are not said to be over all rounds are those of its typical run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StrategyReport {
    /// The typical run: the round whose FPS is the median. Its trace is that of the first round, and clocks that cost
    /// too much are those of any round. In the file its fields stand beside the others.
    #[serde(flatten)]
    pub run: Run,
    /// Its place, from 1, shared by those that are tied; none if it is not ranked, because it
    /// dropped or changed frames.
    pub place: Option<usize>,
    /// Frames delivered.
    pub frames: u64,
    /// Delivered new frames a second, over all rounds.
    pub fps: Spread,
    /// Median FPS with its confidence interval (bootstrap over the rounds); none of a single round.
    #[serde(default)]
    pub fps_estimate: Option<Estimate>,
    /// FPS over that of `sequential`: the median over the rounds of the ratio within the round.
    pub speedup: Option<f64>,
    /// The same as a trimmed mean, with its confidence interval; none of a single round.
    #[serde(default)]
    pub speedup_estimate: Option<Estimate>,
    /// The 95th percentile of the latency in every round, in milliseconds.
    #[serde(default)]
    pub p95_samples: Vec<f64>,
    /// The most memory in every round, in millions of bytes.
    #[serde(default)]
    pub memory_samples: Vec<f64>,
    /// CPU milliseconds a frame in every round.
    #[serde(default)]
    pub cpu_samples: Vec<f64>,
    /// Median of the rounds' 95th percentile of the latency in milliseconds, with its confidence interval.
    #[serde(default)]
    pub p95_estimate: Option<Estimate>,
    /// Median of the rounds' most memory in millions of bytes, with its confidence interval.
    #[serde(default)]
    pub memory_estimate: Option<Estimate>,
    /// What else used the machine, round by round.
    #[serde(default, rename = "interference_by_round", alias = "neighbours")]
    pub interference: Vec<Interference>,
    /// CPU seconds over cores × seconds of the whole run, 0 to 1: how much of what the cores could do at this price a
    /// frame was done.
    pub cpu_limit_share: f64,
    /// CPU milliseconds a frame of the whole process tree.
    pub cpu_ms_per_frame: f64,
    /// The most memory (PSS) of the whole process tree, in millions of bytes.
    pub peak_memory_mb: f64,
    /// How much of that came on top of what the process had before, in millions of bytes.
    pub added_memory_mb: f64,
    /// Milliseconds from the order to run to the first frame asked for.
    pub startup_ms: f64,
    /// Whether every round delivered the very frames of `sequential`; none if that was not compared.
    pub same_pixels: Option<bool>,
    /// Page faults without disk a frame, of the whole process tree.
    pub minor_faults_per_frame: f64,
    /// How often a thread of the process tree gave up its core, or had to, a frame.
    #[serde(default)]
    pub context_switches_per_frame: f64,
    /// What changes would give, and what they gave where that was tried.
    #[serde(default)]
    pub what_if: Vec<Prediction>,
    /// The rate each stage was asked for beside the rate it could do; empty where no clock was read.
    #[serde(default)]
    pub rates: Vec<Rate>,
    /// The rate of a live source, the claimed rate and the possible one; none of sources that wait.
    #[serde(default)]
    pub live: Option<LiveFigures>,
    /// What limits it: the first of its findings.
    pub verdict: Verdict,
    /// All that was found, what limits before what only costs.
    #[serde(default)]
    pub findings: Vec<Finding>,
}

impl StrategyReport {
    /// Its name: that of the strategy, with the value of a sweep after it if there is one.
    pub fn name(&self) -> &str {
        &self.run.strategy
    }

    /// Whether it is the baseline.
    pub fn is_baseline(&self) -> bool {
        self.name() == BASELINE
    }
}
