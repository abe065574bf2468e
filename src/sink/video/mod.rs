//! `video`: frames become a video file, each shown when it was in the source and for as long, with the sound and the
//! rest of another file beside them.
//!
//! Encoder and container are FFmpeg's; OpenCV's writer knows neither times nor sound. Knows nothing of where frames
//! come from, and decides neither where the file goes nor when it gets its name.

mod codec;
mod copied;
mod encoder;
mod encoder_settings;
mod encoder_threads;
mod fields;
mod format;
mod joined;
mod limits;
mod muxer;
mod options;
mod packets;
mod passthrough;
mod picture;
mod place;
mod streams;
mod tags;
mod verify;
mod written;

use std::fs::File;
use std::ops::ControlFlow;
use std::time::Duration;

use anyhow::Result;
use ffmpeg_next::Packet;

use self::encoder::Encoder;
use self::encoder_threads::EncoderThreads;
use self::muxer::Muxer;
use self::passthrough::PassthroughStreams;
use super::Sink;
use crate::frame::{Frame, Shape};
use crate::metrics::StageTimer;
use crate::source::{Captions, SourceInfo};

pub use self::codec::{Codec, Container, is_stdout};
pub use self::joined::{JoinedPiece, join};
pub use self::options::VideoOptions;
pub use self::packets::Others;
pub use self::verify::{Expected, verify};
pub use self::written::written;

const CONVERT: usize = 0;
const ENCODE: usize = 1;
const MUX: usize = 2;

/// Opens an encoder for a source.
type OpenEncoder = Box<dyn Fn(&SourceInfo) -> Result<Encoder> + Send>;

/// A video file being written.
pub struct Video {
    encoder: Encoder,
    /// Opens an encoder as that one was, for a source of these facts.
    open: OpenEncoder,
    source: SourceInfo,
    /// The encoder's threads.
    encoder_threads: EncoderThreads,
    muxer: Muxer,
    container: Container,
    packets: Vec<Packet>,
    /// How many threads the encoder was told to have.
    threads: usize,
    notes: Vec<String>,
    /// When the first frame is shown, in microseconds by the file's clock.
    start_us: i64,
    /// When each frame is shown, in ticks of the encoder's clock.
    times: Vec<i64>,
    /// When the last frame ends, from the first on.
    end: Duration,
    /// Whether what is copied ends with the pictures, because they are not all of the source's.
    cut: bool,
    /// Where the captions of frames wait.
    captions: Option<Captions>,
}

impl Video {
    /// Begins a video of `output` frames in an empty file. `others` is where sound, subtitles, chapters and attachments
    /// come from.
    ///
    /// # Errors
    /// When there is no such codec, the container does not take it, the encoder does not take such frames, or the file
    /// cannot be written.
    pub fn create(
        (file, container): (File, Container),
        options: &VideoOptions,
        source: &SourceInfo,
        output: Shape,
        others: Option<Others>,
    ) -> Result<Self> {
        let codec = options.codec.unwrap_or(container.default_codec());
        options.check_in(container)?;
        let mut muxer = Muxer::new(container, file)?;
        let mut encoder_threads = EncoderThreads::new();
        let global_header = muxer.wants_global_header();
        let told = options.clone();
        let open = move |source: &SourceInfo| Encoder::open(codec, &told, source, output, global_header);
        let encoder = encoder_threads.while_working(|| open(source))?;
        let pictures = source.video.as_ref().map(|facts| facts.stream);
        let mut others = others.map(|others| PassthroughStreams::open(others, pictures, options.audio)).transpose()?;
        let shift = others.as_ref().map_or(0, |others| others.clock_start_us);
        let start_us = source.video.as_ref().map_or(0, |facts| facts.start_us) - shift;
        // Before zero there is nothing to be shown: the whole file is moved.
        let (start_us, early_us) = (start_us.max(0), start_us.min(0));
        others.iter_mut().for_each(|others| others.clock_start_us += early_us);
        let mut notes = encoder.notes.clone();
        let side_data = source.video.as_ref().map_or(&[][..], |facts| &facts.side_data);
        notes.extend(muxer.begin((container, codec), (&encoder, side_data), start_us, others)?);
        let (threads, end) = (options.threads, Duration::ZERO);
        let (packets, times) = (Vec::new(), Vec::new());
        let (open, source) = (Box::new(open), source.clone());
        Ok(Self {
            encoder,
            open,
            source,
            encoder_threads,
            muxer,
            container,
            packets,
            threads,
            notes,
            start_us,
            times,
            end,
            cut: false,
            captions: None,
        })
    }

