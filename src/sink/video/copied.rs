//! One stream that is copied from another file: which packets of it go along, and when.
#![expect(unsafe_code, reason = "tags of codecs and the delay of Opus have no other door")]

use anyhow::Result;
use ffmpeg_next::codec::Id;
use ffmpeg_next::ffi::AV_NOPTS_VALUE;
use ffmpeg_next::format::context::Output;
use ffmpeg_next::format::stream::Stream;
use ffmpeg_next::{Packet, Rational, media};

use super::codec::Container;
use super::streams::{adts, copy_disposition, extra};
use super::tags;

/// A packet of sound that says it lasts longer, in seconds, is damaged.
const LONGEST: f64 = 0.25;

/// A stream that is copied.
pub(super) struct Copied {
    pub from: usize,
    pub to: usize,
    pub clocks: (Rational, Rational),
    /// Decoding time of the latest packet, and how much later the next must be at least, in the container's ticks.
    latest: Option<i64>,
    step: i64,
    /// What the container takes off its times again, in ticks of the source.
    delay: i64,
    pub kind: media::Type,
    /// When its latest packet ends, in seconds by the new file's clock.
    pub end: f64,
    /// When the source says it ends, by the same clock, where it says so.
    pub announced: Option<f64>,
    /// Whether it is AAC whose packets were alike so far, and what the first says of its sound, where each packet does.
    is_aac: bool,
    adts: Option<[u8; 2]>,
    /// What decoders must know of it, and whether nothing more of it is copied.
    codec: Id,
    extra: Vec<u8>,
    pub is_over: bool,
    /// Packets that could not be written.
    pub left_out: u64,
}

impl Copied {
    /// Adds a stream to a container, to be copied.
    pub(super) fn join(
        output: &mut Output,
        stream: &Stream<'_>,
        container: Container,
        clock_start_us: i64,
    ) -> Result<Self> {
        let mut new = output.add_stream(None::<ffmpeg_next::Codec>)?;
        new.set_parameters(stream.parameters());
        new.set_time_base(stream.time_base());
        new.set_metadata(tags::only(&stream.metadata(), |key| key != "encoder"));
        copy_disposition(stream, &mut new);
        // SAFETY: a field of a stream that was just made. Every container has its own numbers for codecs.
        unsafe { (*(*new.as_mut_ptr()).codecpar).codec_tag = 0 };
        let clocks = (stream.time_base(), stream.time_base());
        // Some packets are shorter than a tick of Matroska, which may have several at one time.
        let is_short = matches!(stream.parameters().id(), Id::TRUEHD | Id::MLP) && container.is_matroska();
        let step = i64::from(!is_short && stream.parameters().medium() != media::Type::Subtitle);
        let (kind, delay) =
            (stream.parameters().medium(), if container.is_matroska() { opus_delay(stream) } else { 0 });
        let begins = Some(stream.start_time()).filter(|start| *start != AV_NOPTS_VALUE).unwrap_or(0);
        let seconds = |ticks: i64| ticks as f64 * f64::from(clocks.0) - clock_start_us as f64 / 1e6;
        let announced = Some(stream.duration()).filter(|ticks| *ticks > 0).map(|ticks| seconds(begins + ticks));
        let (from, to, latest, end, adts) = (stream.index(), new.index(), None, 0.0, None);
        let (codec, extra, is_over, left_out) = (stream.parameters().id(), extra(stream), false, 0);
        let is_aac = codec == Id::AAC;
        Ok(Self {
            from,
            to,
            clocks,
            latest,
            step,
            delay,
            kind,
            end,
            announced,
            is_aac,
            adts,
            codec,
            extra,
            is_over,
            left_out,
        })
    }

    /// Whether nothing of it came so far.
    pub(super) fn is_empty(&self) -> bool {
        self.latest.is_none()
    }

    /// A part of a file that is several begins, and has `next` in the place of this stream: it goes on if that is of the same
    /// kind. Returns what to say.
    pub(super) fn meet_part(&mut self, next: Option<&Stream<'_>>) -> Option<String> {
        let what = if next.is_none_or(|next| next.parameters().id() != self.codec) {
            self.is_over = true;
            "is in another codec, and was left out"
        } else if next.is_some_and(|next| extra(next) != self.extra) {
            "is encoded in another way, which the new file cannot say; it may not play"
        } else {
            return None;
        };
        let (from, end) = (self.from, self.end);
        Some(format!("stream {from} of the file that begins after {end:.2} s {what}"))
    }

    /// Gives a packet its times and its stream in the new file.
    pub(super) fn place(
        &mut self,
        mut packet: Packet,
        clock_start_us: i64,
        notes: &mut Vec<String>,
    ) -> (Packet, &'static str) {
        let shift = (clock_start_us as f64 / 1e6 / f64::from(self.clocks.0)).round() as i64;
        let shift = shift - self.delay;
        packet.set_pts(packet.pts().map(|pts| pts - shift));
        packet.set_dts(packet.dts().or(packet.pts().map(|pts| pts + shift)).map(|dts| dts - shift));
        packet.rescale_ts(self.clocks.0, self.clocks.1);
        // Coarser ticks may let two packets fall together.
        let earliest = self.latest.map_or(i64::MIN, |latest| latest + self.step);
        let dts = packet.dts().map(|dts| dts.max(earliest));
        packet.set_dts(dts);
        packet.set_pts(packet.pts().zip(dts).map(|(pts, dts)| pts.max(dts)).or(packet.pts()));
        self.latest = dts.or(self.latest);
        let begins = packet.pts().or(dts).unwrap_or(0);
        let clock = f64::from(self.clocks.1);
        self.end = self.end.max(begins as f64 * clock + (packet.duration() as f64 * clock).min(LONGEST));
        if self.is_aac
            && let Some(is) = packet.data().and_then(adts)
            && *self.adts.get_or_insert(is) != is
        {
            // Once is enough: it may go back and forth.
            self.is_aac = false;
            let (from, begins) = (self.from, begins as f64 * f64::from(self.clocks.1));
            let what = "changes its rate or channels, which the new file cannot say; what follows may not play";
            notes.push(format!("stream {from}, sound, {what}, from {begins:.2} s on"));
        }
        packet.set_stream(self.to);
        packet.set_position(-1);
        let what = match self.kind {
            media::Type::Audio => "the sound cannot be copied",
            media::Type::Subtitle => "the subtitles cannot be copied",
            _ => "a stream cannot be copied",
        };
        (packet, what)
    }
}

/// The beginning of Opus that is decoded but not heard. Matroska says how long it is, and readers take it off the times of
/// packets; FFmpeg's writer does not put it on.
fn opus_delay(stream: &Stream<'_>) -> i64 {
    // SAFETY: fields of a stream whose context is alive, only read.
    let (padding, rate) = unsafe {
        let sound = &*(*stream.as_ptr()).codecpar;
        (sound.initial_padding, sound.sample_rate)
    };
    if stream.parameters().id() != Id::OPUS || rate <= 0 {
        return 0;
    }
    (f64::from(padding) / f64::from(rate) / f64::from(stream.time_base())).round() as i64
}
