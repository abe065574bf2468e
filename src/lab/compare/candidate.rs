//! Who takes part in a race: plain data. Nothing is run here.

use super::plan::Plan;
use crate::filter::Chain;
use crate::pipeline::Settings;
use crate::source::Input;
use crate::strategy::Strategy;

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
    /// How it runs.
    pub settings: Settings,
    /// Whether it runs only as a baseline: its place in the order need not be settled.
    pub unranked: bool,
}

impl Candidate {
    /// A strategy with the work and the settings of the plan, under its own name.
    pub fn new(strategy: &'static dyn Strategy, plan: &Plan) -> Self {
        let (input, chain, settings) = (plan.input.clone(), plan.chain.clone(), plan.settings.clone());
        Self { label: strategy.name().into(), strategy, input, chain, settings, unranked: false }
    }

    /// The plan's strategies, each as the plan says.
    pub(super) fn all(plan: &Plan) -> Vec<Self> {
        plan.strategies.iter().map(|strategy| Self::new(*strategy, plan)).collect()
    }
}
