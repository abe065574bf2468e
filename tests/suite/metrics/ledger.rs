//! The ledger: every frame is counted once, every drop has its place, and gaps are told once. What was lost or damaged
//! reads as words.

use framerace::metrics::{Damage, Ledger, Outages};
use proptest::prelude::*;

#[test]
fn every_drop_has_its_place_and_repeats_balance() {
    let ledger = Ledger::default();
    let (before, after) = (ledger.place("a-b", "drop-oldest"), ledger.place("b-c", "drop-newest"));
    (0..6).for_each(|_| ledger.capture());
    [0, 1].into_iter().for_each(|number| ledger.drop_at(&before, number));
    ledger.drop_at(&after, 3);
    ledger.drop_at_stop();
    (0..2).for_each(|_| ledger.deliver());
    ledger.repeat();
    let report = ledger.report();
    assert!(report.balances(), "{report:?}");
    let drops: Vec<_> = report.drops.iter().map(|drops| (drops.place.as_str(), drops.frames)).collect();
    assert_eq!(drops, [("a-b", 2), ("b-c", 1), ("in flight", 1)]);
    assert_eq!((report.new_frames(), report.came(), report.dropped_by_policy()), (2, 6, 3));
    assert_eq!(ledger.take_gaps(), [0..2, 3..4]);
}

#[test]
fn consecutive_dropped_frames_are_one_gap() {
    let ledger = Ledger::default();
    let place = ledger.place("a-b", "drop-oldest");
    [3, 5, 4, 9, 8, 1].into_iter().for_each(|number| ledger.drop_at(&place, number));
    assert_eq!(ledger.take_gaps(), [1..2, 3..6, 8..10]);
    assert_eq!(ledger.take_gaps(), []);
}

proptest! {
    #[test]
    fn every_dropped_frame_is_in_one_gap(numbers in proptest::collection::btree_set(0u64..300, 0..200), seed: u64) {
        let ledger = Ledger::default();
        let place = ledger.place("a-b", "drop-oldest");
        let mut shuffled: Vec<_> = numbers.iter().copied().collect();
        fastrand::Rng::with_seed(seed).shuffle(&mut shuffled);
        shuffled.into_iter().for_each(|number| ledger.drop_at(&place, number));
        let gaps = ledger.take_gaps();
        prop_assert!(gaps.windows(2).all(|pair| pair[0].end < pair[1].start), "{gaps:?}");
        prop_assert_eq!(gaps.into_iter().flatten().collect::<Vec<_>>(), numbers.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn outages_add_up_and_the_frame_that_ends_one_is_not_lost() {
    let mut outages = Outages::default();
    outages.add(1.0, 30.0);
    assert_eq!(outages.to_string(), "was lost for 1.0 s, about 29 frames");
    outages.add(0.5, 30.0);
    assert_eq!(outages.to_string(), "was lost 2 times, 1.5 s in all, about 43 frames");
}

#[test]
fn damage_adds_up_and_reads_as_words() {
    let damage = |lost, faulty, places| Damage { lost, faulty, frames: 25, places };
    assert!(!damage(0, 0, 0).is_any() && damage(0, 0, 1).is_any());
    assert_eq!(damage(10, 3, 1).to_string(), "10 of 25 frames could not be decoded; 3 have errors in them");
    assert_eq!(damage(0, 1, 1).to_string(), "1 of 25 frames has errors in them");
    assert_eq!(damage(0, 0, 1).to_string(), "one place of it could not be read; 25 frames could be decoded");
    assert_eq!(damage(1, 1, 2).and(damage(1, 2, 0)).since(damage(0, 3, 0)).lost, 2);
}
