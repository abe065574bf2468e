//! One trial: which frames a fault hits, what a child under test delivered in spite of it, and how that compares with the
//! frames of a run without a fault.

use std::time::Instant;

use anyhow::{Result, ensure};
use fastrand::Rng;

use super::child_main::Record;
use super::observe::{Observation, observe};
use super::plan::{Fault, FaultPlan, Injection};
use super::report::FaultTrial;
use crate::child::Exit;
use crate::strategy::Strategy;

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

/// The result of a trial whose (first) fault was at frame `at`; `right` are the frames of a run without a fault.
fn judge(fault: &Fault, strategy: &dyn Strategy, at: u64, right: &[Record], observed: Observation) -> FaultTrial {
    let Observation { records, losses, exit, said, left_behind, sizes, killed } = observed;
    let numbers: Vec<u64> = records.iter().map(|(_, record)| record.index).collect();
    let after_gap =
        |number: &u64| numbers.last().is_some_and(|last| number < last) && numbers.binary_search(number).is_err();
    let missing: Vec<u64> = (0..right.len() as u64).filter(after_gap).collect();
    let lost = (right.len() as u64).saturating_sub(numbers.len() as u64);
    let done = exit.as_ref().and_then(|exit| exit.status).is_some_and(|status| status.success());
    let survived = done && lost == missing.len() as u64 && if fault.is_lasting { missing == [at] } else { lost == 0 };
    let in_order = numbers.is_sorted_by(|a, b| a < b);
    let same_pixels = records.iter().all(|(_, record)| right.get(record.index as usize) == Some(record));
    let whole = in_order && same_pixels && left_behind == 0 && (done || missing.is_empty());
    let both = |size: fn(&(u64, u64)) -> u64| Some([size(sizes[0].as_ref()?), size(sizes[1].as_ref()?)]);
    FaultTrial {
        fault: fault.name.into(),
        strategy: strategy.name().into(),
        at,
        faults: if matches!(fault.injection, Injection::Kill) { killed } else { 1 },
        delivered: numbers.len() as u64,
        lost,
        missing: missing.into_iter().take(5).collect(),
        in_order,
        same_pixels,
        recovery_ms: done.then(|| longest_pause(&records, at)),
        workers_replaced: losses.map_or(0, |losses| losses.workers),
        exit: exit.as_ref().map_or("hangs".into(), Exit::code_or_signal),
        left_behind,
        own_memory_mb: both(|(memory, _)| *memory).map(|bytes| bytes.map(|bytes| bytes as f64 / 1e6)),
        descriptors: both(|(_, descriptors)| *descriptors),
        said,
        wall_s: records.first().zip(records.last()).map_or(0.0, |(first, last)| (last.0 - first.0).as_secs_f64()),
        survived,
        kept_promise: whole && (survived || !strategy.topology().isolates()),
    }
}

/// The longest pause between two deliveries from frame `at` on, beyond the median one, in milliseconds.
fn longest_pause(records: &[(Instant, Record)], at: u64) -> f64 {
    let pauses = records.windows(2).map(|pair| (pair[1].1.index, (pair[1].0 - pair[0].0).as_secs_f64() * 1e3));
    let mut usual: Vec<f64> = pauses.clone().map(|(_, pause)| pause).collect();
    usual.sort_by(f64::total_cmp);
    let longest = pauses.filter(|(index, _)| *index >= at).map(|(_, pause)| pause).fold(0.0, f64::max);
    (longest - usual.get(usual.len() / 2).copied().unwrap_or(0.0)).max(0.0)
}
