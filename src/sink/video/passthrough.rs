//! What goes into a new video as it is: sound, subtitles, chapters, attachments and what the file says of itself, from
//! another file. Read packet by packet as far as the pictures have come; never more than one is held.
#![expect(unsafe_code, reason = "tags of codecs, dispositions and start times have no other door")]

use anyhow::{Context as _, Result};
use ffmpeg_next::codec::Id;
use ffmpeg_next::ffi::{AV_NOPTS_VALUE, AVDiscard};
use ffmpeg_next::format::context::{Input, Output};
use ffmpeg_next::format::stream::Stream;
use ffmpeg_next::{Packet, Rational, media};

use super::codec::Container;
use super::packets::Others;
use super::streams::{adts, attach_cover, copy_disposition, is_attached, is_cover, tag, why_not};
use super::tags::{self, Said};
use crate::source::Discontinuities;

/// Streams of a file, to be copied.
pub(super) struct PassthroughStreams {
    input: Input,
    /// Where its clock is set anew: the reader of the pictures finds the same.
    discontinuities: Discontinuities,
    copied: Vec<Copied>,
    /// Read, but not due yet.
    ahead: Option<(f64, Packet)>,
    ended: bool,
    /// Where the file's clock begins, in microseconds, where that is the clock of a broadcast and not of the file.
    pub clock_start_us: i64,
    /// The number of the stream whose place the new pictures take.
    pictures: Option<usize>,
    sound: bool,
    /// How many streams there were when the new file was begun.
    known: usize,
    /// What a user should know of packets that were read.
    notes: Vec<String>,
}

/// A stream that is copied.
struct Copied {
    from: usize,
    to: usize,
    clocks: (Rational, Rational),
    /// Decoding time of the latest packet, and how much later the next must be at least, in the container's ticks.
    latest: Option<i64>,
    step: i64,
    /// What the container takes off its times again, in ticks of the source.
    delay: i64,
    kind: media::Type,
    /// When its latest packet ends, in seconds by the new file's clock.
    end: f64,
    /// When the source says it ends, by the same clock, where it says so.
    announced: Option<f64>,
    /// Whether it is AAC whose packets were alike so far, and what the first says of its sound, where each packet does.
    is_aac: bool,
    adts: Option<[u8; 2]>,
}

impl PassthroughStreams {
    /// All of a file but its pictures, which are in the stream of that number, or the best, and without its sound if
    /// that is not wanted.
    pub(super) fn open(from: Others, pictures: Option<usize>, sound: bool) -> Result<Self> {
        let input = from.open()?;
        // SAFETY: a field of a context that is ours, only read.
        let start = unsafe { (*input.as_ptr()).start_time };
        let discontinuities = Discontinuities::of(&input);
        let clock_start_us = if discontinuities.is_broadcast() && start != AV_NOPTS_VALUE { start } else { 0 };
        let best = input.streams().best(media::Type::Video).map(|stream| stream.index());
        let pictures = pictures.or(best);
        Ok(Self {
            input,
            discontinuities,
            copied: Vec::new(),
            ahead: None,
            ended: false,
            clock_start_us,
            pictures,
            sound,
            known: 0,
            notes: Vec::new(),
        })
    }

    /// Adds the streams, chapters and tags to a container, as far as it can hold them. Returns what it cannot.
    pub(super) fn join(&mut self, output: &mut Output, container: Container, said: &mut Said) -> Result<Vec<String>> {
        let (mut notes, pictures) = (Vec::new(), self.pictures);
        // Containers keep pictures and files that belong to the whole behind all streams.
        let last = |index: &usize| self.input.stream(*index).is_some_and(|stream| is_attached(&stream));
        self.known = self.input.nb_streams() as usize;
        let mut order: Vec<_> = (0..self.known).collect();
        order.sort_by_key(last);
        for index in order {
            let Some(stream) = self.input.stream(index) else { continue };
            let kind = stream.parameters().medium();
            let wanted = Some(index) != pictures && (self.sound || kind != media::Type::Audio);
            let left_out = wanted.then(|| why_not(&stream, container)).flatten();
            if wanted && left_out.is_none() && is_cover(&stream) && container == Container::Mkv {
                said.expect_disposition(attach_cover(output, &stream)?, stream.disposition());
            } else if wanted && left_out.is_none() && !self.is_made_anew(&stream) {
                let copied = join_stream(output, &stream, container, self.clock_start_us)?;
                said.expect(Some(copied.to), &stream.metadata());
                said.expect_disposition(copied.to, stream.disposition());
                self.copied.push(copied);
            } else {
                notes.extend(left_out.filter(|_| !self.is_made_anew(&stream)));
                if !self.discontinuities.may_occur() {
                    discard(&mut self.input, index);
                }
            }
        }
        said.chapters = self.input.nb_chapters() as usize;
        self.join_chapters(output)?;
        self.join_tags(output, said);
        Ok(notes)
    }

