//! Queues under every policy: nothing is lost without being counted, order is kept, and both ends notice the other.

use std::sync::Arc;
use std::task::Poll;
use std::thread;

use framerace::cancel::CancelToken;
use framerace::metrics::{Meters, StageClock, StageMeter};
use framerace::pipeline::{Overflow, bounded, leaky};
use parking_lot::Mutex;

/// A clock of some stage.
fn clock() -> StageClock {
    StageMeter::new("a", 1, Vec::new(), true).clock()
}

/// Sends numbers from a thread and receives them all.
fn relay(count: u64, depth: usize) -> Vec<u64> {
    let (sender, receiver) = bounded(depth, Meters::new(true, 1).queue("a-b", depth), CancelToken::default());
    thread::scope(|s| {
        s.spawn(move || (0..count).all(|n| sender.send(n, &clock()).is_continue()));
        receiver.frames(&clock()).collect()
    })
}

#[test]
fn both_ends_notice_when_the_other_is_gone() {
    let meters = Meters::new(true, 1);
    let clock = clock();
    let (sender, receiver) = bounded(1, meters.queue("a-b", 1), CancelToken::default());
    drop(receiver);
    assert!(sender.send(1, &clock).is_break());
    let (sender, receiver) = bounded(1, meters.queue("a-b", 1), CancelToken::default());
    assert!(sender.send(1, &clock).is_continue());
    drop(sender);
    assert_eq!((receiver.recv(&clock), receiver.recv(&clock)), (Some(1), None));
}

#[test]
fn a_stopped_queue_gives_nothing_away() {
    let meters = Meters::new(true, 1);
    let clock = clock();
    let stopped = CancelToken::default();
    let (sender, receiver) = bounded(2, meters.queue("a-b", 2), stopped.clone());
    assert!(sender.send(1, &clock).is_continue() && sender.send(2, &clock).is_continue());
    assert_eq!(receiver.recv(&clock), Some(1));
    stopped.cancel();
    assert_eq!(receiver.recv(&clock), None);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(16))]

    #[test]
    fn whatever_goes_in_comes_out_once_and_in_order(count in 0u64..200, depth in 1usize..9) {
        proptest::prop_assert_eq!(relay(count, depth), (0..count).collect::<Vec<_>>());
    }
}

/// Everything that is said of one queue: what came out, and what was dropped, in the order it happened.
fn through(policy: Overflow, depth: usize, senders: &[Vec<u64>], takes: usize) -> (Vec<u64>, Vec<u64>) {
    let meters = Meters::new(true, 1);
    let clock = clock();
    let lost = Arc::new(Mutex::new(Vec::new()));
    let losing = Arc::clone(&lost);
    let lose = move |n| losing.lock().push(n);
    let (sender, receiver) = leaky(depth, policy, meters.queue("a-b", depth), CancelToken::default(), lose);
    let mut out = Vec::new();
    for burst in senders {
        assert!(burst.iter().all(|n| sender.send(*n, &clock).is_continue()));
        out.extend((0..takes).map_while(|_| receiver.try_recv()));
    }
    drop(sender);
    out.extend(std::iter::from_fn(|| receiver.recv(&clock)));
    let lost = lost.lock().clone();
    (out, lost)
}

#[test]
fn a_full_queue_drops_the_newest_or_the_oldest() {
    let burst = [(0..6).collect::<Vec<_>>()];
    assert_eq!(through(Overflow::DropNewest, 2, &burst, 0), (vec![0, 1], vec![2, 3, 4, 5]));
    assert_eq!(through(Overflow::DropOldest, 2, &burst, 0), (vec![4, 5], vec![0, 1, 2, 3]));
}

#[test]
fn a_leaky_queue_notices_that_nobody_takes_frames_any_more() {
    for policy in [Overflow::DropNewest, Overflow::DropOldest] {
        let meters = Meters::new(true, 1);
        let clock = clock();
        let (sender, receiver) = leaky(1, policy, meters.queue("a-b", 1), CancelToken::default(), drop);
        let other = receiver.clone();
        drop(receiver);
        assert!(sender.send(1, &clock).is_continue());
        drop(other);
        assert!(sender.send(2, &clock).is_break(), "{policy}");
    }
}

#[test]
fn who_does_not_wait_is_told_whether_more_may_come() {
    let meters = Meters::new(true, 1);
    let clock = clock();
    let (sender, receiver) = bounded(1, meters.queue("a-b", 1), CancelToken::default());
    assert_eq!(receiver.poll(), Poll::Pending);
    assert!(sender.send(1, &clock).is_continue());
    drop(sender);
    assert_eq!((receiver.poll(), receiver.poll()), (Poll::Ready(Some(1)), Poll::Ready(None)));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_is_lost_without_being_counted_and_order_is_kept(
        newest: bool, depth in 1usize..5, bursts in proptest::collection::vec(0u64..9, 0..30), takes in 0usize..9,
    ) {
        let mut next = 0;
        let bursts: Vec<Vec<u64>> = bursts.iter().map(|n| { next += n; (next - n..next).collect() }).collect();
        let policy = if newest { Overflow::DropNewest } else { Overflow::DropOldest };
        let (out, lost) = through(policy, depth, &bursts, takes);
        proptest::prop_assert!(out.is_sorted() && lost.is_sorted(), "{out:?} {lost:?}");
        let mut all = [out, lost].concat();
        all.sort_unstable();
        proptest::prop_assert_eq!(all, (0..next).collect::<Vec<_>>());
    }

    #[test]
    fn with_many_senders_and_receivers_every_frame_ends_once(newest: bool, depth in 1usize..4, count in 1u64..200) {
        let policy = if newest { Overflow::DropNewest } else { Overflow::DropOldest };
        let meters = Meters::new(true, 1);
        let ended = Arc::new(Mutex::new(Vec::new()));
        let losing = ended.clone();
        let lose = move |n| losing.lock().push(n);
        let (sender, receiver) = leaky(depth, policy, meters.queue("a-b", depth), CancelToken::default(), lose);
        let meter = StageMeter::new("a", 1, Vec::new(), true);
        thread::scope(|s| {
            for part in 0..3 {
                let (sender, clock) = (sender.clone(), meter.clock());
                s.spawn(move || (0..count).all(|n| sender.send(3 * n + part, &clock).is_continue()));
            }
            for _ in 0..2 {
                let (receiver, clock, ended) = (receiver.clone(), meter.clock(), ended.clone());
                s.spawn(move || receiver.frames(&clock).for_each(|n| ended.lock().push(n)));
            }
            drop((sender, receiver));
        });
        let mut ended = ended.lock().clone();
        ended.sort_unstable();
        proptest::prop_assert_eq!(ended, (0..3 * count).collect::<Vec<_>>());
    }
}
