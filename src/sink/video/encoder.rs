//! The encoder: pictures with times go in, packets come out, some frames later. Knows nothing of files.
#![expect(unsafe_code, reason = "the order of fields has no other door")]

use std::collections::VecDeque;
use std::ptr::null;
use std::time::Duration;

use anyhow::{Result, anyhow};
use ffmpeg_next::codec::{self, Flags, threading};
use ffmpeg_next::ffi::{AVFieldOrder, av_opt_find};
use ffmpeg_next::frame::side_data::Type as SideData;
use ffmpeg_next::{Codec as FfmpegCodec, Error, Packet, Rational, encoder};
use opencv::core::Mat;

use super::codec::Codec;
use super::encoder_settings::encoder_settings;
use super::fields::Fields;
use super::format::Look;
use super::options::VideoOptions;
use super::picture::Painter;
use crate::frame::{Shape, Stamp};
use crate::host::shortage::shortage;
use crate::source::{SourceInfo, words};

/// The clock of sources that have none: a tick that cameras, television and cinema are whole numbers of, nearly.
const TICK: (i32, i32) = (1, 90_000);

/// The longest that a frame may be shown within the pictures of one encoder.
const LEAP: Duration = Duration::from_secs(1800);

/// An encoder at work.
pub(super) struct Encoder {
    opened: encoder::video::Encoder,
    pub name: &'static str,
    pub time_base: Rational,
    painter: Painter,
    pub fields: Fields,
    /// When the latest frame is shown.
    latest: Option<i64>,
    /// How long frames are shown that are in the encoder, by their time; encoders do not carry it.
    durations: VecDeque<(i64, i64)>,
    pub notes: Vec<String>,
    /// Whether it can write captions.
    takes_captions: bool,
    /// Whether there were some.
    had_captions: bool,
    /// Threads and bytes of memory that it takes at most, by estimate.
    needs: (usize, usize),
}

