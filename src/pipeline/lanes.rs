//! What lies between workers that each do a segment and the sink, which takes the segments in their order: a lane
//! of frames for each.
//!
//! Frames of a later segment wait in their lane. How many there are in all is bounded by the pool that their buffers come
//! from, of which the last few are for the segment that is being delivered: so it can always go on, and with it all others.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex, MutexGuard};

use crate::frame::{Buffer, Frame, FramePool};
use crate::metrics::{QueueMeter, StageClock};

/// How often whoever waits looks whether the run was stopped.
const STEP: Duration = Duration::from_millis(20);

/// The lanes of one run.
pub struct Lanes {
    state: Mutex<State>,
    changed: Condvar,
    pool: FramePool,
    /// Buffers that only the segment in front may take.
    reserve: usize,
    meter: Arc<QueueMeter>,
}

#[derive(Default)]
struct State {
    /// The segment that is being delivered.
    front: u64,
    lanes: BTreeMap<u64, Lane>,
    /// Who may still send.
    senders: usize,
    /// Segments from this number on are void.
    void: Option<u64>,
    /// Nothing more is delivered.
    over: bool,
}

#[derive(Default)]
struct Lane {
    frames: VecDeque<Frame>,
    taken: u64,
    /// How many frames it will have had in all.
    end: Option<End>,
}

/// Where a lane ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// After so many frames; the next lane follows.
    Next(u64),
    /// After so many frames, and with it the run.
    Last(u64),
}

/// May send into lanes, until it is dropped.
pub struct LaneSender<'a>(&'a Lanes);

/// A frame of a lane on its way to another worker. If it does not arrive because its lane is void or the run is over, it is
/// taken out of the ledger, as if it had not been read.
pub struct LaneFrame<'a> {
    lanes: &'a Lanes,
    lane: u64,
    frame: Option<Frame>,
}

impl Lanes {
    /// Lanes for frames in the buffers of `pool`, of which `reserve` are for the segment in front.
    pub fn new(pool: FramePool, reserve: usize, meter: Arc<QueueMeter>) -> Self {
        let reserve = reserve.min(pool.free().saturating_sub(1));
        Self { state: Mutex::default(), changed: Condvar::new(), pool, reserve, meter }
    }

    /// One more that sends.
    pub fn sender(&self) -> LaneSender<'_> {
        self.state.lock().senders += 1;
        LaneSender(self)
    }

    /// The next frame in the order of the segments, and within one as they come; none when no frame will ever come.
    pub fn take(&self, clock: &StageClock) -> Option<Frame> {
        let mut state = self.state.lock();
        loop {
            if self.pool.is_closed() || state.over {
                return None;
            }
            let (front, senders) = (state.front, state.senders);
            let lane = state.lanes.entry(front).or_default();
            if let Some(frame) = lane.frames.pop_front() {
                lane.taken += 1;
                self.meter.leave();
                return Some(frame);
            }
            match lane.end {
                Some(End::Last(frames)) if lane.taken >= frames => state.over = true,
                Some(End::Next(frames)) if lane.taken >= frames => {
                    state.lanes.remove(&front);
                    state.front += 1;
                    self.changed.notify_all();
                    // Whoever has it may take the last buffers now.
                    MutexGuard::unlocked(&mut state, || self.pool.wake());
                }
                _ if senders == 0 => return None,
                _ => clock.starved(|| _ = self.changed.wait_for(&mut state, STEP)),
            }
        }
    }

    /// Once all are delivered that are wanted, frames that were read ahead of them are taken out of the ledger.
    pub fn withdraw_if_over(&self) {
        let mut state = self.state.lock();
        if !state.over {
            return;
        }
        let lanes = std::mem::take(&mut state.lanes);
        drop(state);
        self.give_up(lanes);
    }

    fn give_up(&self, lanes: BTreeMap<u64, Lane>) {
        for frame in lanes.into_values().flat_map(|lane| lane.frames) {
            self.meter.leave();
            frame.withdraw();
        }
    }
}

impl State {
    fn is_void(&self, lane: u64) -> bool {
        self.over || self.void.is_some_and(|void| lane >= void)
    }
}

