//! What to race: the work, who takes part, and how often each runs; and what that gave. Plain data; who can do the work is
//! not known here.

use std::time::Duration;

use crate::filter::Chain;
use crate::metrics::Run;
use crate::pipeline::Settings;
use crate::source::{Input, OpenOptions, Preloaded, SourceInfo};
use crate::strategy::Strategy;

/// What to race.
pub struct Plan {
    /// The work.
    pub input: Input,
    /// What is done to each frame.
    pub chain: Chain,
    /// The inputs that run at the same time as the first, if there are any.
    pub others: Vec<OtherInput>,
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

/// One of several inputs of a run but the first.
#[derive(Clone, Debug)]
pub struct OtherInput {
    /// The input.
    pub input: Input,
    /// What is done to its frames.
    pub chain: Chain,
    /// How it is opened.
    pub open: OpenOptions,
}

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

/// Who takes part: a strategy, and the work as it is to do it.
#[derive(Clone)]
pub struct Candidate {
    /// Its name, in its runs too; unique in a race.
    pub label: String,
    /// The strategy.
    pub strategy: &'static dyn Strategy,
    /// What it reads.
    pub input: Input,
    /// What it does to each frame.
    pub chain: Chain,
    /// The inputs that it reads at the same time.
    pub others: Vec<OtherInput>,
    /// How it runs.
    pub settings: Settings,
    /// Whether it runs only as a baseline: its place in the order need not be settled.
    pub unranked: bool,
}

impl Candidate {
    /// A strategy with the work and the settings of the plan, under its own name.
    pub fn new(strategy: &'static dyn Strategy, plan: &Plan) -> Self {
        let (input, chain, settings) = (plan.input.clone(), plan.chain.clone(), plan.settings.clone());
        let others = plan.others.clone();
        Self { label: strategy.name().into(), strategy, input, chain, others, settings, unranked: false }
    }

    /// The plan's strategies, each as the plan says.
    pub(super) fn all(plan: &Plan) -> Vec<Self> {
        plan.strategies.iter().map(|strategy| Self::new(*strategy, plan)).collect()
    }
}

/// What the race gave.
pub struct Comparison {
    /// What the input is.
    pub source: SourceInfo,
    /// The runs of each candidate that took part.
    pub entries: Vec<Entry>,
    /// Names of those that could not run, and why.
    pub left_out: Vec<(String, String)>,
    /// Rounds that were run.
    pub rounds: usize,
    /// How long they took.
    pub took: Duration,
    /// Pairs next to each other in the ranking that more rounds would have to tell apart, unless their number was given.
    pub open: Vec<(String, String)>,
    /// Frames of a run, where a whole run of a long input would have left no time for rounds.
    pub frames_a_run: Option<u64>,
    /// The frames of the input, if they were read into memory.
    pub preloaded: Option<Preloaded>,
    /// Why it ended before its time, and which turns were complete; none if it did not.
    pub interruption: Option<String>,
    /// Whether it ended because the input was lost.
    pub lost: bool,
}

/// One candidate's runs, in the order they were made.
pub struct Entry {
    /// Who took part.
    pub candidate: Candidate,
    /// Its counted runs.
    pub runs: Vec<Run>,
}
