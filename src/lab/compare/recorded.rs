//! The other half of a comparison on a live source: the same strategies on the same few frames, as fast as they can.

use std::time::Duration;

use anyhow::Result;

use super::comparison::Comparison;
use super::plan::{Candidate, Plan};
use super::race_on;
use crate::pipeline::{Limits, Policies, Settings, Step, Watch};
use crate::source::open_again;

/// Who gives fewer frames than are wanted is not waited for longer than this.
const PATIENCE: Duration = Duration::from_secs(10);

/// Reads so many frames of a live input into memory and races the plan's strategies on them, as fast as they can: those
/// that deliver every frame.
///
/// # Errors
/// As [`compare`](super::compare).
pub fn compare_recorded(plan: &Plan, frames: u64, watch: &Watch, on_step: &mut dyn FnMut(Step)) -> Result<Comparison> {
    let settings = Settings {
        limits: Limits { frames: Some(frames), duration: Some(PATIENCE) },
        // What is in memory waits, and nothing is to be dropped of it.
        overflow: Policies::default(),
        queue: Settings::default().queue,
        trace_frames: 0,
        ..plan.settings.clone()
    };
    let strategies = plan.strategies.iter().copied().filter(|strategy| strategy.keeps_every_frame()).collect();
    let (input, chain) = (plan.input.clone(), plan.chain.clone());
    let plan = Plan { input, chain, strategies, settings, preload: true, ..*plan };
    let source = open_again(&watch.ended(), &plan.input, &plan.settings.open)?;
    race_on(source, &plan, Candidate::all(&plan), watch, on_step)
}
