//! The connection to a camera or URL, on its own thread: opened, read, lost, and opened again. Knows neither how the
//! source is opened nor what becomes of its frames.

use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail};
use opencv::core::Mat;
use parking_lot::Mutex;

use super::backoff::Backoff;
use super::health::Health;
use super::ring::{Filler, Ready, Used};
use crate::cancel::CancelToken;
use crate::frame::{Shape, Timing};
use crate::metrics::{StageClock, StageMeter};
use crate::source::{Source, SourceInfo};

/// Opens the source. Setting the flag it is given ends a wait, where the library lets us.
pub(in crate::source) type Connect = Box<dyn Fn(&CancelToken) -> Result<Box<dyn Source>> + Send>;

/// Why there are no more frames from a source that was opened.
enum End {
    /// Nobody reads them.
    Unwanted,
    /// It has given all it has.
    Complete,
    /// It is lost: why; none if it ended, though it should have no end.
    Lost(Option<String>),
}

/// The connection to a camera or URL, which may be lost.
pub(super) struct Connection {
    name: String,
    connect: Connect,
    /// How long it is tried again once it is lost.
    limit: Duration,
    halt: CancelToken,
    health: Arc<Mutex<Health>>,
    filler: Filler,
    used: Used,
    clock: StageClock,
    /// When the first and the latest frame came.
    first: Option<Instant>,
    latest: Option<Instant>,
    frames: u64,
    lost: bool,
    backoff: Backoff,
}

impl Connection {
    /// Not opened yet; [`run`](Self::run) does that first.
    pub(super) fn new(
        (name, connect): (String, Connect),
        limit: Duration,
        halt: CancelToken,
        health: Arc<Mutex<Health>>,
        (filler, used): (Filler, Used),
    ) -> Self {
        Self {
            name,
            connect,
            limit,
            halt,
            health,
            filler,
            used,
            clock: StageMeter::new("live input", 1, Vec::new(), false).clock(),
            first: None,
            latest: None,
            frames: 0,
            lost: false,
            backoff: Backoff::default(),
        }
    }

    /// Reads until the source ends for good, or nobody wants frames any more. Sends what was opened, or why it was not.
    pub(super) fn run(mut self, opened: &Sender<Result<SourceInfo>>) {
        let (mut source, info) = match (self.connect)(&self.halt) {
            Ok(source) => {
                let info = source.info().clone();
                let reader = format!("{}, on a thread of its own", info.reader);
                // Refused only when nobody waits any more, which the first frame will show as well.
                let _ = opened.send(Ok(SourceInfo { reader, ..info.clone() }));
                (source, info)
            }
            Err(error) => {
                let _ = opened.send(Err(error));
                return;
            }
        };
        loop {
            match self.drain(source.as_mut(), &info) {
                End::Unwanted => return,
                End::Complete => return self.health.lock().end(),
                End::Lost(why) => {
                    drop(source);
                    match self.reopen(why.as_deref(), &info) {
                        Ok(Some(again)) => source = again,
                        Ok(None) => return,
                        Err(error) => return self.filler.fail(error),
                    }
                }
            }
        }
    }

    /// Reads as long as there are frames.
    fn drain(&mut self, source: &mut dyn Source, info: &SourceInfo) -> End {
        let mut unread = 0;
        let before = self.health.lock().damage;
        loop {
            let mut image = self.used.image();
            let read = self.clock.busy(|timer| source.read(&mut image, timer));
            {
                let mut health = self.health.lock();
                (health.damage, health.said) = (before.and(source.damage()), source.complaint());
            }
            if self.halt.is_cancelled() {
                return End::Unwanted;
            }
            let timing = match read {
                Ok(Some(timing)) => timing,
                Ok(None) if !info.paced => return End::Complete,
                Ok(None) => return End::Lost(None),
                Err(error) => return End::Lost(Some(format!("{error:#}"))),
            };
            if !info.shape.fits(&image) {
                self.filler.fail(self.other_shape(&image, info));
                return End::Unwanted;
            }
            self.filler.count_unread(source.unread().saturating_sub(unread));
            unread = source.unread();
            let timing = self.came(timing, info);
            let ready = Ready { image, timing };
            // What is not live waits to be read.
            let flow = if info.paced { self.filler.offer(ready) } else { self.filler.push(ready) };
            if flow.is_break() {
                return End::Unwanted;
            }
        }
    }

