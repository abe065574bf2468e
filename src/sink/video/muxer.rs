//! The container being written: the stream of new pictures, and beside it what is copied from another file, in the
//! order of time. Nothing is queued: every packet goes to the file as it comes.
#![expect(unsafe_code, reason = "a few fields of containers and streams have no other door")]

use std::ffi::CString;
use std::fs::File;
use std::io::{self, Seek};
use std::ptr::null;
use std::time::Duration;

use anyhow::{Result, anyhow};
use ffmpeg_next::codec::Id;
use ffmpeg_next::codec::packet::side_data::Type as SideDataType;
use ffmpeg_next::ffi::{
    AVFMT_FLAG_BITEXACT, FF_COMPLIANCE_EXPERIMENTAL, FF_COMPLIANCE_NORMAL, av_codec_get_tag, av_guess_format,
    av_stream_new_side_data, avformat_get_riff_audio_tags, avformat_query_codec, avio_flush,
};
use ffmpeg_next::format::context::{Output, StreamIo};
use ffmpeg_next::format::stream::Stream;
use ffmpeg_next::format::{Flags, output_to_stream};
use ffmpeg_next::{Dictionary, Error, Packet, Rational};

use super::codec::{Codec, Container};
use super::encoder::{Encoder, is_slow};
use super::passthrough::PassthroughStreams;
use super::place::{Fault, Place};
use super::tags::Said;
use crate::source::{SideData, words};

/// A container being written.
pub(super) struct Muxer {
    output: Output,
    fault: Fault,
    /// The pictures' clock in the encoder and in the container.
    clocks: (Rational, Rational),
    /// When the first frame is shown, by the clock in the encoder.
    start: i64,
    /// When the first packet is to be decoded, and when the latest that was written is, by the clock in the encoder.
    first_dts: Option<i64>,
    latest_dts: Option<i64>,
    /// Until when the packets before the latest are shown, by that clock.
    shown_until: i64,
    /// The latest packet of the pictures: the last of all is told how long it lasts.
    latest: Option<Packet>,
    others: Option<PassthroughStreams>,
    /// What the file should say of itself.
    pub said: Said,
}

/// Bytes that go to the file at once.
const BUFFER: usize = 256 << 10;

impl Container {
    /// Whether it can hold such a stream.
    pub(super) fn takes(self, id: Id) -> bool {
        let Ok(muxer) = CString::new(self.muxer()) else { return false };
        // SAFETY: the name ends with a zero; what comes back is null or a constant of libavformat, which is only read.
        unsafe {
            let format = av_guess_format(muxer.as_ptr(), null(), null());
            !format.is_null() && avformat_query_codec(format, id.into(), FF_COMPLIANCE_NORMAL) == 1
        }
    }

    /// Whether it can hold such sound. Matroska has no names for old kinds, but takes what WAV can hold by its numbers.
    pub(super) fn takes_sound(self, id: Id) -> bool {
        // SAFETY: the tables are constants of libavformat, and end with none.
        let in_wav = || unsafe { av_codec_get_tag([avformat_get_riff_audio_tags(), null()].as_ptr(), id.into()) != 0 };
        // FFmpeg's writer of QuickTime refuses these, though it has names for them.
        let refused = self == Self::Mov && matches!(id, Id::OPUS | Id::FLAC | Id::TRUEHD);
        !refused && (self.takes(id) || (self == Self::Mkv && in_wav()))
    }
}

impl Muxer {
    /// A container in `file`, empty as yet.
    pub(super) fn new(container: Container, file: File) -> Result<Self> {
        let fault = Fault::default();
        let goes_back = (&file).stream_position().is_ok();
        let place = Place::new(file, &fault);
        let place = if goes_back {
            StreamIo::from_write_seek_with_capacity(place, BUFFER)?
        } else {
            StreamIo::from_write_with_capacity(place, BUFFER)?
        };
        let mut output = output_to_stream(place, None, Some(container.muxer()))?;
        // SAFETY: settings of a context that is ours: no random numbers and no versions, so that the same frames give the
        // same bytes.
        // And no moving of all times for sound that begins a little early: containers can say so.
        unsafe {
            (*output.as_mut_ptr()).flags |= AVFMT_FLAG_BITEXACT;
            // FLAC in MPEG-4 has long been a standard.
            (*output.as_mut_ptr()).strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
            if container.is_matroska() {
                (*output.as_mut_ptr()).avoid_negative_ts = 0;
            }
        }
        let no_clock = Rational(1, 1);
        let (clocks, first_dts, latest_dts, latest) = ((no_clock, no_clock), None, None, None);
        let (said, others) = (Said::default(), None);
        Ok(Self { output, fault, clocks, start: 0, first_dts, latest_dts, shown_until: 0, latest, others, said })
    }

