//! Made-up messages of real worker processes: whatever one says, its frame is done right in the end.

use crate::hostile::{Hostile, alone, right};
use proptest::prelude::*;

/// A number as the wire has it, or bytes that are none.
fn number() -> impl Strategy<Value = Vec<u8>> {
    let right = any::<u64>().prop_flat_map(|value| (0..64u32).prop_map(move |less| value >> less));
    let written = right.prop_map(|mut value| {
        let mut bytes = Vec::new();
        while value >= 0x80 {
            bytes.push(value.to_le_bytes()[0] | 0x80);
            value >>= 7;
        }
        bytes.push(value.to_le_bytes()[0]);
        bytes
    });
    prop_oneof![8 => written, 1 => prop::collection::vec(any::<u8>(), 0..12)]
}

/// Messages of every kind: the tag, and what may follow.
fn message() -> impl Strategy<Value = Vec<u8>> {
    let numbers = prop::collection::vec(number(), 0..16).prop_map(|numbers| numbers.concat());
    let json = prop::sample::select(vec![
        r#"{"parts":[{"frames":1,"spent":[1,1,1,1,1],"starved":{"secs":18446744073709551615,"nanos":4294967295}}]}"#,
        r#"{"version":"x","sandbox":null}"#,
        r#"{"parts":1e999}"#,
        "[[[[[[[[",
    ]);
    prop_oneof![
        4 => numbers.prop_map(|numbers| [&b"D"[..], &numbers].concat()),
        1 => (prop::sample::select(vec![b'B', b'R', b'D']), json).prop_map(|(tag, json)| [&[tag], json.as_bytes()].concat()),
        2 => prop::collection::vec(any::<u8>(), 0..400).prop_filter("a filter's error may end a run", |bytes| bytes.first() != Some(&b'F')),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 20, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn no_message_costs_or_changes_a_frame(message in message(), pipe: bool) {
        let strategy = if pipe { "processes-pipe" } else { "processes" };
        let hostile = Hostile::saying(&message);
        let run = hostile.run(strategy, &alone()).map_err(|error| TestCaseError::fail(format!("{error:#}")))?;
        prop_assert_eq!((&run.hash, &run.ledger), (&right().hash, &right().ledger));
        prop_assert_eq!((hostile.attacked(), run.losses.workers), (1, 1));
    }
}
