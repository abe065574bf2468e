//! `--as-camera`: a source that waits to be read plays one that does not.
//!
//! ```text
//! reader ─ decoded ahead ─▶ camera: waits until each is due ─▶ a driver's buffers ─▶ whoever reads
//! ```
//!
//! Frames come at their times, counted from when the first one was asked for, whether somebody reads or not; who is late
//! misses some. Decoding goes on ahead on a thread of its own, so that it does not disturb the pace; where it cannot
//! keep up, that is said. Knows neither what is done to frames nor what kind of source plays.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use opencv::core::Mat;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::ring::{Filler, Ready, Ring, Used, ring};
use crate::frame::Timing;
use crate::metrics::{Damage, Outages, StageMeter, StageTimer};
use crate::source::{Source, SourceInfo};

/// When the frames of a source come that plays a camera.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Pace {
    /// At the times the source says.
    Own,
    /// So many a second.
    Rate(f64),
}

/// Frames a second of sources that say none: as ffmpeg takes images.
const USUAL_FPS: f64 = 25.0;
/// Bytes and numbers of frames that are decoded ahead.
const AHEAD_BYTES: usize = 64 << 20;
const AHEAD: (usize, usize) = (4, 64);
/// A frame that is decoded later than this after it was due has disturbed the pace.
const TOLERANCE: Duration = Duration::from_millis(1);

/// A source that plays a camera.
pub(in crate::source) struct Paced {
    info: SourceInfo,
    ring: Ring,
    /// Tells the camera when to begin, and by being dropped, that nobody reads any more.
    begin: Option<Sender<Instant>>,
    begun: bool,
    threads: Vec<JoinHandle<()>>,
    told: Arc<Mutex<Told>>,
}

/// What the threads have to tell.
#[derive(Default)]
struct Told {
    complaint: Option<String>,
    outages: Outages,
    damage: Damage,
    frames: u64,
    late: u64,
    latest: Duration,
}

/// A frame that was decoded ahead.
struct Decoded {
    ready: Ready,
    at: Instant,
    /// What the source itself had lost by then.
    unread: u64,
}

impl Paced {
    /// Lets `source` play a camera. The camera starts when it is first asked for a frame.
    pub(in crate::source) fn new(source: Box<dyn Source>, pace: Pace) -> Result<Self> {
        let info = source.info();
        let rate = if let Pace::Rate(rate) = pace { Some(rate) } else { None };
        let fps = rate.or(info.fps).unwrap_or(USUAL_FPS);
        let ahead = (AHEAD_BYTES / info.shape.bytes().max(1)).clamp(AHEAD.0, AHEAD.1);
        let reader = format!("{}, as a camera", info.reader);
        let info = SourceInfo { fps: Some(fps), paced: true, reader, can_be_cut: false, ..info.clone() };
        let (begin, start) = channel();
        let (sender, decoded) = sync_channel(ahead);
        let (filler, used, ring) = ring();
        let told = Arc::<Mutex<Told>>::default();
        let camera = Camera { decoded, start, filler, rate, lead: period(fps), told: Arc::clone(&told) };
        let tell = Arc::clone(&told);
        let threads = vec![
            spawn("read ahead", move || read_ahead(source, &used, &sender, &tell))?,
            spawn("camera", move || camera.play())?,
        ];
        Ok(Self { info, ring, begin: Some(begin), begun: false, threads, told })
    }

    fn begin(&mut self) {
        if !std::mem::replace(&mut self.begun, true)
            && let Some(begin) = &self.begin
        {
            // Refused only when the camera has failed, and then the ring says why.
            let _ = begin.send(Instant::now());
        }
    }
}

impl Source for Paced {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn ready(&mut self, wait: Duration) -> bool {
        self.begin();
        self.ring.ready(wait)
    }

    fn read(&mut self, image: &mut Mat, _: &StageTimer<'_>) -> Result<Option<Timing>> {
        self.begin();
        self.ring.read(image)
    }

    fn skip(&mut self) -> Result<bool> {
        self.begin();
        self.ring.skip()
    }

    fn unread(&self) -> u64 {
        self.ring.unread()
    }

