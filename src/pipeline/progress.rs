//! Where a series of runs is, and how it stands: what its caller shows while it goes on. Plain data.

use std::time::Duration;

/// What is about to run.
#[derive(Clone, Debug, Default)]
pub struct Step {
    /// The name by which the strategy is shown.
    pub strategy: String,
    /// The round, from 1; 0 is the warm-up.
    pub round: usize,
    /// Rounds in all; 0 where that depends on what they give.
    pub rounds: usize,
    /// How much is done, 0 to 1.
    pub done: f64,
    /// How those that are compared stand after the rounds before; none before the first, or where nothing is compared.
    pub standing: Option<Standing>,
    /// The time that is left; at most, where the number of rounds depends on what they give. None where it is unknown.
    pub left: Option<Duration>,
}

/// How those that are compared stand.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Names and frames a second of the fastest, at the median of the rounds; the fastest first.
    pub leaders: Vec<(String, f64)>,
    /// Whether the first two are tied; none where there are too few rounds to tell.
    pub tied: Option<bool>,
}
