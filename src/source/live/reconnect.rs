//! Cameras and URLs: read on a thread of their own, and opened again when they are lost.
//!
//! A lost camera does not say so: reads fail, at once and for ever, or after ten seconds in a library that cannot be
//! interrupted. So nobody else waits in such a read: whoever wants a frame waits in short steps, and can end meanwhile.
//! The thread always drains its source; who does not read in time misses frames, as with any camera.
//!
//! Knows neither how a camera or URL is read nor what becomes of the frames.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread::{Builder, JoinHandle, sleep};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use opencv::core::Mat;
use parking_lot::Mutex;

use super::connection::{Connect, Connection};
use super::health::Health;
use super::ring::{Ring, ring};
use crate::cancel::CancelToken;
use crate::frame::Timing;
use crate::metrics::{Damage, Outages, StageTimer};
use crate::source::options::OpenOptions;
use crate::source::{Source, SourceInfo};

/// How often whoever waits looks whether to go on waiting.
const STEP: Duration = Duration::from_millis(20);
/// How long the end of the thread is waited for: a camera must be closed before it can be opened again, but a library
/// call that hangs must not keep the program from ending.
const CLOSING: Duration = Duration::from_secs(1);
/// A library keeps its own time-out; ours is for those that do not.
const GRACE: Duration = Duration::from_secs(1);

/// A camera or URL, as it is seen by who reads it.
pub(in crate::source) struct Reconnect {
    name: String,
    info: SourceInfo,
    ring: Ring,
    halt: CancelToken,
    health: Arc<Mutex<Health>>,
    thread: Option<JoinHandle<()>>,
}

impl Reconnect {
    /// Opens a camera or URL. Setting `stopped` ends the wait for it.
    pub(in crate::source) fn open(
        name: String,
        connect: Connect,
        options: &OpenOptions,
        stopped: &CancelToken,
    ) -> Result<Self> {
        let (filler, used, ring) = ring();
        let (halt, health) = (CancelToken::default(), Arc::<Mutex<Health>>::default());
        let limit = options.reconnect.unwrap_or_default();
        let source = (name.clone(), connect);
        let connection = Connection::new(source, limit, halt.clone(), Arc::clone(&health), (filler, used));
        let (sender, opened) = channel();
        let thread = Builder::new().name("live input".into()).spawn(move || connection.run(&sender));
        let thread = thread.context("cannot start a thread for the input")?;
        let begun = Instant::now();
        let info = loop {
            match opened.recv_timeout(STEP) {
                Ok(Ok(info)) => break info,
                Ok(Err(error)) => return Err(error),
                Err(RecvTimeoutError::Disconnected) => bail!("{name} could not be opened"),
                Err(RecvTimeoutError::Timeout) => {}
            }
            let late = begun.elapsed() > options.timeout + GRACE;
            if late || stopped.is_cancelled() {
                halt.cancel();
                if late {
                    bail!("{name} did not answer within {} s (--timeout)", options.timeout.as_secs_f64());
                }
                bail!("stopped before {name} answered");
            }
        };
        Ok(Self { name, info, ring, halt, health, thread: Some(thread) })
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

    fn unread(&self) -> u64 {
        self.ring.unread()
    }

    fn outages(&self) -> Outages {
        let health = self.health.lock();
        let mut outages = health.outages;
        if let Some(silence) = health.silence() {
            outages.add(silence.as_secs_f64(), health.rate);
            outages.at_end = true;
        }
        outages
    }

    fn damage(&self) -> Damage {
        self.health.lock().damage
    }

    fn complaint(&self) -> Option<String> {
        let health = self.health.lock();
        let damage = health.damage.is_any().then(|| format!("{}: {}", self.name, health.damage));
        let silent = health.silence().map(|silence| {
            let frames = (silence.as_secs_f64() * health.rate).round();
            format!("{} gave nothing in the last {:.1} s, about {frames} frames", self.name, silence.as_secs_f64())
        });
        let all: Vec<_> =
            health.warning.clone().into_iter().chain(health.said.clone()).chain(damage).chain(silent).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }
}

impl Drop for Reconnect {
    fn drop(&mut self) {
        self.halt.cancel();
        let Some(thread) = self.thread.take() else { return };
        let begun = Instant::now();
        while !thread.is_finished() && begun.elapsed() < CLOSING {
            // Frees the thread if it waits for room.
            while self.ring.discard() {}
            sleep(Duration::from_millis(1));
        }
    }
}
