//! Video files, read with FFmpeg's own libraries.
//!
//! OpenCV reads them, too, when asked (`--decoder opencv`). But OpenCV 4.6 gives its decoder as many threads as there
//! are cores and offers no way to say otherwise: its `OPENCV_FFMPEG_CAPTURE_OPTIONS` reaches the demuxer only (the
//! codec is opened with no options at all). A capture stage that is secretly several threads makes `sequential` overlap
//! itself and every comparison wrong, so files are read here, with one decoder thread unless asked, straight into the
//! frame's buffer.

mod address;
mod changes;
mod check;
mod checksum;
mod convert;
pub(super) mod cuts;
mod damage;
mod decoders;
mod discontinuity;
mod ending;
mod ffv1;
mod glance;
mod network;
mod ogg;
mod open;
pub(super) mod packets;
mod parts;
pub(super) mod pipe;
mod probe;
mod rotation;
mod segments;
pub(super) mod side_data;
mod source;
mod stream;
pub(super) mod timestamps;
mod upright;
pub(super) mod url;
pub(super) mod words;

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use ffmpeg_next::frame;

use self::changes::Changes;
use self::convert::Kind;
use self::open::Bound;
use self::side_data::Captions;
use self::stream::Stream;
use self::timestamps::Timeline;
use self::upright::Upright;
use super::{OpenOptions, SourceInfo, VideoInfo};
use crate::frame::Timing;
use crate::metrics::Damage;

pub(super) use self::{address::Address, check::check, glance::glance, network::Network};

/// The parts of reading a frame.
const DECODE: usize = 0;
const CONVERT: usize = 1;

/// Where neither the file nor its frames say how long one lasts.
const USUAL_FPS: f64 = 25.0;

/// How far before the start of a range a key picture is looked for, one after the other.
const EARLIER: [Duration; 4] =
    [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(10), Duration::from_secs(60)];

pub(super) struct File {
    address: Address,
    info: SourceInfo,
    facts: VideoInfo,
    stream: Stream,
    opening: OpenOptions,
    bound: Bound,
    upright: Upright,
    /// What has changed since the first picture.
    changes: Changes,
    picture: frame::Video,
    /// Whether the picture is the first one, which had to be decoded to know what it is.
    ahead: bool,
    /// The time stamp of the first picture, in ticks.
    first: Option<i64>,
    times_left: u32,
    timeline: Timeline,
    /// How long a frame lasts that does not say so.
    usual: Duration,
    /// Frames seen over all passes, and whether there are no more.
    frames: u64,
    ended: bool,
    /// What was damaged in passes whose stream was closed.
    damage: Damage,
    /// How often the clock was set anew in passes that have ended.
    discontinuities: u64,
    captions: Captions,
}

impl File {
    pub(super) fn open(address: Address, opening: &OpenOptions) -> Result<Self> {
        let name = address.name().display();
        let (threads, range) = (opening.decode_threads, opening.range);
        let bound = Bound::new(opening.memory);
        let mut stream = Stream::open(&address, threads, bound)?;
        let mut picture = frame::Video::empty();
        if !stream.decode(&mut picture) {
            if let Some(hint) = stream.hint(!address.reopens()).filter(|_| address.path().is_none()) {
                bail!("{name} cannot be read: {hint}");
            }
            let most = opening.memory.map_or(String::new(), |_| format!(" of {bound}"));
            bail!("{name} has no frame{most} that can be decoded; look at it with ffprobe");
        }
        let turn = stream.turn();
        let upright =
            Upright::new(Kind::of(&picture), opening.pixels, turn).with_context(|| format!("cannot read {name}"))?;
        let mut facts = stream.facts(&picture, turn)?;
        let codec = stream.decoder.codec().map_or_else(|| "video".into(), |codec| codec.name().to_owned());
        let fps = facts.rate.map(|(frames, seconds)| f64::from(frames) / f64::from(seconds));
        let usual = Duration::from_secs_f64(1.0 / fps.unwrap_or(USUAL_FPS));
        if picture.timestamp().is_none() && address.reopens() {
            facts.start_us = Stream::open(&address, threads, bound)?.start_by_a_later_frame(&facts, usual);
        }
        let info = SourceInfo {
            shape: upright.shape(),
            fps,
            paced: false,
            // Nothing says how many frames a part has.
            frames: stream.frames_announced.filter(|_| range.is_none()).map(|frames| frames * u64::from(opening.times)),
            reader: format!("libav {codec}, {threads} {}", if threads == 1 { "thread" } else { "threads" }),
            video: Some(facts.clone()),
            can_be_cut: range.is_none() && address.reopens(),
        };
        let mut file = Self {
            address,
            info,
            timeline: Timeline::new(facts.time_base, usual),
            usual,
            facts,
            stream,
            opening: *opening,
            bound,
            upright,
            changes: Changes::default(),
            first: picture.timestamp(),
            picture,
            ahead: true,
            times_left: opening.times.saturating_sub(1),
            frames: 0,
            ended: false,
            damage: Damage::default(),
            discontinuities: 0,
            captions: Captions::default(),
        };
        file.changes.see(file.stream.looks(&file.picture), Duration::ZERO);
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
        let before = self.stream.damage_counter();
        for earlier in EARLIER {
            let Some(target) = start.checked_sub(earlier) else { break };
            let target = self.facts.start_us.saturating_add(i64::try_from(target.as_micros())?);
            // Pictures before the first key picture may lack those they were made from.
            let found = self.stream.seek(target) && self.stream.decode_key(&mut self.picture);
            // What cannot be decoded on the way there is no damage.
            self.stream.forget_damage(before.clone());
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
        if self.times_left == 0 || self.stream.since_start == 0 || !self.address.reopens() {
            return Ok(false);
        }
        self.times_left -= 1;
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
        self.damage = self.damage.and(self.stream.damage());
        self.stream = Stream::open(&self.address, self.opening.decode_threads, self.bound)?;
        Ok(self.stream.decode(&mut self.picture))
    }

    /// From here on the pictures have another size or pixel format. What comes of them keeps the size of the first, as
    /// the ffmpeg program has it.
    fn adapt(&mut self) -> Result<()> {
        let number = self.frames - 1;
        let resized = self.upright.adapt(Kind::of(&self.picture));
        if let Some(size) = resized.with_context(|| format!("frame {number} cannot be read: its pictures change"))? {
            self.changes.resize(size, number);
        }
        Ok(())
    }

    /// Decodes the next picture, and gets ready to hand it out; none at the end.
    fn next_picture(&mut self) -> Result<Option<Timing>> {
        self.address.renew();
        let timing = loop {
            if !self.decode()? {
                self.ended = true;
                if self.opening.range.is_none() {
                    self.stream.ended(&self.facts, self.address.path());
                }
                return Ok(None);
            }
            self.frames += 1;
            let timing = self.timeline.place(self.picture.timestamp(), self.picture.packet().duration);
            if self.opening.range.is_some_and(|range| range.ends_by(timing.pts)) {
                return Ok(None);
            }
            if !self.opening.range.is_some_and(|range| range.starts_after(timing.pts)) {
                break timing;
            }
        };
        self.changes.see(self.stream.looks(&self.picture), timing.pts);
        let interlaced = self.changes.fields(&self.picture, self.upright.turn(), self.facts.interlaced);
        if !self.upright.takes(&self.picture) {
            self.adapt()?;
        }
        Ok(Some(Timing { interlaced, ..timing }))
    }

    /// Reads the next frame and hands it to nobody; false at the end.
    fn pass_over(&mut self) -> Result<bool> {
        Ok(self.next_picture()?.is_some())
    }
}
