//! What can be priced without a run: the start of a thread, a queue there and back, fresh memory.
//!
//! Each function measures some times and gives the median, so that a round takes one value from it.

use std::hint::black_box;
use std::sync::Arc;
use std::thread::{Builder, scope, sleep};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};

use crate::frame::{Frame, FramePool, Shape, Stamp};
use crate::host::libraries::release_free_memory;
use crate::host::shortage::start;
use crate::host::usage::Resources;
use crate::metrics::Meters;
use crate::pipeline::bounded;
use crate::statistics::median;

/// Microseconds to start a thread that has nothing to do, and to see its end.
pub(super) fn thread_start_us() -> Result<f64> {
    let start = |_| {
        let from = Instant::now();
        Builder::new().spawn(|| ())?.join().map_err(|_| anyhow!("a thread with nothing to do failed"))?;
        Ok(us(from.elapsed()))
    };
    Ok(median(&(0..200).map(start).collect::<Result<Vec<f64>>>()?))
}

/// Microseconds a frame takes through a queue to a thread that sleeps, and through another queue back. It is the frame
/// that travels, not its pixels; the clocks and meters of a run are on.
///
/// Without a pause between two trips this would measure luck: as long as neither thread has gone to sleep a trip takes
/// less than a microsecond, and once one has, both go on sleeping.
pub(super) fn handoff_us(shape: Shape) -> Result<f64> {
    let meters = Meters::new(true, u64::MAX);
    let pool = FramePool::heap(1, shape, &[], shape.to_gray())?;
    let (there, other_end) = bounded::<Frame>(1, meters.queue("there", 1), pool.closed());
    let (and_back, back) = bounded::<Frame>(1, meters.queue("back", 1), pool.closed());
    let (near, far) = (meters.stage("near", 1, Vec::new()).clock(), meters.stage("far", 1, Vec::new()).clock());
    let stamp = Stamp::new(0, Duration::ZERO);
    let buffer = pool.take().context("a new pool has a buffer")?;
    let mut frame = Frame::new(stamp, buffer, pool, Arc::clone(&meters.ledger));
    let times = scope(|s| {
        start(s, move || other_end.frames(&far).try_for_each(|frame| and_back.send(frame, &far)))?;
        // Its own, so that the other thread ends with it, however this ends.
        let there = there;
        let mut times = Vec::new();
        for _ in 0..100 {
            sleep(Duration::from_millis(1));
            let from = Instant::now();
            let sent = there.send(frame, &near).is_continue();
            frame = back.recv(&near).filter(|_| sent).context("a frame was lost between two threads")?;
            times.push(us(from.elapsed()));
        }
        anyhow::Ok(times)
    })?;
    Ok(median(&times))
}

/// What it took to touch every page of one frame.
pub(super) struct Touch {
    /// Microseconds when the memory is new.
    pub first_us: f64,
    /// Microseconds when it is not.
    pub second_us: f64,
    /// Microseconds each page fault added.
    pub fault_us: f64,
}

/// Touches memory of a frame's size that is new to the process, page by page, and then again.
pub(super) fn touch(shape: Shape) -> Touch {
    let touches: Vec<Touch> = (0..9).map(|_| touch_once(shape.bytes())).collect();
    let middle = |of: fn(&Touch) -> f64| median(&touches.iter().map(of).collect::<Vec<_>>());
    Touch { first_us: middle(|t| t.first_us), second_us: middle(|t| t.second_us), fault_us: middle(|t| t.fault_us) }
}

fn touch_once(bytes: usize) -> Touch {
    const PAGE: usize = 4096;
    /// Larger than what an allocator keeps for other threads than the first.
    const FRESH: usize = 64 << 20;
    // What was freed is kept with its pages, and would be handed out again.
    release_free_memory();
    let mut memory = Vec::<u8>::with_capacity(bytes.max(FRESH));
    let mut touch = || {
        let (before, from) = (Resources::now(&[]), Instant::now());
        memory.spare_capacity_mut()[..bytes].iter_mut().step_by(PAGE).for_each(|byte| {
            black_box(byte).write(1);
        });
        let took = from.elapsed();
        (took, Resources::now(&[]).since(&before).minor_faults)
    };
    let ((first, faults), (second, _)) = (touch(), touch());
    let extra = first.saturating_sub(second);
    Touch { first_us: us(first), second_us: us(second), fault_us: us(extra) / faults.max(1) as f64 }
}

fn us(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_memory_is_new_every_time() {
        let touch = touch(Shape::bgr(1280, 1024));
        let Touch { first_us, second_us, fault_us } = touch;
        assert!(first_us > 2.0 * second_us && fault_us > 0.01, "{first_us} {second_us} {fault_us}");
    }
}
