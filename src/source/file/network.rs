//! Streams from the network (RTSP, HTTP, HLS and whatever else FFmpeg opens by an address), read with FFmpeg's libraries.
//!
//! OpenCV opens them as well, but with as many decoder threads as it likes, and waits half a minute for who does not
//! answer. Here every wait has an end: a time-out, or being told to stop. Reads once; opening again what is lost is
//! somebody else's work.

use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};
use ffmpeg_next::format::input_with_interrupt_and_dictionary;
use ffmpeg_next::{Dictionary, Error, frame};
use opencv::core::Mat;
use parking_lot::Mutex;

use super::convert::{Converter, Kind};
use super::open::Bound;
use super::stream::Stream;
use super::{CONVERT, DECODE};
use crate::cancel::CancelToken;
use crate::frame::Timing;
use crate::metrics::StageTimer;
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
    /// Whether frames that came together are handed out one after the other, as players show them.
    in_pieces: bool,
}

/// How long the network is waited for.
struct Patience {
    timeout: Duration,
    until: Mutex<Instant>,
    halt: CancelToken,
}

impl Patience {
    fn new(timeout: Duration, halt: &CancelToken) -> Arc<Self> {
        Arc::new(Self { timeout, until: Mutex::new(Instant::now() + timeout), halt: halt.clone() })
    }

    /// The wait begins anew.
    fn renew(&self) {
        *self.until.lock() = Instant::now() + self.timeout;
    }

    fn is_over(&self) -> bool {
        self.halt.is_cancelled() || Instant::now() > *self.until.lock()
    }

    /// Why an address does not open, and what to do.
    fn refusal(&self, url: &str, error: Error) -> anyhow::Error {
        match error {
            _ if self.is_over() => anyhow!("{url} did not answer within {} s (--timeout)", self.timeout.as_secs_f64()),
            Error::Eof => anyhow!("{url} ended before its first frame; does it play with ffplay?"),
            Error::Other { errno } if errno == libc::EIO => {
                anyhow!("cannot open {url}: no such host, or it broke off; check the address, and try it with ffplay")
            }
            error => anyhow!("cannot open {url}: {error}; does it play with ffplay?"),
        }
    }
}

impl Network {
    /// Opens an address and decodes its first picture.
    pub(in crate::source) fn open(url: &str, opening: &OpenOptions, halt: &CancelToken) -> Result<Self> {
        let patience = Patience::new(opening.timeout, halt);
        let asked = Arc::clone(&patience);
        let mut options = Dictionary::new();
        // Cameras lose packets over UDP, and firewalls all of them.
        options.set("rtsp_flags", "prefer_tcp");
        // The rate of a camera is not worth waiting seconds for.
        options.set("fpsprobesize", "2");
        let input = input_with_interrupt_and_dictionary(url, move || asked.is_over(), options)
            .map_err(|error| patience.refusal(url, error))?;
        let is_one_of = |names: &[&str]| input.format().name().split(',').any(|name| names.contains(&name));
        let (untimed, in_pieces) = (is_one_of(UNTIMED), is_one_of(IN_PIECES));
        let threads = opening.decode_threads;
        let bound = Bound::new(opening.memory);
        let mut stream = Stream::over(input, std::path::Path::new(url), threads, bound)?;
        let mut picture = frame::Video::empty();
        patience.renew();
        if !stream.decode(&mut picture) {
            return Err(patience.refusal(url, stream.cause.unwrap_or(Error::Eof)));
        }
        let converter = Converter::new(Kind::of(&picture), None).with_context(|| format!("cannot read {url}"))?;
        let facts = stream.facts(&picture, None)?;
        let codec = stream.decoder.codec().map_or_else(|| "video".into(), |codec| codec.name().to_owned());
        let rate = facts.rate.map(|(frames, seconds)| f64::from(frames) / f64::from(seconds));
        let fps = rate.filter(|_| !untimed);
        let endless = facts.duration.is_none() && stream.frames_announced.is_none();
        let usual = Duration::from_secs_f64(1.0 / fps.unwrap_or(super::USUAL_FPS));
        let info = SourceInfo {
            shape: converter.shape(),
            fps,
            paced: endless,
            frames: stream.frames_announced,
            reader: format!("libav {codec}, {threads} {}", if threads == 1 { "thread" } else { "threads" }),
            // Its ticks are not those of our time line.
            video: None,
        };
        let in_pieces = endless && in_pieces;
        let timeline = (!endless || in_pieces).then(|| Timeline::new(facts.time_base, usual));
        let url = url.to_owned();
        Ok(Self { url, info, stream, converter, picture, ahead: true, patience, timeline, first: None, in_pieces })
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
        while !self.patience.halt.is_cancelled() {
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
                bail!("{} gave no frame for {} s (--timeout)", self.url, self.patience.timeout.as_secs_f64())
            }
            // Streams of JPEG images end so, too, and connections that were closed without announcement.
            None | Some(Error::Eof | Error::InvalidData | Error::Other { errno: libc::EIO }) => Ok(()),
            Some(error) => bail!("{} broke off ({error})", self.url),
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
            self.converter = Converter::new(Kind::of(&self.picture), None)?;
        }
        self.converter.convert(&self.picture, image)?;
        timer.split(CONVERT);
        let arrived = self.stream.fed;
        let Some(timeline) = &mut self.timeline else {
            let since = arrived.saturating_duration_since(*self.first.get_or_insert(arrived));
            let duration = self.info.fps.map_or(Duration::ZERO, |fps| Duration::from_secs_f64(1.0 / fps));
            return Ok(Some(Timing { pts: since, duration, arrived: Some(arrived) }));
        };
        let timing = timeline.place(self.picture.timestamp(), self.picture.packet().duration);
        let arrived = self.in_pieces.then(|| self.wait_until_due(timing.pts));
        Ok(Some(Timing { arrived, ..timing }))
    }

    fn complaint(&self) -> Option<String> {
        let errors = self.stream.errors;
        (errors > 0).then(|| format!("{} was damaged in {errors} places", self.url))
    }
}
