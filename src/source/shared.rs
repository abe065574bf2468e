//! A source that stays open while one run after the other reads on from it: what a change of settings must not close.
//!
//! Every run sees it begin: with time zero, nothing unread and no outage. It can be paused; then it has no frame for
//! anybody. Who runs, and why they change, is not known here.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::sleep;
use std::time::Duration;

use anyhow::Result;
use opencv::core::Mat;
use parking_lot::Mutex;

use super::{Source, SourceInfo};
use crate::frame::Timing;
use crate::metrics::{Damage, Outages, StageTimer};

/// A source that stays open. One run at a time may read from it.
pub struct SharedSource {
    info: SourceInfo,
    source: Arc<Mutex<Box<dyn Source>>>,
    paused: Arc<AtomicBool>,
}

/// A kept source, as one run sees it.
struct SharedReader {
    info: SourceInfo,
    source: Arc<Mutex<Box<dyn Source>>>,
    paused: Arc<AtomicBool>,
    /// The time of the run's first frame.
    first: Option<Duration>,
    unread_before: u64,
    outages_before: Outages,
    damage_before: Damage,
}

impl SharedSource {
    /// Keeps an open source.
    pub fn new(source: Box<dyn Source>) -> Self {
        Self { info: source.info().clone(), source: Arc::new(Mutex::new(source)), paused: Arc::default() }
    }

    /// What it is.
    pub fn info(&self) -> &SourceInfo {
        &self.info
    }

    /// For the next run, which reads on where the one before stopped.
    pub fn reader(&self) -> Box<dyn Source> {
        let (unread_before, outages_before, damage_before) = {
            let source = self.source.lock();
            (source.unread(), source.outages(), source.damage())
        };
        let (source, paused) = (Arc::clone(&self.source), Arc::clone(&self.paused));
        let info = self.info.clone();
        Box::new(SharedReader { info, source, paused, first: None, unread_before, outages_before, damage_before })
    }

    /// Lets it have no frames for a while, or have them again. What comes by itself meanwhile is not read.
    pub fn pause(&self, paused: bool) {
        self.paused.store(paused, Relaxed);
    }
}

impl Source for SharedReader {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn parts(&self) -> Vec<String> {
        self.source.lock().parts()
    }

    fn read(&mut self, image: &mut Mat, timer: &StageTimer<'_>) -> Result<Option<Timing>> {
        let timing = self.source.lock().read(image, timer)?;
        Ok(timing.map(|timing| {
            let first = *self.first.get_or_insert(timing.pts);
            Timing { pts: timing.pts.saturating_sub(first), ..timing }
        }))
    }

    fn ready(&mut self, wait: Duration) -> bool {
        if self.paused.load(Relaxed) {
            sleep(wait);
            return false;
        }
        self.source.lock().ready(wait)
    }

    fn skip(&mut self) -> Result<bool> {
        self.source.lock().skip()
    }

    fn unread(&self) -> u64 {
        self.source.lock().unread().saturating_sub(self.unread_before)
    }

    fn outages(&self) -> Outages {
        let (now, before) = (self.source.lock().outages(), self.outages_before);
        Outages {
            count: now.count.saturating_sub(before.count),
            seconds: now.seconds - before.seconds,
            frames: now.frames.saturating_sub(before.frames),
            for_good: now.for_good,
            at_end: now.at_end,
        }
    }

    fn damage(&self) -> Damage {
        self.source.lock().damage().since(self.damage_before)
    }

    fn complaint(&self) -> Option<String> {
        self.source.lock().complaint()
    }
}
