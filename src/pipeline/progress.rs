//! Where a series of runs is: what its caller shows while it goes on. Plain data.

/// What is about to run.
#[derive(Clone, Debug)]
pub struct Step {
    /// The name by which the strategy is shown.
    pub strategy: String,
    /// The round, from 1; 0 is the warm-up.
    pub round: usize,
    /// Rounds in all; 0 where that depends on what they give.
    pub rounds: usize,
    /// How much is done, 0 to 1.
    pub done: f64,
}
