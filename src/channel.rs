//! A bounded link between two stages, which clocks both waits: for a frame, and for room.
//!
//! The only door to crossbeam. A sender that finds the link full is blocked, a receiver that finds it empty is
//! starved; the time goes to the stage that waited. Only what really waits is timed.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Instant;

use crossbeam_channel as crossbeam;

use crate::measure::{LinkMeter, StageClock};

/// The end that frames go into.
#[derive(Debug)]
pub struct Sender<T> {
    inner: crossbeam::Sender<T>,
    meter: Arc<LinkMeter>,
}

/// The end that frames come out of. Clones share the link: every frame goes to one of them.
#[derive(Debug)]
pub struct Receiver<T> {
    inner: crossbeam::Receiver<T>,
    meter: Arc<LinkMeter>,
    stopped: Arc<AtomicBool>,
}

/// A link that holds at most `depth` frames. Once `stopped` is set nothing comes out of it any more.
pub fn bounded<T>(depth: usize, meter: Arc<LinkMeter>, stopped: Arc<AtomicBool>) -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = crossbeam::bounded(depth);
    (Sender { inner: sender, meter: Arc::clone(&meter) }, Receiver { inner: receiver, meter, stopped })
}

impl<T> Sender<T> {
    /// Puts a frame in, waiting for room if need be. Breaks when nobody will ever take it out; the frame is dropped.
    pub fn send(&self, frame: T, clock: &StageClock) -> ControlFlow<()> {
        let sent = match self.inner.try_send(frame) {
            Ok(()) => Ok(()),
            Err(crossbeam::TrySendError::Full(frame)) => clock.blocked(|| self.inner.send(frame).map_err(drop)),
            Err(crossbeam::TrySendError::Disconnected(_)) => Err(()),
        };
        match sent {
            Ok(()) => {
                self.meter.enter();
                ControlFlow::Continue(())
            }
            Err(()) => ControlFlow::Break(()),
        }
    }
}

impl<T> Receiver<T> {
    /// Takes a frame out, waiting for one if need be. None when no frame will ever come.
    pub fn recv(&self, clock: &StageClock) -> Option<T> {
        let frame = match self.inner.try_recv() {
            Ok(frame) => Some(frame),
            Err(crossbeam::TryRecvError::Empty) => clock.starved(|| self.inner.recv().ok()),
            Err(crossbeam::TryRecvError::Disconnected) => None,
        };
        self.unless_stopped(frame)
    }

    /// The first frame, for who stands ready before the run begins: what is waited before that is nobody's time.
    pub fn recv_first(&self, clock: &StageClock, begun_at: impl FnOnce() -> Instant) -> Option<T> {
        let from = Instant::now();
        let frame = self.inner.recv().ok();
        clock.starved_since(from.max(begun_at()));
        self.unless_stopped(frame)
    }

    /// A frame, if there is one now.
    pub fn try_recv(&self) -> Option<T> {
        self.unless_stopped(self.inner.try_recv().ok())
    }

    /// What waits in a link when a run is stopped is nobody's work any more.
    fn unless_stopped(&self, frame: Option<T>) -> Option<T> {
        frame.inspect(|_| self.meter.leave()).filter(|_| !self.stopped.load(Relaxed))
    }

    /// The frames as they come, until no more will. Whoever drops this lets the senders know.
    pub fn frames(self, clock: &StageClock) -> impl Iterator<Item = T> {
        std::iter::from_fn(move || self.recv(clock))
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), meter: Arc::clone(&self.meter) }
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        let stopped = Arc::clone(&self.stopped);
        Self { inner: self.inner.clone(), meter: Arc::clone(&self.meter), stopped }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{Meters, StageMeter};
    use std::thread;
    use std::time::Duration;

    /// Sends numbers, pausing before each, and receives them, pausing after each; tells what each side waited.
    fn relay(count: u64, depth: usize, send_ms: u64, receive_ms: u64) -> (Vec<u64>, f64, f64) {
        let meters = Meters::new(true, 1);
        let (sender, receiver) = bounded(depth, meters.link("a-b", depth), Arc::default());
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
        let (received, blocked, starved) = relay(20, 2, 0, 5);
        assert_eq!(received, (0..20).collect::<Vec<_>>());
        assert!(blocked > 0.5 && starved < 0.2, "blocked {blocked}, starved {starved}");
        let (_, blocked, starved) = relay(20, 2, 5, 0);
        assert!(blocked < 0.2 && starved > 0.5, "blocked {blocked}, starved {starved}");
    }

    #[test]
    fn both_ends_notice_when_the_other_is_gone() {
        let meters = Meters::new(true, 1);
        let clock = StageMeter::new("a", 1, Vec::new(), true).clock();
        let (sender, receiver) = bounded(1, meters.link("a-b", 1), Arc::default());
        drop(receiver);
        assert!(sender.send(1, &clock).is_break());
        let (sender, receiver) = bounded(1, meters.link("a-b", 1), Arc::default());
        assert!(sender.send(1, &clock).is_continue());
        drop(sender);
        assert_eq!((receiver.recv(&clock), receiver.recv(&clock)), (Some(1), None));
    }

    #[test]
    fn a_stopped_link_gives_nothing_away() {
        let meters = Meters::new(true, 1);
        let clock = StageMeter::new("a", 1, Vec::new(), true).clock();
        let stopped = Arc::new(AtomicBool::new(false));
        let (sender, receiver) = bounded(2, meters.link("a-b", 2), Arc::clone(&stopped));
        assert!(sender.send(1, &clock).is_continue() && sender.send(2, &clock).is_continue());
        assert_eq!(receiver.recv(&clock), Some(1));
        stopped.store(true, Relaxed);
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
}