    /// Whether the container makes this stream by itself: chapters and a time code are streams in QuickTime.
    fn is_made_anew(&self, stream: &Stream<'_>) -> bool {
        let tag = tag(stream);
        &tag == b"tmcd" || (&tag == b"text" && self.input.nb_chapters() > 0)
    }

    /// Says of the new file and its pictures what the old one said.
    fn join_tags(&self, output: &mut Output, said: &mut Said) {
        let of_file = tags::of_file(&self.input.metadata());
        said.expect(None, &of_file);
        output.set_metadata(of_file);
        let Some(stream) = self.pictures.and_then(|index| self.input.stream(index)) else { return };
        let Some(mut new) = output.stream_mut(0) else { return };
        let mut of_pictures = tags::of_pictures(&stream.metadata());
        let timecode_of = |stream: &Stream<'_>| stream.metadata().get("timecode").map(str::to_owned);
        let others = self.input.streams().filter(|stream| &tag(stream) == b"tmcd");
        let timecode = others.into_iter().find_map(|other| timecode_of(&other)).or_else(|| timecode_of(&stream));
        let timecode = timecode.or_else(|| self.input.metadata().get("timecode").map(str::to_owned));
        timecode.iter().for_each(|timecode| of_pictures.set("timecode", timecode));
        said.expect(Some(0), &of_pictures);
        said.expect_disposition(0, stream.disposition());
        new.set_metadata(of_pictures);
        copy_disposition(&stream, &mut new);
    }

    /// Whether tags of the file need the list for tags of any name, and may have it: MPEG-4 has cover pictures among the
    /// usual tags only.
    pub(super) fn need_names(&self, container: Container) -> bool {
        let cover = container == Container::Mp4 && self.copied.iter().any(|copied| copied.kind == media::Type::Video);
        !cover && tags::need_names(&tags::of_file(&self.input.metadata()), container)
    }

    fn join_chapters(&self, output: &mut Output) -> Result<()> {
        for (number, chapter) in (0..).zip(self.input.chapters()) {
            let (clock, said) = (chapter.time_base(), chapter.metadata());
            let shift = (self.clock_start_us as f64 / 1e6 / f64::from(clock)).round() as i64;
            let (start, end) = (chapter.start() - shift, chapter.end() - shift);
            let title = said.get("title").unwrap_or_default();
            let mut new = output.add_chapter(number, clock, start, end, title).context("cannot copy a chapter")?;
            said.iter().filter(|(key, _)| *key != "title").for_each(|(key, value)| new.set_metadata(key, value));
        }
        Ok(())
    }

    /// When the sound ends that was copied: the number of the stream in the new file, and seconds by its clock.
    pub(super) fn sound_ends(&self) -> impl Iterator<Item = (usize, f64)> {
        self.copied.iter().filter(|copied| copied.kind == media::Type::Audio).map(|copied| (copied.to, copied.end))
    }

    /// What to say of streams that did not come through whole.
    pub(super) fn shortages(&self) -> impl Iterator<Item = String> {
        let short = self.copied.iter().filter_map(|copied| {
            let announced = copied.announced.filter(|_| self.discontinuities.in_stream(copied.from) == 0)?;
            (copied.kind == media::Type::Audio && copied.end < announced * 0.9 - 0.5).then(|| {
                let (stream, end) = (copied.from, copied.end);
                format!("stream {stream}, sound, ends after {end:.2} s; the input announces {announced:.2} s")
            })
        });
        short.chain(self.notes.iter().cloned())
    }

    /// The container has decided on the clocks of its streams.
    pub(super) fn set_clocks(&mut self, clock: impl Fn(usize) -> Rational) {
        for copied in &mut self.copied {
            copied.clocks.1 = clock(copied.to);
        }
    }

