//! A source that somebody looks at while another reads it. Knows neither who looks nor what for.

use std::time::Duration;

use anyhow::Result;
use opencv::core::Mat;

use super::{Source, SourceInfo};
use crate::frame::Timing;
use crate::metrics::{Damage, Outages, StageTimer};

/// A source that is looked at while it is read. No frame of it can be skipped.
pub struct Tap<L> {
    inner: Box<dyn Source>,
    look: L,
}

impl<L> Tap<L>
where
    L: FnMut(&dyn Source, &Mat, Option<Timing>) -> Result<Option<Timing>> + Send,
{
    /// After every read `look` is given the source, the image and the time of its frame, none at the end. The time it
    /// returns is the one that whoever reads is told.
    pub fn new(inner: Box<dyn Source>, look: L) -> Self {
        Self { inner, look }
    }
}

impl<L> Source for Tap<L>
where
    L: FnMut(&dyn Source, &Mat, Option<Timing>) -> Result<Option<Timing>> + Send,
{
    fn info(&self) -> &SourceInfo {
        self.inner.info()
    }

    fn parts(&self) -> Vec<String> {
        self.inner.parts()
    }

    fn read(&mut self, image: &mut Mat, timer: &StageTimer<'_>) -> Result<Option<Timing>> {
        let timing = self.inner.read(image, timer)?;
        (self.look)(&*self.inner, image, timing)
    }

    fn ready(&mut self, wait: Duration) -> bool {
        self.inner.ready(wait)
    }

    fn unread(&self) -> u64 {
        self.inner.unread()
    }

    fn outages(&self) -> Outages {
        self.inner.outages()
    }

    fn damage(&self) -> Damage {
        self.inner.damage()
    }

    fn complaint(&self) -> Option<String> {
        self.inner.complaint()
    }
}
