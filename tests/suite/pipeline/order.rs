//! The order is restored, and which queue drops frames by which policy.

use framerace::pipeline::{Overflow, Policies, Reorder};
use proptest::prelude::*;

#[test]
fn a_gap_holds_back_what_follows() {
    let mut reorder = Reorder::default();
    reorder.push(1, 'b');
    assert_eq!((reorder.pop(), reorder.missing()), (None, Some(0)));
    reorder.push(0, 'a');
    assert_eq!((reorder.pop(), reorder.pop(), reorder.pop()), (Some('a'), Some('b'), None));
    assert_eq!(reorder.missing(), None);
}

#[test]
fn what_will_never_come_is_not_waited_for() {
    let mut reorder = Reorder::default();
    reorder.push(2, 'c');
    reorder.push(5, 'f');
    reorder.skip(0..2);
    assert_eq!((reorder.pop(), reorder.pop(), reorder.missing()), (Some('c'), None, Some(3)));
    reorder.skip(4..5);
    assert_eq!(reorder.pop(), None);
    reorder.skip(3..4);
    assert_eq!((reorder.pop(), reorder.pop(), reorder.missing()), (Some('f'), None, None));
}

proptest! {
    #[test]
    fn any_order_in_gives_one_order_out(numbers in Just((0u64..64).collect::<Vec<_>>()).prop_shuffle()) {
        let mut reorder = Reorder::default();
        let mut out = Vec::new();
        for number in numbers {
            reorder.push(number, number);
            out.extend(std::iter::from_fn(|| reorder.pop()));
        }
        prop_assert_eq!(out, (0..64).collect::<Vec<_>>());
    }
}

#[test]
fn a_name_goes_before_the_place_and_the_last_word_counts() {
    let policies = Policies::live().with("chain-sink", Overflow::DropNewest);
    let of = ["capture-chain", "before blur", "after blur", "chain-sink"].map(|queue| policies.of(queue));
    assert_eq!(of, [Overflow::DropOldest, Overflow::DropOldest, Overflow::Block, Overflow::DropNewest]);
    assert!(policies.drop_frames() && !Policies::default().drop_frames());
    let again = policies.with("chain-sink", Overflow::Block);
    assert_eq!(again.of("chain-sink"), Overflow::Block);
}

#[test]
fn they_read_as_words() {
    assert_eq!(Policies::default().to_string(), "block");
    assert_eq!(Policies::live().to_string(), "drop-oldest after capture, then block");
    let named = Policies::default().with("chain-sink", Overflow::DropNewest);
    assert_eq!(named.to_string(), "block, chain-sink drop-newest");
}
