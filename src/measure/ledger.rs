//! Where every frame went: captured = delivered + dropped + failed.
//!
//! Each number is counted where it happens, none is computed from the others, so that the balance is a real check.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Live counters of one run; shared by all its threads.
#[derive(Debug, Default)]
pub struct Ledger {
    captured: AtomicU64,
    delivered: AtomicU64,
    duplicate: AtomicU64,
    dropped: AtomicU64,
    failed: AtomicU64,
}

/// The ledger of a finished run, in frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LedgerReport {
    /// Frames the source handed over.
    pub captured: u64,
    /// Frames the sink took.
    pub delivered: u64,
    /// Delivered frames that repeated one delivered before (part of `delivered`).
    pub duplicate: u64,
    /// Frames given up on the way: by an overflow policy, or in flight when the run was stopped.
    pub dropped: u64,
    /// Frames a filter could not do.
    pub failed: u64,
}

impl Ledger {
    /// A frame came out of the source.
    pub fn capture(&self) {
        self.captured.fetch_add(1, Relaxed);
    }

    /// A frame was taken by the sink.
    pub fn deliver(&self) {
        self.delivered.fetch_add(1, Relaxed);
    }

    /// A frame was given up.
    pub fn drop_frame(&self) {
        self.dropped.fetch_add(1, Relaxed);
    }

    /// A filter could not do a frame.
    pub fn fail(&self) {
        self.failed.fetch_add(1, Relaxed);
    }

    /// Frames delivered so far.
    pub fn delivered(&self) -> u64 {
        self.delivered.load(Relaxed)
    }

    /// The numbers as they stand.
    pub fn report(&self) -> LedgerReport {
        LedgerReport {
            captured: self.captured.load(Relaxed),
            delivered: self.delivered.load(Relaxed),
            duplicate: self.duplicate.load(Relaxed),
            dropped: self.dropped.load(Relaxed),
            failed: self.failed.load(Relaxed),
        }
    }
}

impl LedgerReport {
    /// Whether every captured frame is accounted for.
    pub fn balances(&self) -> bool {
        self.captured == self.delivered + self.dropped + self.failed && self.duplicate <= self.delivered
    }

    /// Delivered frames that were new: what FPS counts.
    pub fn new_frames(&self) -> u64 {
        self.delivered - self.duplicate.min(self.delivered)
    }
}
