//! The line to a camera or URL, on its own thread: opened, read, lost, and opened again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::Sender;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail};
use opencv::core::Mat;
use parking_lot::Mutex;

use super::reconnect::{PAUSE, STEP, Told};
use crate::frame::{Shape, Timing};
use crate::metrics::{StageClock, StageMeter};
use crate::source::live::ring::{Filler, Ready, Used};
use crate::source::{Input, Opening, Source, SourceInfo, reader};

/// How a source is lost that has no more frames, though it has no end.
const ENDED: &str = "it ended";

/// Why there are no more frames from a source that was opened.
enum End {
    /// Nobody reads them.
    Unwanted,
    /// It has given all it has.
    Over,
    /// It is lost: how.
    Lost(String),
}

/// The line to a camera or URL, which may break.
pub(in crate::source) struct Line {
    input: Input,
    opening: Opening,
    halt: Arc<AtomicBool>,
    told: Arc<Mutex<Told>>,
    filler: Filler,
    used: Used,
    clock: StageClock,
    /// When the first and the latest frame came.
    first: Option<Instant>,
    latest: Option<Instant>,
    frames: u64,
    lost: bool,
    pause: Duration,
}

impl Line {
    /// Not opened yet; that is the first thing it does.
    pub(super) fn new(
        input: &Input,
        opening: Opening,
        halt: Arc<AtomicBool>,
        told: Arc<Mutex<Told>>,
        filler: Filler,
        used: Used,
    ) -> Self {
        Self {
            input: input.clone(),
            opening,
            halt,
            told,
            filler,
            used,
            clock: StageMeter::new("live input", 1, Vec::new(), false).clock(),
            first: None,
            latest: None,
            frames: 0,
            lost: false,
            pause: PAUSE.0,
        }
    }

    /// Reads until the source ends for good, or nobody wants frames any more.
    pub(in crate::source) fn run(mut self, tell: &Sender<Result<SourceInfo>>) {
        let opened = reader(&self.input, &self.opening, &self.halt);
        let (mut source, info) = match opened {
            Ok(source) => {
                let info = source.info().clone();
                let shown = format!("{}, on a thread of its own", info.reader);
                // Refused only when nobody waits any more, which the first frame will tell as well.
                let _ = tell.send(Ok(SourceInfo { reader: shown, ..info.clone() }));
                (source, info)
            }
            Err(error) => {
                let _ = tell.send(Err(error));
                return;
            }
        };
        loop {
            match self.drain(source.as_mut(), &info) {
                End::Unwanted => return,
                End::Over => return self.told.lock().over(source.complaint()),
                End::Lost(why) => {
                    drop(source);
                    match self.reopen(&why, &info) {
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
        let mut missed = 0;
        loop {
            let mut image = self.used.image();
            let read = self.clock.busy(|timer| source.read(&mut image, timer));
            if self.halt.load(Relaxed) {
                return End::Unwanted;
            }
            let timing = match read {
                Ok(Some(timing)) => timing,
                Ok(None) if !info.paced => return End::Over,
                Ok(None) => return End::Lost(ENDED.into()),
                Err(error) => return End::Lost(format!("{error:#}")),
            };
            if !info.shape.fits(&image) {
                self.filler.fail(self.other_shape(&image, info));
                return End::Unwanted;
            }
            self.filler.miss(source.missed().saturating_sub(missed));
            missed = source.missed();
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
        if std::mem::take(&mut self.lost)
            && let Some(latest) = self.latest
        {
            let seconds = arrived.saturating_duration_since(latest).as_secs_f64();
            let mut told = self.told.lock();
            told.outages.add(seconds, self.rate(info));
            told.complaint = Some(format!("{} {}", self.input, told.outages));
            self.pause = PAUSE.0;
        }
        let first = *self.first.get_or_insert(arrived);
        self.latest = Some(arrived);
        self.frames += 1;
        let again = {
            let mut told = self.told.lock();
            // Who waits to be read may be made to wait.
            told.latest = info.paced.then(Instant::now);
            (told.rate, told.gone) = (self.rate(info), false);
            // Two openings have two time lines; the clock on the wall is common to both.
            told.outages.count > 0
        };
        let pts = if again { arrived.saturating_duration_since(first) } else { timing.pts };
        Timing { pts, arrived: Some(arrived), ..timing }
    }

    /// Frames a second so far, as far as it can be told.
    fn rate(&self, info: &SourceInfo) -> f64 {
        let seconds = self.first.zip(self.latest).map_or(0.0, |(first, latest)| (latest - first).as_secs_f64());
        let measured = (self.frames > 1 && seconds > 0.0).then(|| (self.frames - 1) as f64 / seconds);
        measured.or(info.fps).unwrap_or(0.0)
    }

    /// Tries to open it again until that succeeds; none if it does not in time, or nobody wants it.
    fn reopen(&mut self, why: &str, info: &SourceInfo) -> Result<Option<Box<dyn Source>>> {
        let since = Instant::now();
        self.lost = true;
        self.told.lock().gone = true;
        loop {
            let limit = self.opening.reconnect.unwrap_or_default();
            let left = limit.saturating_sub(since.elapsed());
            if left.is_zero() {
                self.give_up(why, limit, info);
                return Ok(None);
            }
            if self.sleep(self.pause.min(left)) {
                return Ok(None);
            }
            self.pause = (self.pause * 2).min(PAUSE.1);
            match reader(&self.input, &self.opening, &self.halt) {
                Ok(source) if source.info().shape == info.shape => return Ok(Some(source)),
                Ok(source) => {
                    let (now, before) = (source.info().shape, info.shape);
                    bail!("{} came back with frames of {now}, but began with {before}", self.input)
                }
                // It is not back yet.
                Err(_) => {}
            }
        }
    }

    fn give_up(&self, why: &str, limit: Duration, info: &SourceInfo) {
        let mut told = self.told.lock();
        let ended = why == ENDED;
        // What is over is not silent.
        (told.latest, told.gone) = (None, false);
        if !ended {
            let seconds = self.latest.map_or(0.0, |latest| latest.elapsed().as_secs_f64());
            told.outages.add(seconds, self.rate(info));
            (told.outages.for_good, told.outages.at_end) = (true, true);
        }
        let what = if ended { "ended" } else { "was lost" };
        let back = if limit.is_zero() {
            String::new()
        } else {
            format!(" and did not come back within {} s (--reconnect)", limit.as_secs_f64())
        };
        let cause = if ended { String::new() } else { format!(": {why}") };
        let before = told.complaint.take().map_or_else(String::new, |before| format!("{before}; "));
        told.complaint = Some(format!("{before}{} {what} after {} frames{back}{cause}", self.input, self.frames));
    }

    /// Waits; true if nobody wants frames any more.
    fn sleep(&self, pause: Duration) -> bool {
        let until = Instant::now() + pause;
        while !self.halt.load(Relaxed) && Instant::now() < until {
            sleep(STEP.min(until.saturating_duration_since(Instant::now())));
        }
        self.halt.load(Relaxed)
    }

    fn other_shape(&self, image: &Mat, info: &SourceInfo) -> anyhow::Error {
        match Shape::of(image) {
            Ok(now) => anyhow!("{} now gives frames of {now}, but began with {}", self.input, info.shape),
            Err(error) => error,
        }
    }
}
