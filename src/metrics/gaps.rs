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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn consecutive_numbers_are_one_range() {
        let gaps = Gaps::default();
        [3, 5, 4, 9, 8, 1].into_iter().for_each(|number| gaps.add(number));
        assert_eq!(gaps.take(), [1..2, 3..6, 8..10]);
        assert_eq!(gaps.take(), []);
    }

    proptest! {
        #[test]
        fn every_number_comes_out_once(numbers in proptest::collection::btree_set(0u64..300, 0..200), seed: u64) {
            let gaps = Gaps::default();
            let mut shuffled: Vec<_> = numbers.iter().copied().collect();
            fastrand::Rng::with_seed(seed).shuffle(&mut shuffled);
            shuffled.into_iter().for_each(|number| gaps.add(number));
            let ranges = gaps.take();
            prop_assert!(ranges.windows(2).all(|pair| pair[0].end < pair[1].start), "{ranges:?}");
            prop_assert_eq!(ranges.into_iter().flatten().collect::<Vec<_>>(), numbers.into_iter().collect::<Vec<_>>());
        }
    }
}
