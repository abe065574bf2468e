//! Video files, read with FFmpeg's own libraries.
//!
//! DESIGN has files read by OpenCV. But OpenCV 4.6 gives its decoder as many threads as there are cores and offers
//! no way to say otherwise: its `OPENCV_FFMPEG_CAPTURE_OPTIONS` reaches the demuxer only (the codec is opened with no
//! options at all). A capture stage that is secretly several threads makes `sequential` overlap itself and every
//! comparison wrong, so files are read here, with one decoder thread unless asked, straight into the frame's buffer.

use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use ffmpeg_next::codec::packet::side_data::Type as SideData;
use ffmpeg_next::codec::{self, threading};
use ffmpeg_next::format::context::Input;
use ffmpeg_next::{Error, Packet, decoder, format, frame, media};
use opencv::core::Mat;

use super::convert::Converter;
use super::turn::Turn;
use super::{Opening, Source, SourceInfo};
use crate::measure::Lap;

const DECODE: usize = 0;
const CONVERT: usize = 1;

pub(super) struct File {
    path: PathBuf,
    info: SourceInfo,
    opened: Opened,
    decode_threads: usize,
    converter: Converter,
    turn: Option<Turn>,
    flat: Mat,
    half_turned: Mat,
    picture: frame::Video,
    times_left: u32,
    /// Frames and errors seen over all passes.
    frames: u64,
    errors: u64,
    /// Where this pass begins on the time line of all passes, and the end of the latest frame.
    offset: Duration,
    end: Duration,
}

/// A file being decoded.
struct Opened {
    input: Input,
    stream: usize,
    decoder: decoder::Video,
    seconds: f64,
    seconds_announced: f64,
    first_pts: Option<i64>,
    draining: bool,
    /// Frames since the beginning of this pass.
    since_start: u64,
}

impl File {
    pub(super) fn open(path: &Path, opening: &Opening) -> Result<Self> {
        check(path)?;
        let (opened, announced, fps) = Opened::new(path, opening.decode_threads)?;
        let converter = opened.converter().with_context(|| format!("cannot read {}", path.display()))?;
        let turn = opened.turn();
        let mut shape = converter.shape();
        if turn.is_some_and(Turn::is_sideways) {
            (shape.width, shape.height) = (shape.height, shape.width);
        }
        let threads = opening.decode_threads;
        let codec = opened.decoder.codec().map_or_else(|| "video".into(), |codec| codec.name().to_owned());
        let reader = format!("libav {codec}, {threads} {}", if threads == 1 { "thread" } else { "threads" });
        let frames = announced.map(|frames| frames * u64::from(opening.times));
        Ok(Self {
            path: path.to_owned(),
            info: SourceInfo { shape, fps, paced: false, frames, reader },
            opened,
            decode_threads: threads,
            converter,
            turn,
            flat: Mat::default(),
            half_turned: Mat::default(),
            picture: frame::Video::empty(),
            times_left: opening.times.saturating_sub(1),
            frames: 0,
            errors: 0,
            offset: Duration::ZERO,
            end: Duration::ZERO,
        })
    }

    /// Decodes the next picture of this pass or the next.
    fn decode(&mut self) -> Result<bool> {
        loop {
            if self.opened.decode(&mut self.picture, &mut self.errors) {
                self.frames += 1;
                return Ok(true);
            }
            // A pass without a single frame would repeat for ever at no cost.
            if self.times_left == 0 || self.opened.since_start == 0 {
                return Ok(false);
            }
            self.times_left -= 1;
            self.offset = self.end;
            if self.rewind()? {
                self.frames += 1;
                return Ok(true);
            }
        }
    }

    /// Decodes the first picture again. Seeking is quick, but some formats only say that they have gone back; then
    /// the file is opened anew.
    fn rewind(&mut self) -> Result<bool> {
        let first = self.opened.first_pts;
        let sought = self.opened.seek_to_start() && self.opened.decode(&mut self.picture, &mut self.errors);
        if sought && first.is_some() && self.picture.timestamp() == first {
            return Ok(true);
        }
        (self.opened, ..) = Opened::new(&self.path, self.decode_threads)?;
        Ok(self.opened.decode(&mut self.picture, &mut self.errors))
    }

    /// Where the picture belongs on the time line: by its own time stamp, else one frame after the last.
    fn pts(&mut self) -> Duration {
        let frame = Duration::from_secs_f64(1.0 / self.info.fps.unwrap_or(25.0));
        let pts = match self.picture.timestamp() {
            Some(pts) => {
                let first = *self.opened.first_pts.get_or_insert(pts);
                self.offset + Duration::from_secs_f64(((pts - first) as f64 * self.opened.seconds).max(0.0))
            }
            None => self.end,
        };
        self.end = pts + frame;
        pts
    }
}

impl Source for File {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn parts(&self) -> Vec<String> {
        vec!["decode".into(), "convert".into()]
    }

    fn read(&mut self, image: &mut Mat, lap: &mut Lap<'_>) -> Result<Option<Duration>> {
        if !self.decode()? {
            return Ok(None);
        }
        lap.split(DECODE);
        if !self.converter.takes(&self.picture) {
            // The size or the pixel format may change in mid-stream; capture refuses another size.
            self.converter = Converter::new((self.picture.format(), self.picture.width(), self.picture.height()))?;
        }
        match self.turn {
            None => self.converter.convert(&self.picture, image)?,
            Some(turn) => {
                self.converter.convert(&self.picture, &mut self.flat)?;
                turn.turn(&self.flat, &mut self.half_turned, image)?;
            }
        }
        lap.split(CONVERT);
        Ok(Some(self.pts()))
    }

