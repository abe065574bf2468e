//! `twin:FILE`: a camera that was recorded, with the times at which its frames came, and plays them again for every
//! strategy and run: the same frames, jitter, stalls and gaps.
//!
//! Knows what a twin is made of, and not how its pictures are encoded.

mod schedule;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use opencv::core::{self, Mat, MatTraitConstManual};
use parking_lot::Mutex;
use xxhash_rust::xxh3::xxh3_64;

use super::{OpenOptions, Source, SourceInfo, Tap, file};
use crate::cancel::CancelToken;
use crate::frame::{Pixels, Shape, Timing};
use crate::metrics::{Outages, StageTimer};

pub use schedule::{Arrival, Schedule};

/// Opens a twin. Its frames have the times at which they came; keeping to them is somebody else's work.
pub(super) fn open(path: &Path, opening: &OpenOptions) -> Result<Box<dyn Source>> {
    let address = file::Address::of(path, opening, &CancelToken::default())?;
    let schedule = Schedule::read(path)?;
    let frames = file::File::open(address, opening)?;
    let Shape { width, height, .. } = frames.info().shape;
    let shape = Shape { width, height, pixels: if schedule.gray { Pixels::Gray8 } else { Pixels::Bgr8 } };
    let info = SourceInfo {
        shape,
        fps: schedule.fps,
        paced: true,
        frames: Some(schedule.frames.len() as u64 * u64::from(opening.times)),
        reader: format!("twin of {}", schedule.input),
        video: None,
        can_be_cut: false,
    };
    Ok(Box::new(Recording { path: path.to_owned(), info, frames, schedule, color: Mat::default(), next: 0, unread: 0 }))
}

struct Recording {
    path: PathBuf,
    info: SourceInfo,
    frames: file::File,
    schedule: Schedule,
    /// A gray frame, as the video decoder gives it.
    color: Mat,
    next: usize,
    unread: u64,
}

impl Recording {
    fn decode(&mut self, image: &mut Mat, timer: &StageTimer<'_>) -> Result<bool> {
        if !self.schedule.gray {
            return Ok(self.frames.read(image, timer)?.is_some());
        }
        let there = self.frames.read(&mut self.color, timer)?.is_some();
        if there {
            core::extract_channel(&self.color, image, 0)?;
        }
        Ok(there)
    }
}

impl Source for Recording {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn parts(&self) -> Vec<String> {
        self.frames.parts()
    }

    fn read(&mut self, image: &mut Mat, timer: &StageTimer<'_>) -> Result<Option<Timing>> {
        let all = self.schedule.frames.len();
        let Some(pass) = self.next.checked_div(all).filter(|_| Some(self.next as u64) < self.info.frames) else {
            return Ok(None);
        };
        let at = self.next % all;
        let arrival = self.schedule.frames[at];
        let whole = self.decode(image, timer)? && hash(image)? == arrival.hash;
        ensure!(whole, "{} is damaged: frame {at} of {all} is not what was recorded", self.path.display());
        self.next += 1;
        self.unread += arrival.unread;
        let begin = self.schedule.lasts() * u32::try_from(pass)?;
        Ok(Some(Timing { pts: begin + arrival.at(), duration: self.schedule.period(), ..Timing::default() }))
    }

    fn unread(&self) -> u64 {
        self.unread
    }

    fn outages(&self) -> Outages {
        // What was lost then did not come back later than it did.
        Outages { for_good: false, at_end: false, ..self.schedule.outages }
    }

    fn complaint(&self) -> Option<String> {
        let outages = self.outages();
        (outages.count > 0).then(|| format!("when it was recorded, {} {outages}", self.schedule.input))
    }
}

/// What was noted.
#[derive(Default)]
struct Notes {
    /// When the first frame came, of a source that does not wait.
    first: Option<Instant>,
    frames: Vec<Arrival>,
    unread: u64,
    outages: Outages,
}

impl Notes {
    /// A frame has come; its time is from now on the one that was noted.
    fn note(&mut self, source: &dyn Source, image: &Mat, timing: Timing) -> Result<Timing> {
        // A source that waits to be read has no other times than its own.
        let since = timing.arrived.map_or(timing.pts, |arrived| arrived - *self.first.get_or_insert(arrived));
        let earliest = self.frames.last().map_or(0, |before| before.us + 1);
        let us = u64::try_from(since.as_micros())?.max(earliest);
        let unread = source.unread();
        self.frames.push(Arrival { us, unread: unread - self.unread, hash: hash(image)? });
        (self.unread, self.outages) = (unread, source.outages());
        Ok(Timing { pts: Duration::from_micros(us), ..timing })
    }
}

/// What is noted of a source while somebody else reads it, so that a twin of it can be made.
pub struct ArrivalRecorder {
    notes: Arc<Mutex<Notes>>,
    input: String,
    info: SourceInfo,
}

impl ArrivalRecorder {
    /// For a source that was opened as `input`; what comes of it is noted as it is read.
    pub fn new(source: Box<dyn Source>, input: String) -> (impl Source, Self) {
        let notes = Arc::<Mutex<Notes>>::default();
        let notebook = Self { notes: Arc::clone(&notes), input, info: source.info().clone() };
        let noted = Tap::new(source, move |source, image, timing| {
            timing.map(|timing| notes.lock().note(source, image, timing)).transpose()
        });
        (noted, notebook)
    }

    /// The schedule of the first `frames` frames.
    ///
    /// # Errors
    /// When there are none.
    pub fn schedule(self, frames: u64) -> Result<Schedule> {
        let notes = self.notes.lock();
        let arrivals = notes.frames.iter().copied().take(usize::try_from(frames)?).collect::<Vec<_>>();
        let Some(last) = arrivals.last() else { bail!("{} gave no frame", self.input) };
        let measured = (last.us > 0).then(|| (arrivals.len() - 1) as f64 * 1e6 / last.us as f64);
        Ok(Schedule {
            input: self.input,
            fps: self.info.fps.or(measured),
            gray: self.info.shape.pixels == Pixels::Gray8,
            outages: notes.outages,
            frames: arrivals,
        })
    }
}

fn hash(image: &Mat) -> Result<u64> {
    Ok(xxh3_64(image.data_bytes().context("an image with gaps between its rows")?))
}
