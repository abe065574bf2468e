//! The packets of a file, one after the other, as if it had been made in one piece: over all its parts, and with a clock that
//! only goes on. Pictures that are decoded and sound that is copied are read apart, but both by this.

use std::collections::VecDeque;
use std::ops::Range;
use std::path::Path;

use anyhow::Result;
use ffmpeg_next::codec::Id;
use ffmpeg_next::format::context::{Input, StreamIo};
use ffmpeg_next::format::input_from_stream;
use ffmpeg_next::format::stream::Stream;
use ffmpeg_next::{Error, Packet, Rational};

use super::discontinuity::Discontinuities;
use super::open::{self, Bound};
use super::parts::parts;
use super::pipe::Pipe;
use super::url::FileUrl;
use crate::host::ffmpeg_log::ReportedErrors;

/// A file being read.
pub(crate) struct Packets {
    /// The part that is being read.
    pub input: Input,
    pub discontinuities: Discontinuities,
    /// The parts that come after it.
    rest: VecDeque<FileUrl>,
    /// The pipe through which it comes, if it does.
    pipe: Option<Pipe>,
    /// The clocks of the streams of the first part, once another is read: packets keep to them.
    clocks: Vec<Rational>,
    /// Of what is decoded.
    bound: Option<Bound>,
    /// Errors of the demuxer of any part.
    pub errors: ReportedErrors,
}

impl Packets {
    /// Opens a file; without a bound it will not be decoded.
    pub(super) fn open(path: &Path, bound: Option<Bound>) -> Result<Result<Self, Error>> {
        let mut rest = VecDeque::new();
        for part in parts(path) {
            rest.push_back(FileUrl::of_part(path, part)?);
        }
        let first = rest.pop_front().map_or_else(|| FileUrl::new(path), Ok)?;
        let errors = ReportedErrors::default();
        let opened = open::open(first.as_str(), bound, &errors);
        Ok(opened.map(|input| Self { rest, errors, ..Self::of(input, bound) }))
    }

    /// Opens a file whose pictures will not be decoded.
    pub(crate) fn open_undecoded(path: &Path) -> Result<Result<Self, Error>> {
        Self::open(path, None)
    }

    /// Whether it is several files, one behind the other.
    pub(super) fn has_parts(&self) -> bool {
        !self.rest.is_empty() || !self.clocks.is_empty()
    }

    /// Of what was opened, and is one part.
    pub(super) fn of(input: Input, bound: Option<Bound>) -> Self {
        let discontinuities = Discontinuities::of(&input);
        Self {
            input,
            discontinuities,
            rest: VecDeque::new(),
            pipe: None,
            clocks: Vec::new(),
            bound,
            errors: ReportedErrors::default(),
        }
    }

    /// Opens what comes through a pipe; without a bound it will not be decoded.
    pub(super) fn open_pipe(pipe: Pipe, bound: Option<Bound>) -> Result<Self, Error> {
        let input = open_part(&pipe)?;
        Ok(Self { pipe: Some(pipe), ..Self::of(input, bound) })
    }

    /// Opens what comes through a pipe, and whose pictures will not be decoded.
    pub(crate) fn open_pipe_undecoded(pipe: Pipe) -> Result<Self, Error> {
        Self::open_pipe(pipe, None)
    }

    /// Of what was opened elsewhere, and whose pictures will not be decoded.
    pub(crate) fn of_undecoded(input: Input) -> Self {
        Self::of(input, None)
    }

    /// Reads the next packet of this part.
    pub(crate) fn read(&mut self, packet: &mut Packet) -> Result<(), Error> {
        loop {
            // Reading does not free what was in it.
            *packet = Packet::empty();
            packet.read(&mut self.input)?;
            if !self.is_head(packet) {
                break;
            }
        }
        self.discontinuities.correct(&self.input, packet);
        if let Some(to) = self.clocks.get(packet.stream())
            && let Some(stream) = self.input.stream(packet.stream())
        {
            packet.rescale_ts(stream.time_base(), *to);
        }
        Ok(())
    }

    /// Whether it is one with which a part of Ogg begins that was put behind another: the decoder of Theora has no use for it.
    fn is_head(&self, packet: &Packet) -> bool {
        let is_theora = |stream: Stream<'_>| stream.parameters().id() == Id::THEORA;
        let marked = packet.data().and_then(|data| data.first()).is_some_and(|first| first & 0x80 != 0);
        marked && self.input.stream(packet.stream()).is_some_and(is_theora)
    }

    /// Goes on to the next part, if there is one that can be opened.
    pub(crate) fn go_on(&mut self) -> bool {
        let open = |url: FileUrl| open::open(url.as_str(), self.bound, &self.errors).ok();
        let next = std::iter::from_fn(|| self.rest.pop_front()).find_map(open);
        let piped = || self.pipe.as_ref().filter(|pipe| pipe.next_part()).and_then(|pipe| open_part(pipe).ok());
        let Some(next) = next.or_else(piped) else { return false };
        if self.clocks.is_empty() {
            self.clocks = self.input.streams().map(|stream| stream.time_base()).collect();
        }
        self.input = next;
        self.discontinuities.begin_part();
        true
    }

    /// Begins anew near `us` microseconds, within `range`; not if the first part was left, or the format does not let us.
    pub(super) fn seek(&mut self, us: i64, range: Range<i64>) -> bool {
        let sought = self.clocks.is_empty() && self.input.seek(us, range).is_ok();
        self.discontinuities = Discontinuities::of(&self.input);
        sought
    }
}

/// Opens the part of a pipe that begins here.
fn open_part(pipe: &Pipe) -> Result<Input, Error> {
    StreamIo::from_read(pipe.clone()).and_then(|io| input_from_stream(io, None, None))
}
