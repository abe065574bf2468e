//! Packets of a stream that are read ahead of the decoder, by whoever hands them to other decoders; and how the stream's own
//! decoder goes on from there.

use std::collections::VecDeque;

use anyhow::Result;
use ffmpeg_next::codec::Id;
use ffmpeg_next::codec::packet::side_data::Type as SideDataType;
use ffmpeg_next::{Error, Packet, decoder};

use super::{Decoders, Stream};
use crate::source::file::probe;

/// What was read ahead.
pub(in crate::source::file) enum Ahead {
    /// A packet of the pictures.
    Packet(Packet),
    /// The same, but from here on a decoder must have seen what was before.
    Bound(Packet, Bond),
    /// There is no more to read in this pass.
    End,
}

/// Why a packet needs those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source::file) enum Bond {
    Damage,
    Joint,
    Coding,
}

impl Stream {
    /// The next packet of the stream. Damage of the file is counted where it is read.
    pub(super) fn next_packet(&mut self) -> Result<Packet, Error> {
        if let Some(packet) = self.pending.pop_front() {
            return Ok(packet);
        }
        let mut packet = Packet::empty();
        while !self.no_more {
            let read = self.packets.read(&mut packet);
            let errors = self.packets.errors.count();
            if errors > std::mem::replace(&mut self.reported.1, errors) {
                self.damage.broken();
            }
            match read {
                Ok(()) => {
                    // Those of other streams, too: a joint may show in them first.
                    let tick =
                        self.packets.input.stream(packet.stream()).map_or(0.0, |stream| f64::from(stream.time_base()));
                    self.damage.packet(&packet, packet.stream() == self.index, tick);
                    if packet.stream() == self.index {
                        return Ok(packet);
                    }
                }
                Err(error) => {
                    // A file that cannot be read further has ended, damaged or not.
                    if error != Error::Eof {
                        self.damage.broken();
                    }
                    return Err(error);
                }
            }
        }
        Err(Error::Eof)
    }

    /// Reads the next packet of pictures, decoding nothing.
    pub(in crate::source::file) fn read_ahead(&mut self) -> Ahead {
        let (errors, joints) = (self.damage.errors(), self.discontinuities());
        match self.next_packet() {
            Ok(packet) => {
                let is_new = |kind| matches!(kind, SideDataType::NewExtraData | SideDataType::ParamChange);
                let bound = if self.damage.errors() > errors {
                    Some(Bond::Damage)
                } else if self.discontinuities() != joints {
                    Some(Bond::Joint)
                } else if packet.side_data().any(|data| is_new(data.kind())) {
                    Some(Bond::Coding)
                } else {
                    None
                };
                match bound {
                    None => Ahead::Packet(packet),
                    Some(why) => Ahead::Bound(packet, why),
                }
            }
            Err(error) => {
                self.cause = Some(error);
                Ahead::End
            }
        }
    }

    /// The packets that its decoder was fed before its first picture came, once; none if not all of them were good.
    pub(in crate::source::file) fn take_head(&mut self) -> Option<Vec<Packet>> {
        self.head.take()
    }

    /// Goes back to its first packet without decoding anything; whether it could.
    pub(in crate::source::file) fn begin_ahead(&mut self) -> bool {
        self.damage.again();
        self.packets.seek(0, i64::MIN..i64::MAX)
    }

    /// Its own decoder goes on with these packets, and then with what follows, unless there is `no_more` in this pass. So
    /// many pictures that will come of them are known already, and of so many after them the damage is.
    pub(in crate::source::file) fn decode_on(&mut self, packets: VecDeque<Packet>, no_more: bool, known: (u64, u64)) {
        self.decoder.flush();
        (self.pending, self.no_more, self.known) = (packets, no_more, known);
        // A pass of which nothing was decoded is not played again.
        (self.draining, self.since_start) = (false, self.since_start.max(1));
    }

    /// Counts a picture that another decoder has made without a fault.
    pub(in crate::source::file) fn count_picture(&mut self, stamp: i64, duration: i64) {
        let usual = self.usual_step();
        self.damage.picture_at(Some(stamp), duration, usual, false);
    }

    /// Pictures of the next pass are counted from here on.
    pub(in crate::source::file) fn count_again(&mut self) {
        self.damage.pictures_again();
    }

    /// Whether it is one file, and nothing in it was found to be damaged so far.
    pub(in crate::source::file) fn is_whole(&self) -> bool {
        !self.packets.has_parts() && !self.damage.damage().is_any() && self.discontinuities() == 0
    }

    /// Its codec, and what stands before the stream.
    pub(in crate::source::file) fn coding(&self) -> Option<(Id, Vec<u8>)> {
        let stream = self.packets.input.stream(self.index)?;
        Some((stream.parameters().id(), probe::extra_data(&stream)))
    }

    /// One more decoder of the stream with so many threads. What opens it counts its errors and must outlive it.
    pub(in crate::source::file) fn open_decoder(&self, threads: usize) -> Result<(decoder::Video, Decoders)> {
        let stream = self.packets.input.stream(self.index).ok_or(Error::StreamNotFound)?;
        let decoders = self.decoders.wary(threads);
        Ok((decoders.open(&stream)?.0, decoders))
    }
}
