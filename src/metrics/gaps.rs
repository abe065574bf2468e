//! The numbers of dropped frames, for the stage that restores the order and must not wait for them.
//!
//! Consecutive numbers are one range, and between two ranges there is a frame in flight. So there are never more ranges than
//! frames in flight, however many are dropped.

use std::collections::BTreeMap;
use std::ops::Range;

use parking_lot::Mutex;

/// Numbers that will not arrive any more; shared by all threads of a run.
#[derive(Debug, Default)]
pub(super) struct Gaps(Mutex<BTreeMap<u64, u64>>);

impl Gaps {
    /// The frame with this number was dropped.
    pub(super) fn add(&self, number: u64) {
        let mut ranges = self.0.lock();
        let end = ranges.remove(&(number + 1)).unwrap_or(number + 1);
        match ranges.range_mut(..=number).next_back().filter(|(_, before)| **before == number) {
            Some((_, before)) => *before = end,
            None => drop(ranges.insert(number, end)),
        }
    }

    /// All numbers that were added since the last call, ascending.
    pub(super) fn take(&self) -> Vec<Range<u64>> {
        let ranges = std::mem::take(&mut *self.0.lock());
        ranges.into_iter().map(|(from, to)| from..to).collect()
    }
}
