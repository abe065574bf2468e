//! One video stream of a file being demuxed and decoded, picture by picture.

use std::ops::Range;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};
use ffmpeg_next::codec::{self, threading};
use ffmpeg_next::format::context::Input;
use ffmpeg_next::{Error, Packet, decoder, frame};

use super::open::{self, Bound};
use super::probe;
use super::rotation::Rotation;
use super::url::FileUrl;
use crate::source::{Discontinuities, VideoInfo};

/// A file being decoded.
pub(super) struct Stream {
    input: Input,
    index: usize,
    pub decoder: decoder::Video,
    /// How many frames the file says it has.
    pub frames_announced: Option<u64>,
    discontinuities: Discontinuities,
    draining: bool,
    /// Frames since the beginning of this pass.
    pub since_start: u64,
    /// Damaged places so far.
    pub errors: u64,
    /// Why there is no more to read.
    pub cause: Option<Error>,
    /// When the latest packet was read.
    pub fed: Instant,
}

impl Stream {
    /// Opens the best video stream.
    pub(super) fn open(path: &Path, threads: usize, bound: Bound) -> Result<Self> {
        let name = path.display();
        let url = FileUrl::new(path)?;
        let input = open::open(url.as_str(), bound).map_err(|error| match error {
            Error::Eof => anyhow!("{name} ends before its first frame; look at it with ffprobe"),
            error => anyhow!("{name} is not a video, or damaged beyond reading ({error}); look at it with ffprobe"),
        })?;
        Self::over(input, path, threads, bound)
    }

    /// When the first frame is shown, in microseconds, where it does not say so: as many frames before the first that does
    /// as there are between. Some containers cannot hold times before zero. Reads on to that frame.
    pub(super) fn start_by_a_later_frame(mut self, facts: &VideoInfo, usual: Duration) -> i64 {
        const FARTHEST: u32 = 32;
        let mut picture = frame::Video::empty();
        for before in 0..FARTHEST {
            if !self.decode(&mut picture) {
                break;
            }
            if let Some(stamp) = picture.timestamp() {
                let before = i64::try_from((usual * before).as_micros()).unwrap_or(0);
                return probe::micros(stamp, facts.time_base).saturating_sub(before);
            }
        }
        facts.start_us
    }

    /// Takes the best video stream of what was opened as `name`.
    pub(super) fn over(input: Input, name: &Path, threads: usize, bound: Bound) -> Result<Self> {
        let path = name;
        let name = path.display();
        let Some(stream) = probe::best_stream(&input) else {
            bail!("{name} has no video stream; look at it with ffprobe");
        };
        let mut context = codec::Context::from_parameters(stream.parameters())?;
        bound.bind(path, &mut context)?;
        context.set_threading(threading::Config { kind: threading::Type::Frame, count: threads, ..Default::default() });
        let decoder = context.decoder().video();
        let decoder = decoder.map_err(|e| anyhow!("cannot decode {name}: {e}; look at it with ffprobe"))?;
        let frames_announced = u64::try_from(stream.frames()).ok().filter(|frames| *frames > 0);
        let index = stream.index();
        let discontinuities = Discontinuities::of(&input);
        let (cause, fed) = (None, Instant::now());
        Ok(Self {
            input,
            index,
            decoder,
            frames_announced,
            discontinuities,
            draining: false,
            since_start: 0,
            errors: 0,
            cause,
            fed,
        })
    }

    /// How a player would turn its pictures.
    pub(super) fn turn(&self) -> Option<Rotation> {
        probe::turn(&self.input.stream(self.index)?)
    }

    /// What the stream and its first picture say of themselves.
    pub(super) fn facts(&self, picture: &frame::Video, turn: Option<Rotation>) -> Result<VideoInfo> {
        probe::facts(&self.input, self.index, picture, turn).context("the stream is gone")
    }

    /// How often the clock of its pictures was set anew since the beginning of this pass.
    pub(super) fn discontinuities(&self) -> u64 {
        self.discontinuities.in_stream(self.index)
    }

    /// Decodes the next picture; false at the end. Damaged packets are counted and passed over, as players do.
    pub(super) fn decode(&mut self, picture: &mut frame::Video) -> bool {
        loop {
            match self.decoder.receive_frame(picture) {
                Ok(()) => {
                    self.since_start += 1;
                    return true;
                }
                Err(Error::Other { errno }) if errno == ffmpeg_next::error::EAGAIN => {}
                Err(Error::Eof) => return false,
                // Nothing more will come of a decoder that fails while it is emptied.
                Err(_) if self.draining => return false,
                Err(_) => self.errors += 1,
            }
            if !self.draining {
                self.feed();
            }
        }
    }

    /// Gives the decoder the next packet of the stream, or the end.
    fn feed(&mut self) {
        let mut packet = Packet::empty();
        loop {
            let read = packet.read(&mut self.input);
            if read.is_ok() {
                // Those of other streams, too: a joint may show in them first.
                self.discontinuities.correct(&self.input, &mut packet);
            }
            match read {
                Ok(()) if packet.stream() != self.index => continue,
                Ok(()) => {
                    self.fed = Instant::now();
                    self.errors += u64::from(self.decoder.send_packet(&packet).is_err());
                    return;
                }
                Err(error) => {
                    // A file that cannot be read further has ended, damaged or not.
                    self.errors += u64::from(error != Error::Eof);
                    self.cause = Some(error);
                    self.draining = true;
                    // Refused only by a decoder that is being emptied already.
                    let _ = self.decoder.send_eof();
                    return;
                }
            }
        }
    }

    /// Whether the clock of its pictures may be set anew in the middle of the file.
    pub(super) fn clock_may_jump(&self) -> bool {
        self.discontinuities.is_broadcast()
    }

    /// Decodes up to the next key picture; false if there is none before the end.
    pub(super) fn decode_key(&mut self, picture: &mut frame::Video) -> bool {
        while self.decode(picture) {
            if picture.is_key() {
                return true;
            }
        }
        false
    }

    /// Goes to a key picture at `us` microseconds on the file's clock or before it, if the format lets us.
    pub(super) fn seek(&mut self, us: i64) -> bool {
        self.restart(us, i64::MIN..us.saturating_add(1))
    }

    /// Goes back to the first frame, if the format lets us.
    pub(super) fn seek_to_start(&mut self) -> bool {
        self.restart(0, i64::MIN..i64::MAX)
    }

    fn restart(&mut self, us: i64, range: Range<i64>) -> bool {
        let sought = self.input.seek(us, range).is_ok();
        self.decoder.flush();
        (self.draining, self.since_start) = (false, 0);
        self.discontinuities = Discontinuities::of(&self.input);
        sought
    }
}