    /// Whether encoders are to keep their headers out of the packets.
    pub(super) fn wants_global_header(&self) -> bool {
        self.output.format().flags().contains(Flags::GLOBAL_HEADER)
    }

    /// Writes the head of the container: the pictures of `encoder`, the first of which is shown at `start_us` in
    /// microseconds, what the source says beside them, and `others`. Returns what of those could not go along.
    pub(super) fn begin(
        &mut self,
        (container, codec): (Container, Codec),
        (encoder, side_data): (&Encoder, &[SideData]),
        start_us: i64,
        mut others: Option<PassthroughStreams>,
    ) -> Result<Vec<String>> {
        let context = encoder.context();
        let mut stream = self.output.add_stream_with(context)?;
        stream.set_time_base(encoder.time_base);
        stream.set_avg_frame_rate(context.frame_rate());
        // SAFETY: fields of a stream that was just made and that nobody else holds. Apple's players want HEVC under this
        // name; everywhere else the container knows best.
        unsafe {
            let stream = stream.as_mut_ptr();
            (*stream).sample_aspect_ratio = (*(*stream).codecpar).sample_aspect_ratio;
            let apple = codec == Codec::Hevc && matches!(container, Container::Mp4 | Container::Mov);
            (*(*stream).codecpar).codec_tag = if apple { u32::from_le_bytes(*b"hvc1") } else { 0 };
        }
        let (clock, rate) = (encoder.time_base, context.frame_rate());
        let left_out = self.begin_beside(container, side_data, (clock, rate), &mut others)?;
        self.start = (start_us as f64 / 1e6 / f64::from(clock)).round() as i64;
        self.others = others;
        Ok(left_out)
    }

    /// The same for pictures that are copied from `stream`, whose clock is kept; the first is shown at `start` by that.
    pub(super) fn begin_copy(
        &mut self,
        container: Container,
        (stream, side_data): (&Stream<'_>, &[SideData]),
        start: i64,
        mut others: Option<PassthroughStreams>,
    ) -> Result<Vec<String>> {
        let (clock, rate) = (stream.time_base(), stream.avg_frame_rate());
        let mut new = self.output.add_stream(None::<ffmpeg_next::Codec>)?;
        new.set_parameters(stream.parameters());
        new.set_time_base(clock);
        new.set_avg_frame_rate(rate);
        // SAFETY: fields of a stream that was just made and that nobody else holds, and of one whose context is alive.
        unsafe {
            let new = new.as_mut_ptr();
            (*new).sample_aspect_ratio = (*stream.as_ptr()).sample_aspect_ratio;
            (*(*new).codecpar).codec_tag = 0;
        }
        let left_out = self.begin_beside(container, side_data, (clock, rate), &mut others)?;
        self.start = start;
        self.others = others;
        Ok(left_out)
    }

    /// Writes the head, with what stands beside the pictures and `others`.
    fn begin_beside(
        &mut self,
        container: Container,
        side_data: &[SideData],
        (clock, rate): (Rational, Rational),
        others: &mut Option<PassthroughStreams>,
    ) -> Result<Vec<String>> {
        side_data.iter().for_each(|data| self.put_beside(data));
        let (output, said) = (&mut self.output, &mut self.said);
        let left_out = others.as_mut().map_or(Ok(Vec::new()), |others| others.join(output, container, said))?;
        let mut settings = self.settings(container, others.as_ref());
        if !container.is_matroska() && is_slow(rate) {
            settings.set("video_track_timescale", "1000");
        }
        let written = self.output.write_header_with(settings).map(drop);
        self.check(written, "this container cannot be begun")?;
        let own = |index| self.output.stream(index).map_or(Rational(1, 1), |stream| stream.time_base());
        others.iter_mut().for_each(|others| others.set_clocks(own));
        self.clocks = (clock, own(0));
        Ok(left_out)
    }

    /// Says beside the pictures what the source says.
    fn put_beside(&mut self, data: &SideData) {
        self.said.expect_side_data(data);
        let Some(mut stream) = self.output.stream_mut(0).filter(|_| !data.bytes.is_empty()) else { return };
        // SAFETY: the stream was just made and nobody else holds it; what comes back is null or as long as was asked for.
        unsafe {
            let room = av_stream_new_side_data(stream.as_mut_ptr(), data.kind.into(), data.bytes.len());
            if !room.is_null() {
                data.bytes.as_ptr().copy_to_nonoverlapping(room, data.bytes.len());
            }
        }
    }

    /// What a container is told so that it keeps what `others` and the pictures say.
    fn settings(&self, container: Container, others: Option<&PassthroughStreams>) -> Dictionary<'static> {
        let mut flags = Vec::new();
        // Else it names primaries instead, if it knows them.
        flags.extend(self.said.has(SideDataType::ICC_PROFILE).then_some("prefer_icc"));
        flags.extend(others.is_some_and(|others| others.need_names(container)).then_some("use_metadata_tags"));
        let mut settings = Dictionary::new();
        if !flags.is_empty() {
            settings.set("movflags", &flags.join("+"));
        }
        settings
    }

