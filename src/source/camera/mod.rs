//! Cameras, read by V4L2 itself.
//!
//! OpenCV reads them, too, when asked (`--decoder opencv`). But OpenCV 4.6 does not tell when the driver had a frame,
//! so nobody could say how old it is; it hides the frames that the driver lost; it blocks for ten seconds when none
//! comes; it takes another size or rate than it was asked for and says nothing; and a camera that is gone looks open.
//! Here frames come straight from the driver's memory with their time and number.

mod device;
mod jpeg;
mod modes;
mod pixels;
mod spec;
mod stream;
mod through_opencv;

use std::collections::BTreeSet;
use std::io;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use opencv::core::Mat;
use rustix::time::{ClockId, clock_gettime};

use self::device::{Refusal, Set};
use self::modes::{Mode, choose, round, same_rate};
use self::stream::{Held, Stream};
use super::{Lost, Source, SourceInfo};
use crate::cancel::CancelToken;
use crate::frame::{Pixels, Timing};
use crate::metrics::StageTimer;

pub use device::CameraInfo;
pub use modes::{FormatInfo, SizeInfo};
pub use pixels::CameraFormat;
pub use spec::CameraSpec;
pub(super) use through_opencv::through_opencv;

const RECEIVE: usize = 0;
const CONVERT: usize = 1;

/// How long a wait lasts before it is looked whether anybody still wants frames.
const GLANCE: Duration = Duration::from_millis(100);

/// A camera from which nothing has come for so long is lost. In the dark some take a second a frame.
const STALLED: Duration = Duration::from_secs(5);

/// A frame that is older than this, or that is yet to come by more than this, has a time of some other clock.
const OLDEST: Duration = Duration::from_secs(60);
const YET_TO_COME: Duration = Duration::from_secs(1);

pub(super) struct Camera {
    info: SourceInfo,
    format: CameraFormat,
    stride: usize,
    stream: Stream,
    frames: u64,
    unread: u64,
    /// The number of the latest frame, as the driver counts.
    sequence: Option<u32>,
    /// When the first frame came.
    first: Option<Instant>,
    latest: Option<Duration>,
    unwanted: CancelToken,
}

/// Every camera of this machine, in the order of their numbers.
pub fn cameras() -> Vec<CameraInfo> {
    device::all()
}

/// The numbers of all video devices, in order. Not each is a camera, and none is asked.
pub fn video_devices() -> BTreeSet<u32> {
    device::numbers()
}

/// How a camera is to be driven for what is wanted of it.
fn mode(spec: &CameraSpec) -> Result<Mode> {
    let device = device::open(spec).with_context(|| name(spec))?;
    choose(&device::offers(&device), spec).map_err(|why| anyhow!("{} {why}", name(spec)))
}

fn name(spec: &CameraSpec) -> String {
    format!("camera:{}", spec.number)
}

impl Camera {
    /// Opens a camera, of which such pixels are wanted. A read that waits for a frame ends as at the end of the source once `unwanted` is true.
    pub(super) fn open(spec: &CameraSpec, pixels: Pixels, unwanted: CancelToken) -> Result<Self> {
        let refused = |error: io::Error| Refusal::of(&error, &spec.path());
        let mode = mode(spec)?;
        let device = device::open(spec).with_context(|| name(spec))?;
        let driver = device::driver(&device);
        let set = device::set(device, &mode).map_err(refused).with_context(|| name(spec))?;
        let format = check(&set, spec)?;
        let shape = format.shape(i32::try_from(set.width)?, i32::try_from(set.height)?, pixels);
        let rate = set.fps.map_or(String::new(), |fps| format!(" at {} fps", round(fps)));
        let info = SourceInfo {
            shape,
            fps: set.fps,
            paced: true,
            frames: None,
            reader: format!("V4L2 {driver}, {format}{rate}"),
            video: None,
            can_be_cut: false,
        };
        Ok(Self {
            info,
            format,
            stride: usize::try_from(set.stride)?,
            stream: Stream::new(set.device).map_err(refused).with_context(|| name(spec))?,
            frames: 0,
            unread: 0,
            sequence: None,
            first: None,
            latest: None,
            unwanted,
        })
    }

    /// Waits for a frame; false once nobody wants it any more.
    fn wait(&mut self) -> Result<bool, Lost> {
        let since = Instant::now();
        while !self.unwanted.is_cancelled() {
            if self.stream.wait(GLANCE).map_err(|error| self.lost(&error))? {
                return Ok(true);
            }
            let waited = since.elapsed();
            if waited >= STALLED {
                return Err(Lost::Stalled { frames: self.frames, waited });
            }
        }
        Ok(false)
    }

