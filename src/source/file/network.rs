//! Streams from the network (RTSP, HTTP, HLS and whatever else FFmpeg opens by an address), read with FFmpeg's libraries.
//!
//! OpenCV opens them as well, but with as many decoder threads as it likes, and waits half a minute for who does not
//! answer. Here every wait has an end: a time-out, or being told to stop. Reads once; opening again what is lost is
//! somebody else's work.

use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use ffmpeg_next::{Error, frame};
use opencv::core::Mat;

use super::address::{Patience, connect};
use super::changes::Changes;
use super::convert::{Converter, Kind};
use super::open::Bound;
use super::packets::Packets;
use super::stream::Stream;
use super::words::words;
use super::{CONVERT, DECODE};
use crate::cancel::CancelToken;
use crate::frame::Timing;
use crate::metrics::{Damage, StageTimer};
use crate::source::file::timestamps::Timeline;
use crate::source::{OpenOptions, Source, SourceInfo};

/// Formats that carry no times: what FFmpeg says of their rate is made up.
const UNTIMED: &[&str] = &["mpjpeg", "mjpeg", "h264", "hevc"];

/// Formats that come in pieces, seconds of frames at once.
const IN_PIECES: &[&str] = &["hls", "dash"];
/// A frame that is due so long from now says that the time line has jumped; one that was due so long ago, that the stream
/// stood still.
const JUMP: (Duration, Duration) = (Duration::from_secs(5), Duration::from_millis(200));
/// How often whoever waits for a frame to be due looks whether to go on waiting.
const STEP: Duration = Duration::from_millis(20);

/// Protocols of streams that go on whoever listens, even where one says how long it is.
const LIVE: &[&str] = &["rtsp", "rtsps", "rtp", "srtp", "udp", "srt", "rtmp", "rtmps"];

fn is_live(url: &str) -> bool {
    url.split_once(':').is_some_and(|(scheme, _)| LIVE.contains(&scheme.to_ascii_lowercase().as_str()))
}

/// A stream from the network.
pub(in crate::source) struct Network {
    url: String,
    info: SourceInfo,
    stream: Stream,
    converter: Converter,
    picture: frame::Video,
    /// Whether the picture is the first one, which had to be decoded to know what it is.
    ahead: bool,
    patience: Arc<Patience>,
    /// Of a stream that has an end, or comes in pieces; others have the clock on the wall.
    timeline: Option<Timeline>,
    first: Option<Instant>,
    /// What a user should know of pictures of another size, once there was one.
    resized: Option<String>,
    changes: Changes,
    /// Whether frames that came together are handed out one after the other, as players show them.
    in_pieces: bool,
}

impl Network {
    /// Opens an address and decodes its first picture.
    pub(in crate::source) fn open(url: &str, opening: &OpenOptions, halt: &CancelToken) -> Result<Self> {
        let patience = Patience::new(opening.timeout, halt);
        let input = connect(url, &patience).map_err(|error| patience.refusal(url, error))?;
        let is_one_of = |names: &[&str]| input.format().name().split(',').any(|name| names.contains(&name));
        let (untimed, in_pieces) = (is_one_of(UNTIMED), is_one_of(IN_PIECES));
        let threads = opening.decode_threads;
        let bound = Bound::new(opening.memory);
        let mut stream =
            Stream::over(Packets::of(input, Some(bound)), std::path::Path::new(url), threads, bound, true)?;
        let mut picture = frame::Video::empty();
        patience.renew();
        if !stream.decode(&mut picture) {
            if let Some(hint) = stream.hint(false).filter(|_| !patience.is_over()) {
                bail!("{url} cannot be read: {hint}");
            }
            return Err(patience.refusal(url, stream.cause.unwrap_or(Error::Eof)));
        }
        let converter =
            Converter::new(Kind::of(&picture), opening.pixels).with_context(|| format!("cannot read {url}"))?;
        let facts = stream.facts(&picture, None)?;
        let codec = stream.decoder.codec().map_or_else(|| "video".into(), |codec| codec.name().to_owned());
        let rate = facts.rate.map(|(frames, seconds)| f64::from(frames) / f64::from(seconds));
        let fps = rate.filter(|_| !untimed);
        // A list of pieces has a length of its own.
        let endless = is_live(url) || !stream.has_end(&facts, !in_pieces);
        let usual = Duration::from_secs_f64(1.0 / fps.unwrap_or(super::USUAL_FPS));
        let info = SourceInfo {
            shape: converter.shape(),
            fps,
            paced: endless,
            frames: stream.frames_announced,
            reader: format!("libav {codec}, {threads} {}", if threads == 1 { "thread" } else { "threads" }),
            // Its ticks are not those of our time line.
            video: None,
            can_be_cut: false,
        };
        let in_pieces = endless && in_pieces;
        let timeline = (!endless || in_pieces).then(|| Timeline::new(facts.time_base, usual));
        let url = url.to_owned();
        let (first, resized, changes) = (None, None, Changes::default());
        let ahead = true;
        Ok(Self {
            url,
            info,
            stream,
            converter,
            picture,
            ahead,
            patience,
            timeline,
            first,
            resized,
            changes,
            in_pieces,
        })
    }

