//! What another thread may do about a run while it goes on: look at how far it is, and stop it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use parking_lot::Mutex;

use crate::frame::FramePool;
use crate::metrics::{LedgerReport, Meters, Snapshot};

/// Lets another thread look at a run while it goes on, and stop it.
#[derive(Debug, Default)]
pub struct Watch {
    /// The meters of the present run, or of the last one.
    meters: Mutex<Option<Arc<Meters>>>,
    /// The buffers of the present run, if there is one.
    pool: Mutex<Option<FramePool>>,
    stopped: Arc<AtomicBool>,
    ended: Arc<AtomicBool>,
}

impl Watch {
    /// Frames the present run has delivered so far.
    pub fn delivered(&self) -> u64 {
        self.meters.lock().as_ref().map_or(0, |meters| meters.ledger.delivered())
    }

    /// How the present run stands, or how the last one stood at its end; none before the first.
    pub fn snapshot(&self) -> Option<Snapshot> {
        // Not held while it looks: a run that begins need not wait for that.
        let meters = self.meters.lock().clone();
        meters.map(|meters| meters.snapshot())
    }

    /// Where the frames of the present run are so far.
    pub fn ledger(&self) -> LedgerReport {
        self.meters.lock().as_ref().map(|meters| meters.ledger.report()).unwrap_or_default()
    }

    /// Ends the present run as soon as the frames in hand are done, and every later one before its first frame. What it has
    /// written by then has no end.
    pub fn stop(&self) {
        // Before the pool is looked for: a run that begins meanwhile sees one or the other.
        self.stopped.store(true, Relaxed);
        if let Some(pool) = &*self.pool.lock() {
            pool.close();
        }
    }

    /// Whether it was told to stop.
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Relaxed)
    }

    /// Ends the present run in good order, as a limit would, and every later one before its first frame: no more frames are
    /// captured, and all that were are delivered.
    pub fn end(&self) {
        self.ended.store(true, Relaxed);
    }

    /// Whether it was told to end.
    pub fn is_ended(&self) -> bool {
        self.ended.load(Relaxed)
    }

    /// Whether it was told to end, now and later.
    pub fn ended(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.ended)
    }

    pub(crate) fn stopped(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stopped)
    }

    pub(crate) fn follow(&self, meters: &Arc<Meters>) {
        *self.meters.lock() = Some(Arc::clone(meters));
    }

    /// Stopping closes this pool from now on.
    pub(crate) fn may_close(&self, pool: &FramePool) {
        let mut held = self.pool.lock();
        if self.is_stopped() {
            pool.close();
        }
        *held = Some(pool.clone());
    }

    /// The run is over: its buffers are not kept.
    pub(crate) fn let_go(&self) {
        *self.pool.lock() = None;
    }
}
