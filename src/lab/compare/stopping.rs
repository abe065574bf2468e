//! How many rounds a race has. Plain data.

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
