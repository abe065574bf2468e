//! A bounded queue between two stages, which times both waits: for a frame, and for room.
//!
//! The only file that uses crossbeam. A sender that finds the queue full is blocked, or a frame is dropped, as the queue's
//! overflow policy says. A receiver that finds it empty is starved. The time counts for the stage that waited; where
//! nothing has to wait, no clock is read.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::{Arc, Weak};
use std::task::Poll;
use std::time::Instant;

use crossbeam_channel as crossbeam;

use crate::cancel::CancelToken;
use crate::metrics::{QueueMeter, StageClock};

use super::overflow::Overflow;

/// The end that frames go into.
#[derive(Debug)]
pub struct Sender<T> {
    inner: crossbeam::Sender<T>,
    meter: Arc<QueueMeter>,
    /// How frames are dropped; none where the sender waits for room.
    leak: Option<Arc<Leak<T>>>,
}

/// The end that frames come out of. Clones share the queue: every frame goes to one of them.
#[derive(Debug)]
pub struct Receiver<T> {
    inner: crossbeam::Receiver<T>,
    meter: Arc<QueueMeter>,
    stopped: CancelToken,
    /// Shared by all receivers, so that senders can tell whether there is one.
    here: Arc<()>,
}

/// Where a queue drops frames.
struct Leak<T> {
    policy: Overflow,
    /// The senders' own receiver, by which they take out the oldest frame. It keeps the channel connected.
    waiting: crossbeam::Receiver<T>,
    /// Tells whether there is any other receiver.
    receivers: Weak<()>,
    /// Called with each frame that is dropped.
    lose: Box<dyn Fn(T) + Send + Sync>,
}

/// A queue that holds at most `depth` frames, and lets its senders wait. Once `stopped` is set nothing comes out of it
/// any more.
pub fn bounded<T>(depth: usize, meter: Arc<QueueMeter>, stopped: CancelToken) -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = crossbeam::bounded(depth);
    let sender = Sender { inner: sender, meter: Arc::clone(&meter), leak: None };
    (sender, Receiver { inner: receiver, meter, stopped, here: Arc::default() })
}

/// The same with an overflow policy: a frame that it drops is handed to `lose`, before any later frame comes out.
pub fn leaky<T>(
    depth: usize,
    policy: Overflow,
    meter: Arc<QueueMeter>,
    stopped: CancelToken,
    lose: impl Fn(T) + Send + Sync + 'static,
) -> (Sender<T>, Receiver<T>) {
    let (mut sender, receiver) = bounded(depth, meter, stopped);
    sender.leak = policy.drops().then(|| {
        let (waiting, receivers) = (receiver.inner.clone(), Arc::downgrade(&receiver.here));
        Arc::new(Leak { policy, waiting, receivers, lose: Box::new(lose) })
    });
    (sender, receiver)
}

impl<T> Sender<T> {
    /// Puts a frame in, waiting for room if need be, or dropping one. Breaks when no receiver is left; the frame
    /// is dropped.
    pub fn send(&self, frame: T, clock: &StageClock) -> ControlFlow<()> {
        let sent = match (&self.leak, self.inner.try_send(frame)) {
            (Some(leak), sent) => return self.make_room(leak, sent),
            (None, Ok(())) => Ok(()),
            (None, Err(crossbeam::TrySendError::Full(frame))) => clock.blocked(|| self.inner.send(frame).map_err(drop)),
            (None, Err(crossbeam::TrySendError::Disconnected(_))) => Err(()),
        };
        match sent {
            Ok(()) => {
                self.meter.enter();
                ControlFlow::Continue(())
            }
            Err(()) => ControlFlow::Break(()),
        }
    }

    /// Drops frames as the policy says until this one is in, or is itself the one.
    fn make_room(&self, leak: &Leak<T>, mut sent: Result<(), crossbeam::TrySendError<T>>) -> ControlFlow<()> {
        while leak.receivers.strong_count() > 0 {
            match sent {
                Ok(()) => {
                    self.meter.enter();
                    return ControlFlow::Continue(());
                }
                Err(crossbeam::TrySendError::Full(frame)) if leak.policy == Overflow::DropNewest => {
                    (leak.lose)(frame);
                    return ControlFlow::Continue(());
                }
                Err(crossbeam::TrySendError::Full(frame)) => {
                    self.drop_oldest();
                    sent = self.inner.try_send(frame);
                }
                Err(crossbeam::TrySendError::Disconnected(_)) => break,
            }
        }
        ControlFlow::Break(())
    }

    /// Drops the frame that has waited longest, if the policy is to drop such and there is one.
    pub fn drop_oldest(&self) -> bool {
        let leak = self.leak.as_ref().filter(|leak| leak.policy == Overflow::DropOldest);
        let oldest = leak.and_then(|leak| Some((leak, leak.waiting.try_recv().ok()?)));
        oldest.is_some_and(|(leak, frame)| {
            self.meter.leave();
            (leak.lose)(frame);
            true
        })
    }

    /// What happens when the queue is full.
    pub fn overflow(&self) -> Overflow {
        self.leak.as_ref().map_or(Overflow::Block, |leak| leak.policy)
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

    /// The first frame, for a worker that is ready before the run begins: the wait before the begin is not counted.
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

    /// A frame, if there is one now; none when no frame will ever come.
    pub fn poll(&self) -> Poll<Option<T>> {
        match self.inner.try_recv() {
            Err(crossbeam::TryRecvError::Empty) => Poll::Pending,
            frame => Poll::Ready(self.unless_stopped(frame.ok())),
        }
    }

    /// Waits until one of these has a frame, or will never have one.
    pub(super) fn wait_for_any(receivers: &[&Self]) {
        let mut select = crossbeam::Select::new();
        receivers.iter().for_each(|receiver| _ = select.recv(&receiver.inner));
        select.ready();
    }

    /// Once the run is stopped, frames that wait in a queue are discarded.
    fn unless_stopped(&self, frame: Option<T>) -> Option<T> {
        frame.inspect(|_| self.meter.leave()).filter(|_| !self.stopped.is_cancelled())
    }

    /// The frames as they come, until no more will. Dropping the iterator closes this receiver.
    pub fn frames(self, clock: &StageClock) -> impl Iterator<Item = T> {
        std::iter::from_fn(move || self.recv(clock))
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), meter: Arc::clone(&self.meter), leak: self.leak.clone() }
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        let (stopped, here) = (self.stopped.clone(), Arc::clone(&self.here));
        Self { inner: self.inner.clone(), meter: Arc::clone(&self.meter), stopped, here }
    }
}

impl<T> fmt::Debug for Leak<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Leak").field("policy", &self.policy).finish_non_exhaustive()
    }
}
