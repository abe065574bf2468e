//! Judges what a child under test delivered in spite of a fault, by the frames of a run without one.

use std::time::Instant;

use super::fault::{Fault, Injection};
use super::observe::Observation;
use super::recording_sink::Record;
use super::report::FaultTrial;
use crate::child::Exit;
use crate::strategy::Strategy;

/// The result of a trial whose (first) fault was at frame `at`; `right` are the frames of a run without a fault.
pub(super) fn judge(
    fault: &Fault,
    strategy: &dyn Strategy,
    at: u64,
    right: &[Record],
    observed: Observation,
) -> FaultTrial {
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