    /// The next packet that is due before `until`, in seconds by the new file's clock, and what to say if it cannot be
    /// written.
    pub(super) fn next_before(&mut self, until: f64) -> Option<(Packet, &'static str)> {
        let (due, packet) = self.ahead.take().or_else(|| self.read())?;
        if due >= until {
            self.ahead = Some((due, packet));
            return None;
        }
        self.place(packet)
    }

    fn read(&mut self) -> Option<(f64, Packet)> {
        while !self.ended {
            let mut packet = Packet::empty();
            if packet.read(&mut self.input).is_err() {
                // A file that cannot be read further has ended, damaged or not: the reader tells.
                self.ended = true;
                break;
            }
            self.discontinuities.correct(&self.input, &mut packet);
            if packet.stream() >= self.known {
                self.known = packet.stream() + 1;
                let index = packet.stream();
                self.notes.push(format!("left out: stream {index}, which begins after the new file was begun"));
            }
            let Some(copied) = self.copied.iter().find(|copied| copied.from == packet.stream()) else { continue };
            let ticks = packet.dts().or(packet.pts()).unwrap_or(0) as f64;
            return Some((ticks * f64::from(copied.clocks.0) - self.clock_start_us as f64 / 1e6, packet));
        }
        None
    }

    /// Gives a packet its times and its stream in the new file.
    fn place(&mut self, mut packet: Packet) -> Option<(Packet, &'static str)> {
        let copied = self.copied.iter_mut().find(|copied| copied.from == packet.stream())?;
        let shift = (self.clock_start_us as f64 / 1e6 / f64::from(copied.clocks.0)).round() as i64;
        let shift = shift - copied.delay;
        packet.set_pts(packet.pts().map(|pts| pts - shift));
        packet.set_dts(packet.dts().or(packet.pts().map(|pts| pts + shift)).map(|dts| dts - shift));
        packet.rescale_ts(copied.clocks.0, copied.clocks.1);
        // Coarser ticks may let two packets fall together.
        let earliest = copied.latest.map_or(i64::MIN, |latest| latest + copied.step);
        let dts = packet.dts().map(|dts| dts.max(earliest));
        packet.set_dts(dts);
        packet.set_pts(packet.pts().zip(dts).map(|(pts, dts)| pts.max(dts)).or(packet.pts()));
        copied.latest = dts.or(copied.latest);
        let begins = packet.pts().or(dts).unwrap_or(0);
        let ends = begins.saturating_add(packet.duration());
        copied.end = copied.end.max(ends as f64 * f64::from(copied.clocks.1));
        if copied.is_aac
            && let Some(is) = packet.data().and_then(adts)
            && *copied.adts.get_or_insert(is) != is
        {
            // Once is enough: it may go back and forth.
            copied.is_aac = false;
            let (from, begins) = (copied.from, begins as f64 * f64::from(copied.clocks.1));
            let what = "changes its rate or channels, which the new file cannot say; what follows may not play";
            self.notes.push(format!("stream {from}, sound, {what}, from {begins:.2} s on"));
        }
        packet.set_stream(copied.to);
        packet.set_position(-1);
        let what = match copied.kind {
            media::Type::Audio => "the sound cannot be copied",
            media::Type::Subtitle => "the subtitles cannot be copied",
            _ => "a stream cannot be copied",
        };
        Some((packet, what))
    }
}

fn join_stream(output: &mut Output, stream: &Stream<'_>, container: Container, clock_start_us: i64) -> Result<Copied> {
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
    let (kind, delay) = (stream.parameters().medium(), if container.is_matroska() { opus_delay(stream) } else { 0 });
    let begins = Some(stream.start_time()).filter(|start| *start != AV_NOPTS_VALUE).unwrap_or(0);
    let seconds = |ticks: i64| ticks as f64 * f64::from(clocks.0) - clock_start_us as f64 / 1e6;
    let announced = Some(stream.duration()).filter(|ticks| *ticks > 0).map(|ticks| seconds(begins + ticks));
    let (from, to, latest, end, adts) = (stream.index(), new.index(), None, 0.0, None);
    let is_aac = stream.parameters().id() == Id::AAC;
    Ok(Copied { from, to, clocks, latest, step, delay, kind, end, announced, is_aac, adts })
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

/// Lets the demuxer pass over a stream.
fn discard(input: &mut Input, index: usize) {
    if let Some(mut stream) = input.stream_mut(index) {
        // SAFETY: a field of a stream that is meant to be set between reading packets.
        unsafe { (*stream.as_mut_ptr()).discard = AVDiscard::AVDISCARD_ALL };
    }
}