    /// Whether it has an end, and can be read like a file.
    pub(in crate::source) fn has_end(&self) -> bool {
        !self.info.paced
    }

    /// From now on another token ends its waits.
    pub(in crate::source) fn obey(&self, halt: &CancelToken) {
        self.patience.obey(halt);
        self.patience.renew();
    }

    /// Waits until a frame is due that came with others before it or after it; when that is.
    fn wait_until_due(&mut self, pts: Duration) -> Instant {
        let now = Instant::now();
        let begun = self.first.and_then(|first| first.checked_add(pts));
        let due = match begun {
            Some(due) if due <= now + JUMP.0 && now <= due + JUMP.1 => due,
            // From here on it plays anew.
            _ => {
                self.first = now.checked_sub(pts);
                now
            }
        };
        while !self.patience.is_halted() {
            let left = due.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            sleep(left.min(STEP));
        }
        due
    }

    /// What the end of the stream was.
    fn end(&self) -> Result<()> {
        match self.stream.cause {
            _ if self.patience.is_over() => {
                bail!("{} {}", self.url, self.patience.end())
            }
            // Streams of JPEG images end so, too, and connections that were closed without announcement.
            None | Some(Error::Eof | Error::InvalidData | Error::Other { errno: libc::EIO }) => Ok(()),
            Some(error) => bail!("{} broke off ({})", self.url, words(error)),
        }
    }
}

impl Source for Network {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn parts(&self) -> Vec<String> {
        vec!["decode".into(), "convert".into()]
    }

    fn read(&mut self, image: &mut Mat, timer: &StageTimer<'_>) -> Result<Option<Timing>> {
        self.patience.renew();
        if !std::mem::take(&mut self.ahead) && !self.stream.decode(&mut self.picture) {
            return self.end().map(|()| None);
        }
        timer.split(DECODE);
        if !self.converter.takes(&self.picture) {
            let (kind, shape) = (Kind::of(&self.picture), self.converter.shape());
            self.converter = Converter::to(kind, shape)?;
            let size = kind.shape(shape.pixels)?;
            if size != shape {
                let (width, height) = (size.width, size.height);
                self.resized = Some(format!("{} changed to {width}x{height}, and was scaled to {shape}", self.url));
            }
        }
        self.converter.convert(&self.picture, image)?;
        timer.split(CONVERT);
        let announced = self.info.video.as_ref().and_then(|facts| facts.interlaced);
        let interlaced = self.changes.fields(&self.picture, None, announced);
        let arrived = self.stream.fed;
        let Some(timeline) = &mut self.timeline else {
            let since = arrived.saturating_duration_since(*self.first.get_or_insert(arrived));
            let duration = self.info.fps.map_or(Duration::ZERO, |fps| Duration::from_secs_f64(1.0 / fps));
            return Ok(Some(Timing { pts: since, duration, arrived: Some(arrived), interlaced, sequence: None }));
        };
        let timing = timeline.place(self.picture.timestamp(), self.picture.packet().duration);
        let arrived = self.in_pieces.then(|| self.wait_until_due(timing.pts));
        Ok(Some(Timing { arrived, interlaced, ..timing }))
    }

    fn complaint(&self) -> Option<String> {
        self.resized.clone()
    }

    fn damage(&self) -> Damage {
        self.stream.damage()
    }
}