    fn outages(&self) -> Outages {
        self.told.lock().outages
    }

    fn damage(&self) -> Damage {
        self.told.lock().damage
    }

    fn complaint(&self) -> Option<String> {
        let told = self.told.lock();
        let Told { late, frames, latest, .. } = &*told;
        let slow = (*late > 0).then(|| {
            format!(
                "decoding could not keep up with {} FPS: {late} of {frames} frames came late, by up to {:.0} ms",
                (self.info.fps.unwrap_or(USUAL_FPS) * 100.0).round() / 100.0,
                latest.as_secs_f64() * 1e3
            )
        });
        let all: Vec<_> = [told.complaint.clone(), slow].into_iter().flatten().collect();
        (!all.is_empty()).then(|| all.join("; "))
    }
}

impl Drop for Paced {
    fn drop(&mut self) {
        // The camera wakes up, ends, and with it whoever reads ahead: at most one frame is still decoded.
        self.begin = None;
        for thread in self.threads.drain(..) {
            // A thread that panicked has said so, and its frames have ended.
            let _ = thread.join();
        }
    }
}

/// Reads frame after frame, as many ahead as there is room.
fn read_ahead(mut source: Box<dyn Source>, used: &Used, decoded: &SyncSender<Result<Decoded>>, told: &Mutex<Told>) {
    let clock = StageMeter::new("read ahead", 1, source.parts(), false).clock();
    loop {
        let mut image = used.image();
        let read = clock.busy(|timer| source.read(&mut image, timer));
        told.lock().damage = source.damage();
        let next = match read {
            Ok(None) => break,
            Ok(Some(timing)) => {
                Ok(Decoded { ready: Ready { image, timing }, at: Instant::now(), unread: source.unread() })
            }
            Err(error) => Err(error),
        };
        let failed = next.is_err();
        if decoded.send(next).is_err() || failed {
            break;
        }
    }
    let mut told = told.lock();
    (told.complaint, told.outages) = (source.complaint(), source.outages());
}

struct Camera {
    decoded: Receiver<Result<Decoded>>,
    start: Receiver<Instant>,
    filler: Filler,
    rate: Option<f64>,
    /// From the start to the first frame.
    lead: Duration,
    told: Arc<Mutex<Told>>,
}

impl Camera {
    /// Lets every frame come when it is due.
    fn play(self) {
        let Ok(start) = self.start.recv() else { return };
        let mut unread = 0;
        for (number, decoded) in (0_u64..).zip(&self.decoded) {
            let Decoded { ready: Ready { image, timing }, at, unread: unread_by_then } = match decoded {
                Ok(decoded) => decoded,
                Err(error) => return self.filler.fail(error),
            };
            let pts = self.rate.map_or(timing.pts, |rate| Duration::from_secs_f64(number as f64 / rate));
            let duration = self.rate.map_or(timing.duration, period);
            let due = start + self.lead + pts;
            if self.sleep_until(due) {
                return;
            }
            self.note(at.saturating_duration_since(due));
            self.filler.count_unread(unread_by_then - unread);
            unread = unread_by_then;
            let timing = Timing { pts, duration, arrived: Some(due.max(at)), ..timing };
            if self.filler.offer(Ready { image, timing }).is_break() {
                return;
            }
        }
    }

    /// Waits until then; true if nobody reads any more.
    fn sleep_until(&self, due: Instant) -> bool {
        loop {
            // Asked even when it is late already: there may be nobody to be late for.
            match self.start.recv_timeout(due.saturating_duration_since(Instant::now())) {
                Err(RecvTimeoutError::Disconnected) => return true,
                Err(RecvTimeoutError::Timeout) if Instant::now() >= due => return false,
                _ => {}
            }
        }
    }

    fn note(&self, late: Duration) {
        let mut told = self.told.lock();
        told.frames += 1;
        if late > TOLERANCE {
            told.late += 1;
            told.latest = told.latest.max(late);
        }
    }
}

fn period(fps: f64) -> Duration {
    Duration::from_secs_f64(1.0 / fps)
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    Builder::new().name(name.into()).spawn(work).with_context(|| format!("cannot start thread {name}"))
}
