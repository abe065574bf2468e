//! Queues under every policy: nothing is lost without being counted, order is kept, and both ends notice the other.

use super::*;
use crate::cancel::CancelToken;
use crate::metrics::{Meters, StageMeter};
use parking_lot::Mutex;
use std::thread;
use std::time::Duration;

/// Sends numbers, pausing before each, and receives them, pausing after each; tells what each side waited.
fn relay(count: u64, depth: usize, send_ms: u64, receive_ms: u64) -> (Vec<u64>, f64, f64) {
    let meters = Meters::new(true, 1);
    let (sender, receiver) = bounded(depth, meters.queue("a-b", depth), CancelToken::default());
    let (from, to) = (StageMeter::new("a", 1, Vec::new(), true), StageMeter::new("b", 1, Vec::new(), true));
    let begin = Instant::now();
    let received = thread::scope(|s| {
        let from = from.clock();
        s.spawn(move || {
            for n in 0..count {
                thread::sleep(Duration::from_millis(send_ms));
                if sender.send(n, &from).is_break() {
                    break;
                }
            }
        });
        let to = to.clock();
        let mut received = Vec::new();
        for n in receiver.frames(&to) {
            thread::sleep(Duration::from_millis(receive_ms));
            received.push(n);
        }
        received
    });
    let wall = begin.elapsed();
    (received, from.report(wall).blocked, to.report(wall).starved)
}

#[test]
fn a_fast_sender_is_blocked_and_a_slow_one_starves_the_receiver() {
    let (received, blocked, starved) = relay(20, 2, 0, 20);
    assert_eq!(received, (0..20).collect::<Vec<_>>());
    assert!(blocked > 0.5 && starved < 0.2, "blocked {blocked}, starved {starved}");
    let (_, blocked, starved) = relay(20, 2, 20, 0);
    assert!(blocked < 0.2 && starved > 0.5, "blocked {blocked}, starved {starved}");
}

#[test]
fn both_ends_notice_when_the_other_is_gone() {
    let meters = Meters::new(true, 1);
    let clock = StageMeter::new("a", 1, Vec::new(), true).clock();
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
    let clock = StageMeter::new("a", 1, Vec::new(), true).clock();
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
        let (received, ..) = relay(count, depth, 0, 0);
        proptest::prop_assert_eq!(received, (0..count).collect::<Vec<_>>());
    }
}

/// Everything that is said of one queue: what came out, and what was dropped, in the order it happened.
fn through(policy: Overflow, depth: usize, senders: &[Vec<u64>], takes: usize) -> (Vec<u64>, Vec<u64>) {
    let meters = Meters::new(true, 1);
    let clock = StageMeter::new("a", 1, Vec::new(), true).clock();
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
fn a_full_link_drops_the_newest_or_the_oldest() {
    let burst = [(0..6).collect::<Vec<_>>()];
    assert_eq!(through(Overflow::DropNewest, 2, &burst, 0), (vec![0, 1], vec![2, 3, 4, 5]));
    assert_eq!(through(Overflow::DropOldest, 2, &burst, 0), (vec![4, 5], vec![0, 1, 2, 3]));
}

#[test]
fn a_leaky_link_notices_that_nobody_takes_frames_any_more() {
    for policy in [Overflow::DropNewest, Overflow::DropOldest] {
        let meters = Meters::new(true, 1);
        let clock = StageMeter::new("a", 1, Vec::new(), true).clock();
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
    let clock = StageMeter::new("a", 1, Vec::new(), true).clock();
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
