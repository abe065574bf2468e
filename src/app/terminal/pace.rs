//! The rate of something, and the time left. It is computed from the last seconds, so that a slow start has no lasting
//! effect. Only this file imports indicatif, which makes the estimate; `screen` draws.

use std::time::Duration;

use indicatif::ProgressBar;

/// The progress so far.
pub(super) struct Pace(ProgressBar);

#[derive(Clone, Copy)]
pub(super) struct Estimate {
    pub fps: f64,
    /// None if it is unknown.
    pub left: Option<Duration>,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self(ProgressBar::hidden())
    }

    /// The estimate after `frames`, of `all` frames if their number is known.
    pub(super) fn at(&self, frames: u64, all: Option<u64>) -> Estimate {
        match all {
            Some(all) => self.0.set_length(all),
            None => self.0.unset_length(),
        }
        self.0.set_position(frames);
        let known = all.is_some_and(|all| all > frames) && self.0.elapsed() > Duration::from_secs(1);
        let left = Some(self.0.eta()).filter(|left| known && !left.is_zero());
        Estimate { fps: self.0.per_sec(), left }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread::sleep;

    #[test]
    fn the_rate_follows_the_frames_done() {
        let pace = Pace::new();
        let mut last = pace.at(0, Some(1000));
        assert!(last.fps == 0.0 && last.left.is_none(), "unknown at first");
        for frames in 1..=24 {
            sleep(Duration::from_millis(50));
            last = pace.at(frames, Some(1000));
        }
        // Sleeping takes at least the time given, and on a busy machine much longer.
        assert!(last.fps > 0.1 && last.fps < 21.0, "{}", last.fps);
        assert!(last.left.is_some_and(|left| left > Duration::from_secs(40)), "{:?}", last.left);
        assert!(pace.at(1000, Some(1000)).left.is_none() && pace.at(1001, None).left.is_none());
    }
}
