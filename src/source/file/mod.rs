//! Video files, read with FFmpeg's own libraries.
//!
//! OpenCV reads them, too, when asked (`--decoder opencv`). But OpenCV 4.6 gives its decoder as many threads as there
//! are cores and offers no way to say otherwise: its `OPENCV_FFMPEG_CAPTURE_OPTIONS` reaches the demuxer only (the
//! codec is opened with no options at all). A capture stage that is secretly several threads makes `sequential` overlap
//! itself and every comparison wrong, so files are read here, with one decoder thread unless asked, straight into the
//! frame's buffer.

mod check;
mod convert;
pub(super) mod discontinuity;
mod network;
mod open;
mod probe;
mod rotation;
mod stream;
pub(super) mod timestamps;
pub(super) mod url;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use ffmpeg_next::frame;
use opencv::core::Mat;

use self::convert::{Converter, Kind};
use self::open::Bound;
use self::rotation::Rotation;
use self::stream::Stream;
use super::file::timestamps::Timeline;
use super::{OpenOptions, Source, SourceInfo, TimeRange, VideoInfo};
use crate::frame::Timing;
use crate::metrics::StageTimer;

pub(super) use self::check::check;
pub(super) use self::network::Network;

const DECODE: usize = 0;
const CONVERT: usize = 1;

/// Where neither the file nor its frames say how long one lasts.
const USUAL_FPS: f64 = 25.0;

/// How far before the start of a range a key picture is looked for, one after the other.
const EARLIER: [Duration; 4] =
    [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(10), Duration::from_secs(60)];

pub(super) struct File {
    path: PathBuf,
    info: SourceInfo,
    facts: VideoInfo,
    stream: Stream,
    decode_threads: usize,
    bound: Bound,
    converter: Converter,
    turn: Option<Rotation>,
    flat: Mat,
    half_turned: Mat,
    /// What a user should know of pictures of another size, once there was one.
    resized: Option<String>,
    picture: frame::Video,
    /// Whether the picture is the first one, which had to be decoded to know what it is.
    ahead: bool,
    /// The time stamp of the first picture, in ticks.
    first: Option<i64>,
    times_left: u32,
    timeline: Timeline,
    /// Frames and errors seen over all passes.
    frames: u64,
    errors: u64,
    /// How often the clock was set anew in passes that have ended.
    discontinuities: u64,
    /// Where this pass begins on the time line of all passes.
    offset: Duration,
    /// The part of its time to read; the whole if none.
    range: Option<TimeRange>,
}

impl File {
    pub(super) fn open(path: &Path, opening: &OpenOptions) -> Result<Self> {
        check(path)?;
        let name = path.display();
        let threads = opening.decode_threads;
        let bound = Bound::new(opening.memory);
        let range = opening.range;
        let mut stream = Stream::open(path, threads, bound)?;
        let mut picture = frame::Video::empty();
        if !stream.decode(&mut picture) {
            let most = opening.memory.map_or(String::new(), |_| format!(" of {bound}"));
            bail!("{name} has no frame{most} that can be decoded; look at it with ffprobe");
        }
        let converter = Converter::new(Kind::of(&picture), None).with_context(|| format!("cannot read {name}"))?;
        let turn = stream.turn();
        let mut shape = converter.shape();
        if turn.is_some_and(Rotation::is_sideways) {
            (shape.width, shape.height) = (shape.height, shape.width);
        }
        let mut facts = stream.facts(&picture, turn)?;
        let codec = stream.decoder.codec().map_or_else(|| "video".into(), |codec| codec.name().to_owned());
        let fps = facts.rate.map(|(frames, seconds)| f64::from(frames) / f64::from(seconds));
        let usual = Duration::from_secs_f64(1.0 / fps.unwrap_or(USUAL_FPS));
        if picture.timestamp().is_none() {
            facts.start_us = Stream::open(path, threads, bound)?.start_by_a_later_frame(&facts, usual);
        }
        let info = SourceInfo {
            shape,
            fps,
            paced: false,
            // Nothing says how many frames a part has.
            frames: stream.frames_announced.filter(|_| range.is_none()).map(|frames| frames * u64::from(opening.times)),
            reader: format!("libav {codec}, {threads} {}", if threads == 1 { "thread" } else { "threads" }),
            video: Some(facts.clone()),
        };
        let mut file = Self {
            path: path.to_owned(),
            info,
            timeline: Timeline::new(facts.time_base, usual),
            facts,
            stream,
            decode_threads: threads,
            bound,
            converter,
            turn,
            flat: Mat::default(),
            half_turned: Mat::default(),
            resized: None,
            first: picture.timestamp(),
            picture,
            ahead: true,
            times_left: opening.times.saturating_sub(1),
            frames: 0,
            errors: 0,
            discontinuities: 0,
            offset: Duration::ZERO,
            range,
        };
        if let Some(range) = range.filter(|range| !range.start.is_zero()) {
            file.go_to(range.start)?;
        }
        Ok(file)
    }

