//! One trial: which frames a fault hits, what is observed then, and what is right.

use anyhow::{Result, ensure};
use fastrand::Rng;

use super::fault::{Fault, Injection};
use super::judge::judge;
use super::observe::observe;
use super::plan::FaultPlan;
use super::recording_sink::Record;
use super::report::FaultTrial;
use crate::strategy::Strategy;

/// The frames of a run without a fault.
pub(super) fn frames_without_fault(plan: &FaultPlan, strategy: &dyn Strategy) -> Result<Vec<Record>> {
    let observed = observe(plan, &plan.chain, strategy, Vec::new(), Rng::with_seed(0), [u64::MAX; 2])?;
    let succeeded = observed.exit.is_some_and(|exit| exit.status.is_some_and(|status| status.success()));
    ensure!(succeeded, "{}", observed.said.trim_start_matches("error: "));
    Ok(observed.records.into_iter().map(|(_, record)| record).collect())
}

/// Injects a fault into a strategy, and judges what it delivers by the frames that are right. Which frames are hit, and
/// which worker is killed, is drawn from `rng`.
pub(super) fn conduct(
    plan: &FaultPlan,
    fault: &Fault,
    strategy: &dyn Strategy,
    mut rng: Rng,
    right: &[Record],
) -> Result<FaultTrial> {
    let frames = right.len() as u64;
    // Not among the first, so that there is something to lose; not among the last, so that there is something to go on
    // with.
    let at = rng.u64(frames / 4..frames * 3 / 4);
    let kills = match fault.injection {
        Injection::Kill => kill_frames(plan.kills, at, frames, &mut rng),
        Injection::Filter(_) => Vec::new(),
    };
    let chain = fault.chain(&plan.chain, at, plan.frame_timeout);
    let first = kills.first().copied().unwrap_or(at);
    let observed = observe(plan, &chain, strategy, kills, rng, [first, frames * 49 / 50])?;
    Ok(judge(fault, strategy, first, right, observed))
}

/// The frames at which a process is killed, in order.
fn kill_frames(kills: usize, at: u64, frames: u64, rng: &mut Rng) -> Vec<u64> {
    if kills <= 1 {
        return vec![at];
    }
    let mut all: Vec<u64> = (frames / 50..frames * 49 / 50).collect();
    rng.shuffle(&mut all);
    all.truncate(kills);
    all.sort_unstable();
    all
}
