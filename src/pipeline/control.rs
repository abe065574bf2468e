//! What another thread may do with a run while it goes on: read how far it is, and stop it.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::cancel::CancelToken;
use crate::frame::FramePool;
use crate::metrics::{LedgerReport, Meters, Snapshot};

/// The buffers of a run, by input.
#[derive(Debug, Default)]
struct Pools {
    open: Vec<FramePool>,
    /// Whether the run has failed: an input that begins only now ends at once.
    failed: bool,
}

/// Lets another thread observe a run while it goes on, and stop it.
#[derive(Debug, Default)]
pub struct Watch {
    /// The meters of the present run, or of the last one, by input.
    meters: Mutex<Vec<Arc<Meters>>>,
    /// The buffers of the present run, if there is one, by input.
    pools: Mutex<Pools>,
    stopped: CancelToken,
    ended: CancelToken,
}

impl Watch {
    /// Frames the present run has delivered so far, of all its inputs.
    pub fn delivered(&self) -> u64 {
        self.meters.lock().iter().map(|meters| meters.ledger.delivered()).sum()
    }

    /// What the present run has measured of an input so far, or what the last one had at its end; none before the first.
    pub fn snapshot(&self, input: usize) -> Option<Snapshot> {
        // The lock is not held while the snapshot is taken: a run that begins need not wait for it.
        let meters = self.meters.lock().get(input).cloned();
        meters.map(|meters| meters.snapshot())
    }

    /// The meters of the present run of a single input, or of the last one.
    pub(crate) fn meters(&self) -> Option<Arc<Meters>> {
        self.meters.lock().first().cloned()
    }

    /// What became of an input's frames in the present run so far.
    pub fn ledger(&self, input: usize) -> LedgerReport {
        self.meters.lock().get(input).map(|meters| meters.ledger.report()).unwrap_or_default()
    }

    /// Stops the present run at once: each stage finishes its frame, and frames in queues are discarded. Every later run
    /// stops before its first frame. The output is incomplete.
    pub fn stop(&self) {
        // Before the pool is closed: a run that begins meanwhile sees the flag or has its pool closed.
        self.stopped.cancel();
        self.close();
    }

    /// Ends the present run because it has failed: no stage waits any more.
    pub(crate) fn close(&self) {
        let mut pools = self.pools.lock();
        pools.failed = true;
        pools.open.iter().for_each(FramePool::close);
    }

    /// Whether it was told to stop.
    pub fn is_stopped(&self) -> bool {
        self.stopped.is_cancelled()
    }

    /// Ends the present run as a limit would: no more frames are captured, and all captured ones are delivered. Every
    /// later run ends before its first frame.
    pub fn end(&self) {
        self.ended.cancel();
    }

    /// Whether it was told to end.
    pub fn is_ended(&self) -> bool {
        self.ended.is_cancelled()
    }

    /// Whether it was told to end, now and later.
    pub fn ended(&self) -> CancelToken {
        self.ended.clone()
    }

    pub(crate) fn stopped(&self) -> CancelToken {
        self.stopped.clone()
    }

    /// A run begins that is measured by these meters, one set for each input.
    pub(crate) fn run_begins(&self, meters: Vec<Arc<Meters>>) {
        *self.meters.lock() = meters;
    }

    /// From now on stopping closes this pool.
    pub(crate) fn close_on_stop(&self, pool: &FramePool) {
        let mut held = self.pools.lock();
        if self.is_stopped() || held.failed {
            pool.close();
        }
        held.open.push(pool.clone());
    }

    /// The run is over: its buffers are freed. Its meters stay readable.
    pub(crate) fn run_ends(&self) {
        *self.pools.lock() = Pools::default();
    }
}