    fn complaint(&self) -> Option<String> {
        let (name, frames) = (self.path.display(), self.frames);
        if self.times_left > 0 {
            return None;
        }
        // What a file says of itself may be wrong, and an edit list may leave frames out on purpose: no blame.
        if let Some(announced) = self.info.frames.filter(|announced| frames < *announced) {
            return Some(format!("{name} announces {announced} frames; {frames} were there to decode"));
        }
        let (announced, end) = (self.opened.seconds_announced, (self.end - self.offset).as_secs_f64());
        if self.info.frames.is_none() && end < announced * 0.9 {
            return Some(format!("{name} announces {announced:.1} s; its {frames} frames end after {end:.1} s"));
        }
        (self.errors > 0)
            .then(|| format!("{name} is damaged in {} places; {frames} frames could be decoded", self.errors))
    }
}

impl Opened {
    /// Opens the best video stream. Also tells how many frames the file says it has, and its rate.
    fn new(path: &Path, threads: usize) -> Result<(Self, Option<u64>, Option<f64>)> {
        let name = path.display();
        // ffmpeg-next takes text only. A name that is none is opened here, and goes by the number it is open under.
        let file = path.to_str().is_none().then(|| std::fs::File::open(path)).transpose();
        let file = file.with_context(|| format!("cannot read {name}"))?;
        let text = file.as_ref().map(|file| format!("/proc/self/fd/{}", file.as_raw_fd()));
        // With the protocol before it a name with a colon is still a name.
        let url = format!("file:{}", text.as_deref().or(path.to_str()).unwrap_or_default());
        let input = format::input(&url)
            .map_err(|e| anyhow!("{name} is not a video, or damaged beyond reading ({e}); look at it with ffprobe"))?;
        let Some(stream) = input.streams().best(media::Type::Video) else {
            bail!("{name} has no video stream; look at it with ffprobe");
        };
        let mut context = codec::Context::from_parameters(stream.parameters())?;
        context.set_threading(threading::Config { kind: threading::Type::Frame, count: threads, ..Default::default() });
        let decoder = context.decoder().video();
        let decoder = decoder.map_err(|e| anyhow!("cannot decode {name}: {e}; look at it with ffprobe"))?;
        let announced = u64::try_from(stream.frames()).ok().filter(|frames| *frames > 0);
        let fps = Some(f64::from(stream.avg_frame_rate())).filter(|fps| fps.is_finite() && *fps > 0.0);
        let (index, seconds) = (stream.index(), f64::from(stream.time_base()));
        // In microseconds; negative where it is unknown.
        let seconds_announced = input.duration() as f64 / 1e6;
        let (first_pts, draining, since_start) = (None, false, 0);
        let opened =
            Self { input, stream: index, decoder, seconds, seconds_announced, first_pts, draining, since_start };
        Ok((opened, announced, fps))
    }

    fn converter(&self) -> Result<Converter> {
        Converter::new((self.decoder.format(), self.decoder.width(), self.decoder.height()))
    }

    /// Decodes the next picture; false at the end. Damaged packets are counted and passed over, as players do.
    fn decode(&mut self, picture: &mut frame::Video, errors: &mut u64) -> bool {
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
                Err(_) => *errors += 1,
            }
            if !self.draining {
                self.feed(errors);
            }
        }
    }

    /// Gives the decoder the next packet of the stream, or the end.
    fn feed(&mut self, errors: &mut u64) {
        let mut packet = Packet::empty();
        loop {
            match packet.read(&mut self.input) {
                Ok(()) if packet.stream() != self.stream => continue,
                Ok(()) => {
                    *errors += u64::from(self.decoder.send_packet(&packet).is_err());
                    return;
                }
                Err(error) => {
                    // A file that cannot be read further has ended, damaged or not.
                    *errors += u64::from(error != Error::Eof);
                    self.draining = true;
                    // Refused only by a decoder that is being emptied already.
                    let _ = self.decoder.send_eof();
                    return;
                }
            }
        }
    }

    /// Goes back to the first frame, if the format lets us.
    fn seek_to_start(&mut self) -> bool {
        let sought = self.input.seek(0, ..).is_ok();
        self.decoder.flush();
        (self.draining, self.since_start) = (false, 0);
        sought
    }

    /// How a player would turn the picture, from the stream's display matrix: quarters and mirrors only.
    fn turn(&self) -> Option<Turn> {
        let stream = self.input.stream(self.stream)?;
        let matrix = stream.side_data().find(|data| data.kind() == SideData::DisplayMatrix)?;
        let entry =
            |at: usize| Some(i64::from(i32::from_ne_bytes(matrix.data().get(at * 4..at * 4 + 4)?.try_into().ok()?)));
        Turn::new(entry(0)?, entry(1)?, entry(3)?, entry(4)?)
    }
}

/// Tells what is wrong with a path before a decoder sees it.
pub(super) fn check(path: &Path) -> Result<()> {
    let name = path.display();
    match std::fs::metadata(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => bail!("no file {name}; check the path"),
        Err(e) => bail!("cannot read {name}: {e}"),
        Ok(meta) if meta.is_dir() => {
            bail!("{name} is a directory; give a video file, or numbered images as {}", path.join("%04d.png").display())
        }
        Ok(meta) if meta.is_file() && meta.len() == 0 => bail!("{name} is empty"),
        Ok(meta) if meta.is_file() => {
            std::fs::File::open(path).map(drop).with_context(|| format!("cannot read {name}"))
        }
        // Opening a pipe would wait for its writer.
        Ok(_) => Ok(()),
    }
}
