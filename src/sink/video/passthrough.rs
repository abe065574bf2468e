//! What goes into a new video as it is: sound, subtitles, chapters, attachments and what the file says of itself, from
//! another file. Read packet by packet as far as the pictures have come; never more than one is held.
#![expect(unsafe_code, reason = "tags of codecs, dispositions and start times have no other door")]

use anyhow::{Context as _, Result};
use ffmpeg_next::ffi::{AV_NOPTS_VALUE, AVDiscard};
use ffmpeg_next::format::context::{Input, Output};
use ffmpeg_next::format::stream::Stream;
use ffmpeg_next::{Packet, Rational, media};

use super::codec::Container;
use super::copied::Copied;
use super::packets::Others;
use super::streams::{attach_cover, copy_disposition, is_attached, is_cover, tag, why_not};
use super::tags::{self, Said};
use crate::source::Packets;

/// Streams of a file, to be copied.
pub(super) struct PassthroughStreams {
    packets: Packets,
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

impl PassthroughStreams {
    /// All of a file but its pictures, which are in the stream of that number, or the best, and without its sound if
    /// that is not wanted.
    pub(super) fn open(from: Others, pictures: Option<usize>, sound: bool) -> Result<Self> {
        let packets = from.open()?;
        let input = &packets.input;
        // SAFETY: a field of a context that is ours, only read.
        let start = unsafe { (*input.as_ptr()).start_time };
        let clock_start_us = if packets.discontinuities.is_broadcast() && start != AV_NOPTS_VALUE { start } else { 0 };
        let best = input.streams().best(media::Type::Video).map(|stream| stream.index());
        let pictures = pictures.or(best);
        Ok(Self {
            packets,
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
        let last = |index: &usize| self.packets.input.stream(*index).is_some_and(|stream| is_attached(&stream));
        self.known = self.packets.input.nb_streams() as usize;
        let mut order: Vec<_> = (0..self.known).collect();
        order.sort_by_key(last);
        for index in order {
            let Some(stream) = self.packets.input.stream(index) else { continue };
            let kind = stream.parameters().medium();
            let wanted = Some(index) != pictures && (self.sound || kind != media::Type::Audio);
            let left_out = wanted.then(|| why_not(&stream, container)).flatten();
            if wanted && left_out.is_none() && is_cover(&stream) && container == Container::Mkv {
                said.expect_disposition(attach_cover(output, &stream)?, stream.disposition());
            } else if wanted && left_out.is_none() && !self.is_made_anew(&stream) {
                let copied = Copied::join(output, &stream, container, self.clock_start_us)?;
                said.expect(Some(copied.to), &stream.metadata());
                said.expect_disposition(copied.to, stream.disposition());
                self.copied.push(copied);
            } else {
                notes.extend(left_out.filter(|_| !self.is_made_anew(&stream)));
                if !self.packets.discontinuities.may_occur() {
                    discard(&mut self.packets.input, index);
                }
            }
        }
        said.chapters = self.packets.input.nb_chapters() as usize;
        self.join_chapters(output)?;
        self.join_tags(output, said);
        Ok(notes)
    }

    /// Whether the container makes this stream by itself: chapters and a time code are streams in QuickTime.
    fn is_made_anew(&self, stream: &Stream<'_>) -> bool {
        let tag = tag(stream);
        &tag == b"tmcd" || (&tag == b"text" && self.packets.input.nb_chapters() > 0)
    }

    /// Says of the new file and its pictures what the old one said.
    fn join_tags(&self, output: &mut Output, said: &mut Said) {
        let of_file = tags::of_file(&self.packets.input.metadata());
        said.expect(None, &of_file);
        output.set_metadata(of_file);
        let Some(stream) = self.pictures.and_then(|index| self.packets.input.stream(index)) else { return };
        let Some(mut new) = output.stream_mut(0) else { return };
        let mut of_pictures = tags::of_pictures(&stream.metadata());
        let timecode_of = |stream: &Stream<'_>| stream.metadata().get("timecode").map(str::to_owned);
        let others = self.packets.input.streams().filter(|stream| &tag(stream) == b"tmcd");
        let timecode = others.into_iter().find_map(|other| timecode_of(&other)).or_else(|| timecode_of(&stream));
        let timecode = timecode.or_else(|| self.packets.input.metadata().get("timecode").map(str::to_owned));
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
        !cover && tags::need_names(&tags::of_file(&self.packets.input.metadata()), container)
    }

    fn join_chapters(&self, output: &mut Output) -> Result<()> {
        for (number, chapter) in (0..).zip(self.packets.input.chapters()) {
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
        let whole = |copied: &&Copied| copied.kind == media::Type::Audio && copied.left_out == 0;
        self.copied.iter().filter(whole).map(|copied| (copied.to, copied.end))
    }

    /// What to say of streams that did not come through whole.
    pub(super) fn shortages(&self) -> impl Iterator<Item = String> {
        let short = self.copied.iter().filter_map(|copied| {
            let announced = copied.announced.filter(|_| self.packets.discontinuities.in_stream(copied.from) == 0)?;
            (copied.kind == media::Type::Audio && !copied.is_empty() && copied.end < announced * 0.9 - 0.5).then(|| {
                let (stream, end) = (copied.from, copied.end);
                format!("stream {stream}, sound, ends after {end:.2} s; the input announces {announced:.2} s")
            })
        });
        let left_out = self.copied.iter().filter(|copied| copied.left_out > 0).map(|copied| {
            let (from, count) = (copied.from, copied.left_out);
            let make = if count == 1 { "makes no sense, and was" } else { "make no sense, and were" };
            format!("stream {from} is damaged: {count} of its packets {make} left out")
        });
        let empty = self.copied.iter().filter(|copied| copied.kind == media::Type::Audio && copied.is_empty());
        let empty = empty.map(|copied| format!("stream {}, sound, is announced, but nothing of it came", copied.from));
        short.chain(left_out).chain(empty).chain(self.notes.iter().cloned())
    }

    /// A packet of this stream of the new file could not be written: what is in it makes no sense.
    pub(super) fn leave_out(&mut self, to: usize) {
        self.copied.iter_mut().filter(|copied| copied.to == to).for_each(|copied| copied.left_out += 1);
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
            if self.packets.read(&mut packet).is_err() {
                if self.packets.go_on() {
                    self.meet_part();
                    continue;
                }
                // A file that cannot be read further has ended, damaged or not: the reader tells.
                self.ended = true;
                break;
            }
            if packet.stream() >= self.known {
                self.known = packet.stream() + 1;
                let index = packet.stream();
                self.notes.push(format!("left out: stream {index}, which begins after the new file was begun"));
            }
            let copied = self.copied.iter().find(|copied| copied.from == packet.stream() && !copied.is_over);
            let Some(copied) = copied else { continue };
            // Such a one holds a new head alone, as encoders of FLAC give it at their end.
            if copied.kind == media::Type::Audio && packet.size() == 0 {
                continue;
            }
            let ticks = packet.dts().or(packet.pts()).unwrap_or(0) as f64;
            return Some((ticks * f64::from(copied.clocks.0) - self.clock_start_us as f64 / 1e6, packet));
        }
        None
    }

    /// Another part of a file that is several begins: what is copied goes on if it is of the same kind.
    fn meet_part(&mut self) {
        for copied in &mut self.copied {
            self.notes.extend(copied.meet_part(self.packets.input.stream(copied.from).as_ref()));
        }
    }

    /// Gives a packet its times and its stream in the new file.
    fn place(&mut self, packet: Packet) -> Option<(Packet, &'static str)> {
        let copied = self.copied.iter_mut().find(|copied| copied.from == packet.stream())?;
        Some(copied.place(packet, self.clock_start_us, &mut self.notes))
    }
}

/// Lets the demuxer pass over a stream.
fn discard(input: &mut Input, index: usize) {
    if let Some(mut stream) = input.stream_mut(index) {
        // SAFETY: a field of a stream that is meant to be set between reading packets.
        unsafe { (*stream.as_mut_ptr()).discard = AVDiscard::AVDISCARD_ALL };
    }
}