    /// Goes to a picture that needs no other, at `start` or before it; `read` drops what lies between. Where time stamps
    /// are missing or jump, or no such picture is found, reading goes on from the beginning: slow, but exact.
    fn go_to(&mut self, start: Duration) -> Result<()> {
        let Some(first) = self.first.filter(|_| !self.stream.clock_may_jump()) else { return Ok(()) };
        self.timeline.begin(first);
        let is_there = |file: &Self| {
            let stamp = file.picture.timestamp().filter(|stamp| *stamp >= first);
            stamp.is_some_and(|stamp| file.timeline.time_of(stamp) <= Some(start))
        };
        let errors = self.stream.errors;
        for earlier in EARLIER {
            let Some(target) = start.checked_sub(earlier) else { break };
            let target = self.facts.start_us.saturating_add(i64::try_from(target.as_micros())?);
            // Pictures before the first key picture may lack those they were made from.
            let found = self.stream.seek(target) && self.stream.decode_key(&mut self.picture);
            // What cannot be decoded on the way there is no damage.
            self.stream.errors = errors;
            if found && is_there(self) {
                return Ok(());
            }
        }
        self.ahead = self.rewind()?;
        Ok(())
    }

    /// Decodes the next picture of this pass or the next.
    fn decode(&mut self) -> Result<bool> {
        if std::mem::take(&mut self.ahead) || self.stream.decode(&mut self.picture) {
            return Ok(true);
        }
        // A pass without a single frame would repeat for ever at no cost.
        if self.times_left == 0 || self.stream.since_start == 0 {
            return Ok(false);
        }
        self.times_left -= 1;
        self.offset = self.timeline.end();
        self.timeline.again();
        self.rewind()
    }

    /// Decodes the first picture again. Seeking is quick, but some formats only say that they have gone back; then
    /// the file is opened anew.
    fn rewind(&mut self) -> Result<bool> {
        self.discontinuities += self.stream.discontinuities();
        let sought = self.stream.seek_to_start() && self.stream.decode(&mut self.picture);
        if sought && self.first.is_some() && self.picture.timestamp() == self.first {
            return Ok(true);
        }
        self.errors += self.stream.errors;
        self.stream = Stream::open(&self.path, self.decode_threads, self.bound)?;
        Ok(self.stream.decode(&mut self.picture))
    }

    /// From here on the pictures have another size or pixel format. What comes of them keeps the size of the first, as
    /// the ffmpeg program has it.
    fn adapt(&mut self) -> Result<()> {
        let (kind, shape, number) = (Kind::of(&self.picture), self.converter.shape(), self.frames - 1);
        let cannot = || format!("frame {number} cannot be read: its pictures change");
        self.converter = Converter::new(kind, Some(shape)).with_context(cannot)?;
        let size = kind.shape()?;
        if size != shape && self.resized.is_none() {
            self.resized = Some(format!(
                "changes its size to {}x{} at frame {number}; what has another size than the first frame was scaled to it",
                size.width, size.height
            ));
        }
        Ok(())
    }

    /// How often the clock was set anew, in all passes.
    fn discontinuities(&self) -> u64 {
        self.discontinuities + self.stream.discontinuities()
    }

    /// What was announced and is not there.
    fn shortage(&self) -> Option<String> {
        if self.range.is_some() {
            return None;
        }
        let frames = self.frames;
        // What a file says of itself may be wrong, and an edit list may leave frames out on purpose: no blame.
        if let Some(announced) = self.info.frames {
            return (frames < announced)
                .then(|| format!("announces {announced} frames; {frames} were there to decode"));
        }
        // Nor does a length by a clock that jumps.
        let announced = self.facts.duration.filter(|_| self.discontinuities() == 0)?.as_secs_f64();
        let end = (self.timeline.end() - self.offset).as_secs_f64();
        (end < announced * 0.9).then(|| format!("announces {announced:.1} s; its {frames} frames end after {end:.1} s"))
    }
}

impl Source for File {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn parts(&self) -> Vec<String> {
        vec!["decode".into(), "convert".into()]
    }

    fn read(&mut self, image: &mut Mat, timer: &StageTimer<'_>) -> Result<Option<Timing>> {
        let timing = loop {
            if !self.decode()? {
                return Ok(None);
            }
            self.frames += 1;
            let timing = self.timeline.place(self.picture.timestamp(), self.picture.packet().duration);
            if self.range.is_some_and(|range| range.ends_by(timing.pts)) {
                return Ok(None);
            }
            if !self.range.is_some_and(|range| range.starts_after(timing.pts)) {
                break timing;
            }
        };
        timer.split(DECODE);
        if !self.converter.takes(&self.picture) {
            self.adapt()?;
        }
        match self.turn {
            None => self.converter.convert(&self.picture, image)?,
            Some(turn) => {
                self.converter.convert(&self.picture, &mut self.flat)?;
                turn.turn(&self.flat, &mut self.half_turned, image)?;
            }
        }
        timer.split(CONVERT);
        Ok(Some(timing))
    }

    fn complaint(&self) -> Option<String> {
        if self.times_left > 0 {
            return None;
        }
        let errors = self.errors + self.stream.errors;
        let damage =
            (errors > 0).then(|| format!("is damaged in {errors} places; {} frames could be decoded", self.frames));
        let times = self.timeline.complaint();
        let places = |count| if count == 1 { "one place".into() } else { format!("{count} places") };
        let joined = (self.discontinuities() > 0).then(|| {
            format!(
                "sets its clock anew in {}; each part was put right behind the one before",
                places(self.discontinuities())
            )
        });
        let all: Vec<_> =
            [self.shortage().or(damage), joined, self.resized.clone(), times].into_iter().flatten().collect();
        (!all.is_empty()).then(|| format!("{} {}", self.path.display(), all.join("; ")))
    }
}

/// What a file says of its pictures. Fails as opening it does.
pub(super) fn facts(path: &Path, opening: &OpenOptions) -> Result<VideoInfo> {
    Ok(File::open(path, opening)?.facts)
}
