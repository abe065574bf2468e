//! Where workers that are shared by several inputs take their frames from: the queues of all inputs, in turn.
//!
//! The rule: after a frame of one input comes one of the next input that has any, and of one input the oldest. So as long as
//! frames of every input wait, each gets as many, whatever the others ask for.

use std::task::Poll;
use std::time::Instant;

use super::queue::Receiver;
use crate::frame::Frame;
use crate::metrics::StageClock;

/// The queues of all inputs, as one worker takes frames from them.
pub struct Intake {
    /// By input; none once no frame of it is wanted, or none will come.
    queues: Vec<Option<Receiver<Frame>>>,
    /// Whose turn it is.
    turn: usize,
}

impl Intake {
    /// Takes from these queues, one for each input.
    pub fn new(queues: impl IntoIterator<Item = Receiver<Frame>>) -> Self {
        Self { queues: queues.into_iter().map(Some).collect(), turn: 0 }
    }

    /// The next frame, waiting for one if need be; none when no frame will ever come. A wait counts for every input.
    pub fn next(&mut self, clocks: &[StageClock]) -> Option<Frame> {
        if let ([Some(only)], [clock]) = (&self.queues[..], clocks) {
            return only.recv(clock);
        }
        self.wait(|from| clocks.iter().for_each(|clock| clock.starved_since(from)))
    }

    /// The first frame, for a worker that is ready before the run begins: the wait before the begin is not counted.
    pub fn next_first(&mut self, clocks: &[StageClock], begun_at: impl Fn() -> Instant) -> Option<Frame> {
        if let ([Some(only)], [clock]) = (&self.queues[..], clocks) {
            return only.recv_first(clock, begun_at);
        }
        self.wait(|from| clocks.iter().for_each(|clock| clock.starved_since(from.max(begun_at()))))
    }

    fn wait(&mut self, waited: impl Fn(Instant)) -> Option<Frame> {
        loop {
            if let Some(frame) = self.try_next() {
                return Some(frame);
            }
            let open: Vec<_> = self.queues.iter().flatten().collect();
            if open.is_empty() {
                return None;
            }
            let from = Instant::now();
            Receiver::wait_for_any(&open);
            waited(from);
        }
    }

    /// The next frame, if there is one now.
    pub fn try_next(&mut self) -> Option<Frame> {
        let inputs = self.queues.len();
        for at in (self.turn..self.turn + inputs).map(|at| at % inputs) {
            match self.queues[at].as_ref().map(Receiver::poll) {
                Some(Poll::Ready(Some(frame))) => {
                    self.turn = (at + 1) % inputs;
                    return Some(frame);
                }
                Some(Poll::Ready(None)) => self.queues[at] = None,
                Some(Poll::Pending) | None => {}
            }
        }
        None
    }

    /// No frame of this input is wanted any more.
    pub fn close(&mut self, input: usize) {
        self.queues[input] = None;
    }

    /// Whether no frame is wanted any more.
    pub fn is_closed(&self) -> bool {
        self.queues.iter().all(Option::is_none)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{FramePool, Shape, Stamp};
    use crate::metrics::{Meters, StageMeter};
    use crate::pipeline::bounded;
    use std::sync::Arc;
    use std::time::Duration;

    #[test]
    fn inputs_take_turns_and_of_each_the_oldest_comes_first() {
        let clock = || StageMeter::new("chain", 1, Vec::new(), true).clock();
        let meters = Meters::new(true, 1);
        let queue = |input: u32, frames: u64| {
            let pool = FramePool::heap(8, Shape::gray(4, 3), &[], Shape::gray(4, 3)).unwrap();
            let (to, from) = bounded(8, meters.queue("capture-chain", 8), pool.closed());
            for index in 0..frames {
                let stamp = Stamp { input, ..Stamp::new(index, Duration::ZERO) };
                let frame = Frame::new(stamp, pool.take().unwrap(), pool.clone(), Arc::default());
                assert!(to.send(frame, &clock()).is_continue());
            }
            from
        };
        let mut intake = Intake::new([queue(0, 3), queue(1, 1), queue(2, 5)]);
        let clocks = [clock(), clock(), clock()];
        let order: Vec<_> =
            std::iter::from_fn(|| intake.next(&clocks)).map(|f| (f.stamp.input, f.stamp.index)).collect();
        assert_eq!(order, [(0, 0), (1, 0), (2, 0), (0, 1), (2, 1), (0, 2), (2, 2), (2, 3), (2, 4)]);
        assert!(intake.is_closed());
    }
}
