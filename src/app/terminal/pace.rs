//! How fast something goes, and how long still: by the last seconds rather than by all, so that a slow beginning is soon
//! forgotten. The only door to indicatif, whose estimate this is; what it would draw, `screen` draws.

use std::time::Duration;

use indicatif::ProgressBar;

/// What it goes by.
pub(super) struct Pace(ProgressBar);

/// How fast, and how long still.
#[derive(Clone, Copy)]
pub(super) struct Estimate {
    /// Frames a second.
    pub fps: f64,
    /// None where nobody knows.
    pub left: Option<Duration>,
}

impl Pace {
    /// From now on.
    pub(super) fn new() -> Self {
        Self(ProgressBar::hidden())
    }

    /// So many frames are done, of so many if somebody knows.
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
    fn it_goes_by_what_is_done() {
        let pace = Pace::new();
        let mut last = pace.at(0, Some(1000));
        assert!(last.fps == 0.0 && last.left.is_none(), "at first nobody knows");
        for frames in 1..=24 {
            sleep(Duration::from_millis(50));
            last = pace.at(frames, Some(1000));
        }
        // Sleeping takes at least as long as asked for, and on a busy machine much longer.
        assert!(last.fps > 0.1 && last.fps < 21.0, "{}", last.fps);
        assert!(last.left.is_some_and(|left| left > Duration::from_secs(40)), "{:?}", last.left);
        assert!(pace.at(1000, Some(1000)).left.is_none() && pace.at(1001, None).left.is_none());
    }
}
