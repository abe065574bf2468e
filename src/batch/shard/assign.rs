//! Which shard does which piece: the longest first, each to the shard that has least so far. Pure arithmetic: knows no file.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The shard of each piece, where `work` says how much each one takes; pieces are in the order of their names, and so equal
/// ones are given out in that order.
pub(super) fn assign(work: &[u64], shards: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..work.len()).collect();
    // A stable sort keeps equal ones in their order.
    order.sort_by_key(|at| Reverse(work[*at]));
    let mut least: BinaryHeap<Reverse<(u64, usize)>> = (0..shards).map(|shard| Reverse((0, shard))).collect();
    let mut assigned = vec![0; work.len()];
    for at in order {
        let Some(Reverse((has, shard))) = least.pop() else { return assigned };
        assigned[at] = shard;
        // Opening and closing a file takes something, too, however short it is.
        least.push(Reverse((has.saturating_add(work[at].max(1)), shard)));
    }
    assigned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_are_given_out_first_and_ties_by_name() {
        assert_eq!(assign(&[1, 9, 5, 5], 2), [0, 0, 1, 1]);
        assert_eq!(assign(&[3, 3, 3, 3], 4), [0, 1, 2, 3]);
        assert_eq!(assign(&[0, 0, 0], 2), [0, 1, 0]);
        assert_eq!(assign(&[7], 3), [0]);
        assert!(assign(&[], 3).is_empty());
    }

    #[test]
    fn no_shard_has_much_more_than_the_mean() {
        let work: Vec<u64> = (0..1000).map(|n| 1 + (n * 7919) % 101).collect();
        let mut sums = [0; 7];
        assign(&work, 7).iter().zip(&work).for_each(|(shard, work)| sums[*shard] += work);
        let mean = work.iter().sum::<u64>() as f64 / 7.0;
        assert!(sums.iter().all(|sum| (*sum as f64) < mean * 1.01), "{sums:?}");
    }
}
