//! Cameras and URLs: read on a thread of their own, and opened again when they are lost.
//!
//! A lost camera does not say so: reads fail, at once and for ever, or after ten seconds in a library that cannot be
//! interrupted. So nobody else waits in such a read: whoever wants a frame waits in short steps, and can end meanwhile.
//! The thread always drains its source; who does not read in time misses frames, as with any camera.
//!
//! Knows neither how a camera or URL is read nor what becomes of the frames.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread::{Builder, JoinHandle, sleep};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use opencv::core::Mat;
use parking_lot::Mutex;

use super::ring::{Ring, ring};
use crate::frame::Timing;
use crate::metrics::{Outages, StageTimer};
use crate::source::live::connection::Line;
use crate::source::{Input, Opening, Source, SourceInfo, open_unless};

/// How often whoever waits looks whether to go on waiting.
pub(super) const STEP: Duration = Duration::from_millis(20);
/// How long the end of the thread is waited for: a camera must be closed before it can be opened again, but a library
/// call that hangs must not keep the program from ending.
const CLOSING: Duration = Duration::from_secs(1);
/// A library keeps its own time-out; ours is for those that do not.
const GRACE: Duration = Duration::from_secs(1);
/// How long something lost is left alone before it is tried again: at first, and at most.
pub(super) const PAUSE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));
/// A source is silent that gives nothing for so long, and for so many of its frames.
const SILENT: (Duration, f64) = (Duration::from_secs(1), 10.0);

/// A camera or URL, as it is seen by who reads it.
pub(in crate::source) struct Reconnect {
    name: String,
    info: SourceInfo,
    ring: Ring,
    halt: Arc<AtomicBool>,
    told: Arc<Mutex<Told>>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread has to tell.
#[derive(Default)]
pub(super) struct Told {
    pub(super) outages: Outages,
    pub(super) complaint: Option<String>,
    /// When the latest frame came; none before the first and after the last.
    pub(super) latest: Option<Instant>,
    /// Frames a second.
    pub(super) rate: f64,
    /// Whether it is being opened again.
    pub(super) gone: bool,
}

impl Told {
    /// There are no more frames, and need not be.
    pub(super) fn over(&mut self, complaint: Option<String>) {
        (self.complaint, self.latest) = (complaint, None);
    }

    /// For how long it has given nothing, if it should have.
    pub(super) fn silence(&self) -> Option<Duration> {
        let silence = self.latest?.elapsed();
        let usual = Duration::try_from_secs_f64(SILENT.1 / self.rate).unwrap_or(Duration::MAX);
        (self.gone || silence > usual.max(SILENT.0)).then_some(silence)
    }
}

impl Reconnect {
    /// Opens a camera or URL. Setting `stopped` ends the wait for it.
    pub(in crate::source) fn open(input: &Input, opening: &Opening, stopped: &AtomicBool) -> Result<Self> {
        let (filler, used, ring) = ring();
        let (halt, told) = (Arc::<AtomicBool>::default(), Arc::<Mutex<Told>>::default());
        let line = Line::new(input, *opening, Arc::clone(&halt), Arc::clone(&told), filler, used);
        let (tell, opened) = channel();
        let thread = Builder::new().name("live input".into()).spawn(move || line.run(&tell));
        let thread = thread.context("cannot start a thread for the input")?;
        let begun = Instant::now();
        let info = loop {
            match opened.recv_timeout(STEP) {
                Ok(Ok(info)) => break info,
                Ok(Err(error)) => return Err(error),
                Err(RecvTimeoutError::Disconnected) => bail!("{input} could not be opened"),
                Err(RecvTimeoutError::Timeout) => {}
            }
            let late = begun.elapsed() > opening.timeout + GRACE;
            if late || stopped.load(Relaxed) {
                halt.store(true, Relaxed);
                if late {
                    bail!("{input} did not answer within {} s (--timeout)", opening.timeout.as_secs_f64());
                }
                bail!("stopped before {input} answered");
            }
        };
        Ok(Self { name: input.to_string(), info, ring, halt, told, thread: Some(thread) })
    }
}

impl Source for Reconnect {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn ready(&mut self, wait: Duration) -> bool {
        self.ring.ready(wait)
    }

    fn read(&mut self, image: &mut Mat, _: &StageTimer<'_>) -> Result<Option<Timing>> {
        self.ring.read(image)
    }

    fn skip(&mut self) -> Result<bool> {
        self.ring.skip()
    }

    fn missed(&self) -> u64 {
        self.ring.missed()
    }

    fn outages(&self) -> Outages {
        let told = self.told.lock();
        let mut outages = told.outages;
        if let Some(silence) = told.silence() {
            outages.add(silence.as_secs_f64(), told.rate);
            outages.at_end = true;
        }
        outages
    }

    fn complaint(&self) -> Option<String> {
        let told = self.told.lock();
        let silent = told.silence().map(|silence| {
            let frames = (silence.as_secs_f64() * told.rate).round();
            format!("{} gave nothing in the last {:.1} s, about {frames} frames", self.name, silence.as_secs_f64())
        });
        let all: Vec<_> = told.complaint.clone().into_iter().chain(silent).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }
}

impl Drop for Reconnect {
    fn drop(&mut self) {
        self.halt.store(true, Relaxed);
        let Some(thread) = self.thread.take() else { return };
        let begun = Instant::now();
        while !thread.is_finished() && begun.elapsed() < CLOSING {
            // Frees the thread if it waits for room.
            while self.ring.discard() {}
            sleep(Duration::from_millis(1));
        }
    }
}

/// Opens an input that was open a moment ago: a camera or URL that is gone is tried again for as long as `opening` says.
///
/// # Errors
/// As [`open`](crate::source::open), of the last try; also when it was stopped.
pub fn open_again(stopped: &AtomicBool, input: &Input, opening: &Opening) -> Result<Box<dyn Source>> {
    let (since, mut pause) = (Instant::now(), PAUSE.0);
    loop {
        let error = match open_unless(stopped, input, opening) {
            Ok(source) => return Ok(source),
            Err(error) => error,
        };
        let left = opening.reconnect.unwrap_or_default().saturating_sub(since.elapsed());
        let comes_back = matches!(input, Input::Camera(_) | Input::Url(_));
        if !comes_back || left.is_zero() || stopped.load(Relaxed) {
            return Err(error);
        }
        let until = Instant::now() + pause.min(left);
        while !stopped.load(Relaxed) && Instant::now() < until {
            sleep(STEP.min(until.saturating_duration_since(Instant::now())));
        }
        pause = (pause * 2).min(PAUSE.1);
    }
}
