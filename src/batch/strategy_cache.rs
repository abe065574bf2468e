//! The results of calibrations: one for all files that have the same size and codec and the same number of workers.

use std::collections::HashMap;

use parking_lot::{Mutex, MutexGuard};

/// Files of one kind: size and codec as the probe names them, and workers of the filter stage.
pub(super) type Kind = (String, usize);

/// The fastest way to run files of one kind.
#[derive(Clone)]
pub(super) struct Choice {
    pub strategy: String,
    pub workers: usize,
    pub decode_threads: usize,
}

/// The choices made so far.
#[derive(Default)]
pub(super) struct StrategyCache(Mutex<HashMap<Kind, Choice>>);

impl StrategyCache {
    /// Locks the cache. Hold the lock during a calibration, so that two slots do not calibrate at the same time and
    /// disturb each other's measurements.
    pub(super) fn lock(&self) -> MutexGuard<'_, HashMap<Kind, Choice>> {
        self.0.lock()
    }
}