impl Encoder {
    /// The best encoder of the codec that takes such frames.
    pub(super) fn open(
        codec: Codec,
        options: &VideoOptions,
        source: &SourceInfo,
        shape: Shape,
        global_header: bool,
    ) -> Result<Self> {
        let mut refused = None;
        for (name, found) in codec.encoders()? {
            match Self::open_one((codec, name, found), options, source, shape, global_header) {
                Ok(encoder) => return Ok(encoder),
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        Err(refused.unwrap_or_else(|| anyhow!("there is no encoder for {codec}")))
    }

    fn open_one(
        (codec, name, found): (Codec, &'static str, FfmpegCodec),
        options: &VideoOptions,
        source: &SourceInfo,
        shape: Shape,
        global_header: bool,
    ) -> Result<Self> {
        let facts = source.video.as_ref();
        let look = Look::choose((codec, &found), options.pix_fmt.as_deref(), shape, facts)?;
        let mut told = encoder_settings(codec, name, options);
        look.tell(facts, &mut told);
        let time_base = Rational::from(facts.map_or(TICK, |facts| facts.time_base));
        let mut context = codec::Context::new_with_codec(found).encoder().video()?;
        context.set_width(u32::try_from(shape.width)?);
        context.set_height(u32::try_from(shape.height)?);
        context.set_format(look.format);
        context.set_time_base(time_base);
        context.set_frame_rate(Some(rate(source)));
        if is_slow(rate(source)) {
            context.set_max_b_frames(0);
        }
        if let Some(facts) = facts {
            context.set_aspect_ratio(sample_aspect(facts.sample_aspect, source.shape, shape));
        }
        // Kinds are for decoders; an encoder takes what it has.
        let kind = threading::Type::Frame;
        context.set_threading(threading::Config { kind, count: options.threads, ..Default::default() });
        let fields = Fields::new((codec, look.format), (source.shape, shape), facts);
        let mut flags = Flags::empty();
        flags.set(Flags::GLOBAL_HEADER, global_header);
        flags.set(Flags::INTERLACED_DCT | Flags::INTERLACED_ME, fields.latest.is_some());
        context.set_flags(flags);
        if let Some(top) = fields.latest {
            // SAFETY: a number of a context that is ours and not open yet.
            unsafe { (*context.as_mut_ptr()).field_order = order(top) };
        }
        // Threads that look ahead come on top.
        let needs = (options.threads + 4, usize::try_from(options.pictures_held())? * shape.bytes().div_ceil(2));
        let opened = context.open_as_with(found, told).map_err(|e| {
            let asked = [("--crf", options.crf.map(|crf| crf.to_string())), ("--preset", options.preset.clone())];
            let asked: Vec<_> =
                asked.into_iter().filter_map(|(key, value)| Some(format!(" {key} {}", value?))).collect();
            let hint = if asked.is_empty() { "; try another --codec" } else { "; try without" };
            failure(e, needs, name, || format!("{name} does not take {shape}{}{hint}", asked.concat()))
        })?;
        let painter = Painter::new(shape, look.format, look.full)?;
        // SAFETY: the private settings of an open encoder, which are null or begin with their description; only read.
        let takes_captions = unsafe {
            (*opened.as_ptr())
                .priv_data
                .as_mut()
                .is_some_and(|own| !av_opt_find(own, c"a53cc".as_ptr(), null(), 0, 0).is_null())
        };
        let (latest, durations, notes) = (None, VecDeque::new(), look.notes);
        Ok(Self {
            opened,
            name,
            time_base,
            painter,
            fields,
            latest,
            durations,
            notes,
            takes_captions,
            had_captions: false,
            needs,
        })
    }

    /// The encoder's own description of the stream, for the container.
    pub(super) fn context(&self) -> &codec::Context {
        &self.opened
    }

    /// Goes on where `before` has ended.
    #[must_use]
    pub(super) fn after(mut self, before: &mut Self) -> Self {
        self.latest = before.latest;
        self.fields.note = before.fields.note.take();
        self.had_captions = before.had_captions;
        self
    }

    /// Whether a frame comes so long after the one before that MPEG-4 could not say how much later than it was decoded a
    /// picture is shown that needs both: it has 28 bits of ticks for that, and about 20,000 a second or more.
    pub(super) fn leaps(&self, frame: Stamp) -> bool {
        let (next, tick) = (frame.pts.as_secs_f64(), f64::from(self.time_base));
        let leap = next - self.latest.map_or(next, |latest| latest as f64 * tick);
        leap > LEAP.as_secs_f64().min(f64::from(1 << 26) * tick)
    }

    /// Makes a picture of the image of a frame; [`encode`](Self::encode) takes it from there. Returns when it is shown, in
    /// ticks of the encoder's clock.
    pub(super) fn paint(&mut self, image: &Mat, frame: Stamp) -> Result<i64> {
        let ticks = |time: Duration| (time.as_secs_f64() / f64::from(self.time_base)).round() as i64;
        // Two frames at one time would be one.
        let time = self.latest.map_or(ticks(frame.pts), |latest| ticks(frame.pts).max(latest + 1));
        self.latest = Some(time);
        // Sources say how long a packet takes in the order of decoding; a frame is shown until the next one.
        if let Some((before, duration)) = self.durations.back_mut() {
            *duration = time - *before;
        }
        self.durations.push_back((time, ticks(frame.duration)));
        let fields = self.fields.of(frame);
        self.painter.paint(image, fields)?.set_pts(Some(time));
        Ok(time)
    }

    /// Gives the picture that was painted last its captions.
    pub(super) fn caption(&mut self, data: &[u8]) {
        self.had_captions = true;
        if let Some(mut room) = self.painter.picture_mut().new_side_data(SideData::A53CC, data.len()) {
            // SAFETY: what was just made is as long as was asked for, and ours.
            unsafe { data.as_ptr().copy_to_nonoverlapping((*room.as_mut_ptr()).data, data.len()) };
        }
    }

    /// What to say of captions that could not be written.
    pub(super) fn lost_captions(&self) -> Option<String> {
        let lost = self.had_captions && !self.takes_captions;
        lost.then(|| format!("the captions in the pictures are lost: {} writes none; --codec h264 does", self.name))
    }

    /// Encodes the picture that was painted last. Packets that are ready go to `out`.
    pub(super) fn encode(&mut self, out: &mut Vec<Packet>) -> Result<()> {
        self.opened.send_frame(self.painter.picture()).map_err(|error| self.failure(error))?;
        self.receive(out)
    }

    /// There are no more frames: all packets that are left go to `out`, some at a time; false when that was all.
    pub(super) fn drain(&mut self, out: &mut Vec<Packet>) -> Result<()> {
        self.opened.send_eof().map_err(|error| self.failure(error))?;
        self.receive(out)
    }

    fn failure(&self, error: Error) -> anyhow::Error {
        failure(error, self.needs, self.name, || format!("{} failed: {}", self.name, words(error)))
    }

    fn receive(&mut self, out: &mut Vec<Packet>) -> Result<()> {
        loop {
            let mut packet = Packet::empty();
            match self.opened.receive_packet(&mut packet) {
                Ok(()) => {
                    let shown = self.durations.iter().position(|(pts, _)| packet.pts() == Some(*pts));
                    if let Some((_, duration)) = shown.and_then(|at| self.durations.remove(at)) {
                        packet.set_duration(duration);
                    }
                    out.push(packet);
                }
                Err(Error::Eof) => return Ok(()),
                Err(Error::Other { errno }) if errno == ffmpeg_next::error::EAGAIN => return Ok(()),
                Err(error) => return Err(self.failure(error)),
            }
        }
    }
}

/// Why an encoder failed: most say the same whatever it is.
fn failure(error: Error, needs: (usize, usize), name: &str, otherwise: impl FnOnce() -> String) -> anyhow::Error {
    let may_be_short = matches!(error, Error::External | Error::Other { .. } | Error::Unknown);
    match shortage(needs.0, needs.1).filter(|_| may_be_short) {
        Some(shortage) => anyhow::Error::new(shortage).context(format!("{name} cannot work")),
        None => anyhow!(otherwise()),
    }
}

/// Width to height of one pixel when pictures of the size `from` are resized to that of `to`: the picture that is shown
/// keeps its shape, as with ffmpeg's `scale`.
fn sample_aspect(source: (i32, i32), from: Shape, to: Shape) -> Rational {
    if source.0 <= 0 {
        return source.into();
    }
    Rational::from(source) * Rational(from.width, from.height) / Rational(to.width, to.height)
}

fn order(top: bool) -> AVFieldOrder {
    if top { AVFieldOrder::AV_FIELD_TT } else { AVFieldOrder::AV_FIELD_BB }
}

/// Whether frames are so far apart that MPEG-4 needs a slow clock, and no frame that is coded before one shown earlier: it
/// has 31 bits for the time from one frame to the next.
pub(super) fn is_slow(fps: Rational) -> bool {
    f64::from(fps) < 0.01
}

/// Frames a second, which encoders want to know; where nobody does, those of television.
fn rate(source: &SourceInfo) -> Rational {
    let said = source.video.as_ref().and_then(|facts| facts.rate).filter(|rate| rate.0 > 0 && rate.1 > 0);
    let thousandths = |fps: f64| ((fps * 1000.0).round().clamp(1.0, 1e9) as i32, 1000);
    Rational::from(said.or(source.fps.map(thousandths)).unwrap_or((25, 1)))
}
