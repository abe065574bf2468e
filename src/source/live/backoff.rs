//! How long a source that is lost is left alone before it is tried again: longer each time. Knows no source.

use crate::cancel::CancelToken;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The first pause and the longest.
const PAUSE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));
/// How often it is looked whether to go on waiting.
const STEP: Duration = Duration::from_millis(20);

/// The pauses between attempts; each is twice as long as the one before.
pub(in crate::source) struct Backoff(Duration);

impl Default for Backoff {
    fn default() -> Self {
        Self(PAUSE.0)
    }
}

impl Backoff {
    /// Waits before the next attempt, but not longer than `at_most`; true if `stopped` was set meanwhile.
    pub(in crate::source) fn wait(&mut self, at_most: Duration, stopped: &CancelToken) -> bool {
        let until = Instant::now() + self.0.min(at_most);
        self.0 = (self.0 * 2).min(PAUSE.1);
        while !stopped.is_cancelled() && Instant::now() < until {
            sleep(STEP.min(until.saturating_duration_since(Instant::now())));
        }
        stopped.is_cancelled()
    }
}
