//! The other half of a comparison on a live source: the same strategies on the same few frames, as fast as they can.

use anyhow::Result;

use super::{Comparison, Plan, Step, compare};
use crate::source::Limits;
use crate::strategy::{Policies, Settings, Watch};

/// Reads so many frames of a live input into memory and races the plan's strategies on them, as fast as they can: those
/// that deliver every frame.
///
/// # Errors
/// As [`compare`].
pub fn compare_recorded(plan: &Plan, frames: u64, watch: &Watch, on_step: &mut dyn FnMut(Step)) -> Result<Comparison> {
    let settings = Settings {
        limits: Limits { frames: Some(frames), duration: None },
        // What is in memory waits, and nothing is to be dropped of it.
        overflow: Policies::default(),
        queue: Settings::default().queue,
        trace_frames: 0,
        ..plan.settings.clone()
    };
    let strategies = plan.strategies.iter().copied().filter(|strategy| strategy.keeps_every_frame()).collect();
    let (input, chain) = (plan.input.clone(), plan.chain.clone());
    compare(&Plan { input, chain, strategies, settings, preload: true, ..*plan }, watch, on_step)
}