    /// A frame came, maybe the first one after an outage. Its place on the time line goes on after that.
    fn came(&mut self, timing: Timing, info: &SourceInfo) -> Timing {
        let arrived = timing.arrived.unwrap_or_else(Instant::now);
        let mut health = self.health.lock();
        if std::mem::take(&mut self.lost)
            && let Some(latest) = self.latest
        {
            let seconds = arrived.saturating_duration_since(latest).as_secs_f64();
            health.outages.add(seconds, self.rate(info));
            health.warning = Some(format!("{} {}", self.name, health.outages));
            self.backoff = Backoff::default();
        }
        let first = *self.first.get_or_insert(arrived);
        self.latest = Some(arrived);
        self.frames += 1;
        // A source that waits to be read may be kept waiting: it is never silent.
        health.latest = info.paced.then(Instant::now);
        (health.rate, health.reopening) = (self.rate(info), false);
        // Two openings have two time lines; the clock on the wall is common to both.
        let reopened = health.outages.count > 0;
        let pts = if reopened { arrived.saturating_duration_since(first) } else { timing.pts };
        Timing { pts, arrived: Some(arrived), ..timing }
    }

    /// Frames a second so far, as far as it can be told.
    fn rate(&self, info: &SourceInfo) -> f64 {
        let seconds = self.first.zip(self.latest).map_or(0.0, |(first, latest)| (latest - first).as_secs_f64());
        let measured = (self.frames > 1 && seconds > 0.0).then(|| (self.frames - 1) as f64 / seconds);
        measured.or(info.fps).unwrap_or(0.0)
    }

    /// Tries to open it again until that succeeds; none if it does not in time, or nobody wants it.
    fn reopen(&mut self, why: Option<&str>, info: &SourceInfo) -> Result<Option<Box<dyn Source>>> {
        let since = Instant::now();
        self.lost = true;
        self.health.lock().reopening = true;
        loop {
            let left = self.limit.saturating_sub(since.elapsed());
            if left.is_zero() {
                self.give_up(why, info);
                return Ok(None);
            }
            if self.backoff.wait(left, &self.halt) {
                return Ok(None);
            }
            match (self.connect)(&self.halt) {
                Ok(source) if source.info().shape == info.shape => return Ok(Some(source)),
                Ok(source) => {
                    let (now, before) = (source.info().shape, info.shape);
                    bail!("{} came back with frames of {now}, but began with {before}", self.name)
                }
                // It is not back yet.
                Err(_) => {}
            }
        }
    }

    /// It did not come back in time.
    fn give_up(&self, why: Option<&str>, info: &SourceInfo) {
        let mut health = self.health.lock();
        // What has ended is not silent.
        (health.latest, health.reopening) = (None, false);
        if why.is_some() {
            let seconds = self.latest.map_or(0.0, |latest| latest.elapsed().as_secs_f64());
            health.outages.add(seconds, self.rate(info));
            (health.outages.for_good, health.outages.at_end) = (true, true);
        }
        let what = if why.is_some() { "was lost" } else { "ended" };
        let back = if self.limit.is_zero() {
            String::new()
        } else {
            format!(" and did not come back within {} s (--reconnect)", self.limit.as_secs_f64())
        };
        let cause = why.map_or_else(String::new, |why| format!(": {why}"));
        let before = health.warning.take().map_or_else(String::new, |before| format!("{before}; "));
        health.warning = Some(format!("{before}{} {what} after {} frames{back}{cause}", self.name, self.frames));
    }

    fn other_shape(&self, image: &Mat, info: &SourceInfo) -> anyhow::Error {
        match Shape::of(image) {
            Ok(now) => anyhow!("{} now gives frames of {now}, but began with {}", self.name, info.shape),
            Err(error) => error,
        }
    }
}