    /// What an error of the driver means once frames are read.
    fn lost(&self, error: &io::Error) -> Lost {
        let frames = self.frames;
        match error.raw_os_error() {
            Some(libc::ENODEV | libc::ENXIO) => Lost::Unplugged { frames },
            _ => Lost::Failed { frames, reason: error.to_string() },
        }
    }

    /// Counts the frames that are missing before this one.
    fn count(&mut self, sequence: u32) {
        let gap = self.sequence.replace(sequence).map_or(1, |latest| sequence.wrapping_sub(latest));
        // A driver that begins to count anew has lost nothing that we know of.
        if gap < u32::MAX / 2 {
            self.unread += u64::from(gap.saturating_sub(1));
        }
    }

    /// When a frame came, and where it belongs on the time line that begins with the first.
    fn timing(&mut self, at: Option<Duration>) -> Timing {
        let (now, clock) = (Instant::now(), monotonic());
        // Some drivers reckon when a frame was due, and are a little ahead.
        let at = at.filter(|at| *at < clock + YET_TO_COME && clock < *at + OLDEST);
        let arrived = at.and_then(|at| now.checked_sub(clock.saturating_sub(at)));
        let came = arrived.unwrap_or(now);
        let pts = came.saturating_duration_since(*self.first.get_or_insert(came));
        let pts = self.latest.map_or(pts, |latest| pts.max(latest + Duration::from_micros(1)));
        self.latest = Some(pts);
        let duration = self.info.fps.map_or(Duration::ZERO, |fps| Duration::from_secs_f64(1.0 / fps));
        Timing { pts, duration, arrived, ..Timing::default() }
    }
}

/// The driver's clock, which is that of `Instant`, too.
fn monotonic() -> Duration {
    clock_gettime(ClockId::Monotonic).try_into().unwrap_or_default()
}

/// Whether the camera gives what is wanted of it; its format, if so.
fn check(set: &Set, spec: &CameraSpec) -> Result<CameraFormat> {
    let Some(format) = CameraFormat::of_fourcc(set.fourcc) else {
        bail!("{} gives pictures in {}, which framerace does not read", name(spec), set.fourcc.escape_ascii());
    };
    let given = format!("{} gives {}x{} in {format}", name(spec), set.width, set.height);
    if spec.size.is_some_and(|size| size != (set.width, set.height)) || spec.format.is_some_and(|one| one != format) {
        bail!("{given} instead of what was asked for; `framerace devices` shows what it offers");
    }
    match (spec.fps, set.fps) {
        (Some(_), None) => bail!("{} lets nobody choose its rate; leave fps= away", name(spec)),
        (Some(wanted), Some(fps)) if !same_rate(wanted, fps) => {
            bail!("{given} at {} frames a second, not {}; leave fps= away or take that", round(fps), round(wanted))
        }
        _ => Ok(format),
    }
}

impl Source for Camera {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn parts(&self) -> Vec<String> {
        vec!["receive".into(), "convert".into()]
    }

    fn read(&mut self, image: &mut Mat, timer: &StageTimer<'_>) -> Result<Option<Timing>> {
        let (format, stride, shape) = (self.format, self.stride, self.info.shape);
        if !shape.fits(image) {
            *image = shape.image()?;
        }
        while self.wait()? {
            let taken = self.stream.take(|held: Held<'_>| {
                timer.split(RECEIVE);
                let whole = !held.damaged && format.convert(held.bytes, stride, shape, image)?;
                timer.split(CONVERT);
                Ok::<_, anyhow::Error>((held.sequence, held.at, whole))
            });
            let Some(frame) = taken.map_err(|error| self.lost(&error))? else { continue };
            let (sequence, at, whole) = frame?;
            self.count(sequence);
            if whole {
                self.frames += 1;
                return Ok(Some(self.timing(at)));
            }
            // It was there, and is of no use to anybody.
            self.unread += 1;
        }
        Ok(None)
    }

    fn ready(&mut self, wait: Duration) -> bool {
        // Reading tells why there will be no frame.
        self.stream.wait(wait).unwrap_or(true)
    }

    fn skip(&mut self) -> Result<bool> {
        while self.wait()? {
            let taken = self.stream.take(|held| held.sequence).map_err(|error| self.lost(&error))?;
            if let Some(sequence) = taken {
                self.count(sequence);
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn unread(&self) -> u64 {
        self.unread
    }
}
