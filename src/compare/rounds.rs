//! How many rounds a race has, and where in them it is. Plain data.

use std::time::Duration;

/// How many rounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rounds {
    /// So many.
    Fixed(usize),
    /// As many as it takes to settle the order, as long as the time allows.
    Settle {
        /// The time, warm-up not counted.
        budget: Duration,
        /// Differences that matter less than this, 0.01 for a hundredth, need not be settled.
        precision: f64,
    },
}

/// What is about to run.
#[derive(Clone, Debug)]
pub struct Step {
    /// What the strategy is called in this race.
    pub strategy: String,
    /// The round, from 1; 0 is the warm-up.
    pub round: usize,
    /// Rounds in all; 0 where that depends on what they give.
    pub rounds: usize,
    /// How much is done, 0 to 1.
    pub done: f64,
}