impl LaneSender<'_> {
    /// A buffer for a frame of this lane, waiting for one if need be; none when the lane is void, or the run is over.
    pub fn buffer(&self, lane: u64, clock: &StageClock) -> Option<Buffer> {
        let Lanes { state, pool, reserve, .. } = self.0;
        let may = |free: usize| {
            let state = state.lock();
            (!state.is_void(lane)).then(|| free > if state.front == lane { 0 } else { *reserve })
        };
        // Where there is one now, no clock is read.
        let now = pool.take_if(|free| may(free).filter(|may| *may && free > 0));
        now.or_else(|| clock.blocked(|| pool.take_if(may)))
    }

    /// Sends a frame; false if its lane is void, or the run is over.
    pub fn send(&self, lane: u64, frame: Frame) -> bool {
        let mut state = self.0.state.lock();
        if state.is_void(lane) {
            drop(state);
            frame.withdraw();
            return false;
        }
        self.0.meter.enter();
        state.lanes.entry(lane).or_default().frames.push_back(frame);
        drop(state);
        self.0.changed.notify_all();
        true
    }

    /// How many frames a lane will have had.
    pub fn end(&self, lane: u64, end: End) {
        let mut state = self.0.state.lock();
        if !state.is_void(lane) {
            state.lanes.entry(lane).or_default().end = Some(end);
        }
        drop(state);
        self.0.changed.notify_all();
    }

    /// Waits until a lane is in front; false if it is void, or the run is over.
    pub fn wait_for_front(&self, lane: u64, clock: &StageClock) -> bool {
        let mut state = self.0.state.lock();
        clock.blocked(|| {
            while !state.is_void(lane) && !self.0.pool.is_closed() && state.front != lane {
                self.0.changed.wait_for(&mut state, STEP);
            }
        });
        !state.is_void(lane) && !self.0.pool.is_closed()
    }

    /// Lanes after this one are void; what is in them is taken out of the ledger.
    pub fn void_after(&self, lane: u64) {
        let mut state = self.0.state.lock();
        state.void = Some(lane + 1);
        let void = state.lanes.split_off(&(lane + 1));
        drop(state);
        self.0.give_up(void);
        self.0.changed.notify_all();
        self.0.pool.wake();
    }
}

impl<'a> LaneFrame<'a> {
    /// A frame of this lane.
    pub fn new(lanes: &'a Lanes, lane: u64, frame: Frame) -> Self {
        Self { lanes, lane, frame: Some(frame) }
    }

    /// It has arrived: its lane, and the frame.
    pub fn arrive(mut self) -> Option<(u64, Frame)> {
        self.frame.take().map(|frame| (self.lane, frame))
    }
}

impl Drop for LaneFrame<'_> {
    fn drop(&mut self) {
        let Some(frame) = self.frame.take() else { return };
        if self.lanes.state.lock().is_void(self.lane) {
            frame.withdraw();
        }
    }
}

impl Drop for LaneSender<'_> {
    fn drop(&mut self) {
        self.0.state.lock().senders -= 1;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{Shape, Stamp};
    use crate::metrics::{Ledger, Meters};

    #[test]
    fn a_frame_of_a_void_lane_that_does_not_arrive_was_never_read() {
        let pool = FramePool::heap(4, Shape::gray(4, 3), &[], Shape::gray(4, 3)).unwrap();
        let lanes = Lanes::new(pool.clone(), 1, Meters::new(true, 1).queue("chain-sink", 4));
        let ledger: Arc<Ledger> = Arc::default();
        let frame = |index| {
            let stamp = Stamp::new(index, Duration::ZERO);
            Frame::new(stamp, pool.take().unwrap(), pool.clone(), Arc::clone(&ledger))
        };
        lanes.sender().void_after(0);
        drop(LaneFrame::new(&lanes, 1, frame(0)));
        assert_eq!(ledger.report().captured, 0);
        drop(LaneFrame::new(&lanes, 0, frame(0)));
        assert_eq!(ledger.report().captured, 1);
        assert_eq!(LaneFrame::new(&lanes, 0, frame(1)).arrive().map(|(lane, _)| lane), Some(0));
    }
}
