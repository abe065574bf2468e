//! Who takes part in a race. Plain data: what becomes of it is the race's business.

use super::Plan;
use crate::filter::Chain;
use crate::pipeline::Settings;
use crate::source::Input;
use crate::strategy::Strategy;

/// Who takes part: a strategy, and the work as it is to do it.
#[derive(Clone)]
pub struct Entrant {
    /// What it is called, in its runs too; no two of a race are called the same.
    pub label: String,
    /// The strategy.
    pub strategy: &'static dyn Strategy,
    /// What it reads.
    pub input: Input,
    /// What it does to each frame.
    pub chain: Chain,
    /// How it runs.
    pub settings: Settings,
    /// Whether it runs beside the others only, to be held against: its place in the order need not be settled.
    pub beside: bool,
}

impl Entrant {
    /// A strategy that does just what the plan says, called by its name.
    pub fn new(strategy: &'static dyn Strategy, plan: &Plan) -> Self {
        let (input, chain, settings) = (plan.input.clone(), plan.chain.clone(), plan.settings.clone());
        Self { label: strategy.name().into(), strategy, input, chain, settings, beside: false }
    }
}
