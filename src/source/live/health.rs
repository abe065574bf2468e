//! How a camera or URL is doing: written by the thread that reads it, asked by whoever takes its frames.

use std::time::{Duration, Instant};

use crate::metrics::{Damage, Outages};

/// A source is silent that gives nothing for so long, and for so many of its frames.
const SILENT: (Duration, f64) = (Duration::from_secs(1), 10.0);

/// How a camera or URL is doing.
#[derive(Default)]
pub(super) struct Health {
    /// The outages that are over.
    pub outages: Outages,
    /// What was damaged in what came.
    pub damage: Damage,
    /// What the source itself has to say.
    pub said: Option<String>,
    /// What a user should know of the outages.
    pub warning: Option<String>,
    /// When the latest frame came; none before the first and after the last.
    pub latest: Option<Instant>,
    /// Frames a second.
    pub rate: f64,
    /// Whether it is being opened again.
    pub reopening: bool,
}

impl Health {
    /// There are no more frames, and need not be.
    pub(super) fn end(&mut self) {
        self.latest = None;
    }

    /// For how long it has given nothing, if it should have.
    pub(super) fn silence(&self) -> Option<Duration> {
        let silence = self.latest?.elapsed();
        let usual = Duration::try_from_secs_f64(SILENT.1 / self.rate).unwrap_or(Duration::MAX);
        (self.reopening || silence > usual.max(SILENT.0)).then_some(silence)
    }
}