    /// Takes a packet of the pictures, and writes the one before.
    pub(super) fn write(&mut self, packet: Packet) -> Result<()> {
        self.first_dts = self.first_dts.or(packet.dts());
        let Some(before) = self.latest.replace(packet) else { return Ok(()) };
        self.shown_until = self.shown_until.max(before.pts().unwrap_or(0) + before.duration());
        self.write_now(before)
    }

    /// Writes a packet of the pictures, and before it whatever is due by then.
    fn write_now(&mut self, mut packet: Packet) -> Result<()> {
        packet.set_pts(packet.pts().map(|pts| pts + self.start));
        // One encoder may go on where another ended: the order of decoding is that of the packets.
        let earliest = self.latest_dts.map_or(i64::MIN, |dts| dts + 1);
        packet.set_dts(packet.dts().map(|dts| (dts + self.start).max(earliest)));
        self.latest_dts = packet.dts().or(self.latest_dts);
        if let Some(due) = packet.dts().or(packet.pts()) {
            self.write_others(due as f64 * f64::from(self.clocks.0))?;
        }
        packet.rescale_ts(self.clocks.0, self.clocks.1);
        packet.set_stream(0);
        packet.set_position(-1);
        let written = packet.write(&mut self.output).map(drop);
        self.check(written, "a frame cannot be written")
    }

    /// Writes what is copied and due before `until`, in seconds by the file's clock.
    fn write_others(&mut self, until: f64) -> Result<()> {
        while let Some((packet, what)) = self.others.as_mut().and_then(|others| others.next_before(until)) {
            let written = packet.write(&mut self.output).map(drop);
            // What makes no sense to the container is left out: the rest of the sound still may.
            match &mut self.others {
                Some(others) if written == Err(Error::InvalidData) => others.leave_out(packet.stream()),
                _ => self.check(written, what)?,
            }
        }
        Ok(())
    }

    /// Writes what is left to copy before `until`, in seconds by the file's clock, and the end of the container. The pictures
    /// are shown for `shown` from the first on.
    pub(super) fn finish(&mut self, until: f64, shown: Duration) -> Result<()> {
        if let Some(mut last) = self.latest.take() {
            let shown = (shown.as_secs_f64() / f64::from(self.clocks.0)).round() as i64;
            let (pts, dts) = (last.pts().unwrap_or(0), last.dts().unwrap_or(0));
            // MPEG-4 shows a track until the latest end of a packet. Where the frame that is shown last was written before
            // and ends too early, only the last packet can still say when it ends; else that would make the track, whose
            // packets are counted in the order of decoding, longer than what is shown of it.
            let from = if self.shown_until < shown { pts } else { pts.max(dts - self.first_dts.unwrap_or(0)) };
            last.set_duration((shown - from).max(1));
            self.write_now(last)?;
        }
        self.write_others(until)?;
        let written = self.output.write_trailer();
        // SAFETY: the context and its file are alive and ours.
        unsafe { avio_flush((*self.output.as_mut_ptr()).pb) };
        self.check(written, "the end cannot be written")
    }

    /// What is copied beside the pictures.
    pub(super) fn others(&self) -> Option<&PassthroughStreams> {
        self.others.as_ref()
    }

    /// What went wrong, in the words of the system if it was the file.
    fn check(&self, written: Result<(), Error>, what: &str) -> Result<()> {
        if let Some(error) = self.fault.take() {
            let full = matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
            return Err(anyhow!("cannot write: {error}{}", if full { "; make room, and run it again" } else { "" }));
        }
        written.map_err(|error| match error {
            Error::PatchWelcome | Error::InvalidData | Error::Other { errno: libc::EINVAL } => {
                let takes_most = self.output.format().name() == Container::Mkv.muxer();
                let hint = if takes_most { "" } else { "; try another, as .mkv" };
                anyhow!("{what}: this container cannot hold it{hint}")
            }
            other => anyhow!("{what}: {}", words(other)),
        })
    }
}
