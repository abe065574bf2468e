//! What to race: plain data. Who of the strategies can do the work is not known here.

use super::stopping::Rounds;
use crate::filter::Chain;
use crate::pipeline::Settings;
use crate::source::Input;
use crate::strategy::Strategy;

/// What to race.
pub struct Plan {
    /// The work.
    pub input: Input,
    /// What is done to each frame.
    pub chain: Chain,
    /// Who takes part.
    pub strategies: Vec<&'static dyn Strategy>,
    /// How each runs.
    pub settings: Settings,
    /// How often each runs.
    pub rounds: Rounds,
    /// Whether the input is read into memory first, so that the reader takes no part.
    pub preload: bool,
    /// Frames each runs before the first round, uncounted.
    pub warmup: u64,
    /// Decides the order within the rounds.
    pub seed: u64,
}