    /// Not all of the source will be written: what is copied ends with the pictures.
    #[must_use]
    pub fn cut(mut self) -> Self {
        self.cut = true;
        self
    }

    /// Frames get the captions that wait for them.
    #[must_use]
    pub fn with_captions(mut self, captions: Option<Captions>) -> Self {
        self.captions = captions;
        self
    }

    /// What the file should show.
    pub fn expected(&self) -> Expected {
        let (tick, first) = (f64::from(self.encoder.time_base), self.times.first().copied().unwrap_or(0));
        let time = |ticks: &i64| Duration::from_secs_f64((ticks - first) as f64 * tick);
        let sound_ends = self.muxer.others().into_iter().flat_map(PassthroughStreams::sound_ends).collect();
        let said = self.muxer.said.clone();
        // Those of a part of a source do not begin at zero.
        let begins = Duration::from_secs_f64(first.max(0) as f64 * tick);
        Expected {
            times: self.times.iter().map(time).collect(),
            end: self.end.saturating_sub(begins),
            sound_ends,
            container: self.container,
            said,
            threads: self.threads,
        }
    }

    /// What the user should know: what could not go along, and how frames were encoded against expectation.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// When the last frame ends as the index of the source has it, where that was the last frame of the source.
    fn true_end(&self) -> Option<Duration> {
        let usual = Duration::from_secs_f64(1.0 / self.source.fps.filter(|fps| *fps > 0.0)?);
        let said = self.source.video.as_ref()?.end.filter(|_| !self.cut)?;
        let last = self.expected().times.last().copied()?;
        (said > last && said.abs_diff(self.end) < 3 * usual).then_some(said)
    }

    /// Lets another encoder go on from here.
    fn change_encoder(&mut self) -> Result<()> {
        self.encoder_threads.while_working(|| self.encoder.drain(&mut self.packets))?;
        self.mux()?;
        let next = self.encoder_threads.while_working(|| (self.open)(&self.source))?;
        self.encoder = next.after(&mut self.encoder);
        Ok(())
    }

    fn mux(&mut self) -> Result<()> {
        self.packets.drain(..).try_for_each(|packet| self.muxer.write(packet))
    }
}

impl Sink for Video {
    fn parts(&self) -> Vec<String> {
        vec!["convert".into(), "encode".into(), "mux".into()]
    }

    fn write(&mut self, frame: &Frame, timer: &StageTimer<'_>) -> Result<ControlFlow<()>> {
        let stamp = frame.stamp;
        let top = self.encoder.fields.other_order(stamp);
        if let Some(facts) = self.source.video.as_mut().filter(|_| top.is_some()) {
            // An encoder has the same order of fields for all its pictures.
            facts.interlaced = top;
        }
        if top.is_some() || self.encoder.leaps(stamp) {
            self.change_encoder()?;
        }
        self.times.push(self.encoder.paint(frame.output(), stamp)?);
        if let Some(captions) = self.captions.as_ref().and_then(|captions| captions.take(stamp.pts)) {
            self.encoder.caption(&captions);
        }
        timer.split(CONVERT);
        self.encoder_threads.while_working(|| self.encoder.encode(&mut self.packets))?;
        timer.add_cpu(self.encoder_threads.cpu());
        timer.split(ENCODE);
        self.mux()?;
        timer.split(MUX);
        self.end = self.end.max(stamp.pts + stamp.duration);
        Ok(ControlFlow::Continue(()))
    }

    fn writer(&self) -> Option<String> {
        let (threads, started) = (self.threads, self.encoder_threads.count());
        let asked =
            format!("libav {}, {threads} {}", self.encoder.name, if threads == 1 { "thread" } else { "threads" });
        // Some start more than they are told, to look ahead or to work on rows.
        Some(if started > threads { format!("{asked} ({started} started)") } else { asked })
    }

    fn finish(&mut self) -> Result<Duration> {
        self.encoder_threads.while_working(|| self.encoder.drain(&mut self.packets))?;
        self.encoder_threads.look();
        self.mux()?;
        self.end = self.true_end().unwrap_or(self.end);
        let end = self.start_us as f64 / 1e6 + self.end.as_secs_f64();
        self.muxer.finish(if self.cut { end } else { f64::INFINITY }, self.end)?;
        self.notes.extend(self.encoder.fields.note.take());
        self.notes.extend(self.encoder.lost_captions());
        if let Some(others) = self.muxer.others().filter(|_| !self.cut) {
            self.notes.extend(others.shortages());
        }
        Ok(self.encoder_threads.cpu())
    }
}
