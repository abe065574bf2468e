//! Cuts a stream into pieces while its packets are read, once, in the order of the file. Nothing is sought: a cut is a place
//! between two packets. Where the packets do not tell which pictures come of a piece, and when each is shown, cutting ends.

use std::collections::VecDeque;
use std::time::Duration;

use ffmpeg_next::Packet;

use super::rule::Rule;
use crate::source::file::stream::{Ahead, Bond, Stream};
use crate::source::file::timestamps::Timeline;

/// A piece has so many packets at least: to begin one takes some time, too.
const LEAST: usize = 16;
/// And so many at most: what is longer is no longer held in memory.
const MOST: usize = 6000;
const MOST_BYTES: usize = 128 << 20;

/// Packets of which pictures can be made without any other.
pub(super) struct Piece {
    pub number: u64,
    /// The number of its first picture.
    pub first_frame: u64,
    /// In which pass over the file, from 0, and when that begins.
    pub pass: u32,
    pub offset: Duration,
    pub packets: Vec<Packet>,
    /// The pictures in the order in which they are shown: time stamp and duration in ticks.
    pub pictures: Vec<(i64, i64)>,
    pub is_last: bool,
}

/// When the pictures of a stream are shown.
#[derive(Clone, Copy)]
pub(super) struct Clock {
    pub time_base: (i32, i32),
    pub usual: Duration,
    /// The time stamp of the first picture of each pass.
    pub first: i64,
}

impl Clock {
    /// The time line of a pass that begins then.
    pub fn from(self, offset: Duration) -> Timeline {
        let mut timeline = Timeline::new(self.time_base, self.usual);
        timeline.begin_at(self.first, offset);
        timeline
    }
}

/// Cuts a stream.
pub(super) struct Cutter {
    rule: Rule,
    clock: Clock,
    passes: u32,
    /// Packets that were read already.
    head: VecDeque<Packet>,
    /// The time stamp of the very first packet, and its size.
    begin: Option<(Option<i64>, usize)>,
    /// What was read since the latest cut.
    tail: Vec<Packet>,
    bytes: usize,
    latest: i64,
    /// Where the tail may be cut, and the time stamp there.
    candidate: Option<(usize, i64)>,
    /// Of the next piece.
    pub number: u64,
    pub frames: u64,
    pub pass: u32,
    offset: Duration,
    /// Whether this pass was read to its end.
    pub at_end: bool,
    /// Why it is not cut any more, and whether that is damage.
    pub uncut: Option<String>,
    pub is_damaged: bool,
}

impl Cutter {
    /// Cuts a stream that is read so many times, of which `head` was read already.
    pub fn new(rule: Rule, clock: Clock, passes: u32, head: Vec<Packet>) -> Self {
        Self {
            rule,
            clock,
            passes,
            head: head.into(),
            begin: None,
            tail: Vec::new(),
            bytes: 0,
            latest: i64::MIN,
            candidate: None,
            number: 0,
            frames: 0,
            pass: 0,
            offset: Duration::ZERO,
            at_end: false,
            uncut: None,
            is_damaged: false,
        }
    }

    /// How often the stream is read.
    pub fn passes(&self) -> u32 {
        self.passes
    }

    /// Whether there is nothing more to cut.
    pub fn is_through(&self) -> bool {
        self.at_end && self.tail.is_empty() && self.pass + 1 >= self.passes
    }

    /// The next piece; none at the end, and where it cannot be cut any more.
    pub fn next(&mut self, stream: &mut Stream) -> Option<Piece> {
        if self.uncut.is_some() || self.is_through() {
            return None;
        }
        match self.piece(stream) {
            Ok(piece) => Some(piece),
            Err(why) => {
                self.uncut = Some(why);
                None
            }
        }
    }

    /// What was read and is in no piece.
    pub fn take_tail(&mut self) -> impl Iterator<Item = Packet> {
        std::mem::take(&mut self.tail).into_iter().chain(std::mem::take(&mut self.head))
    }

    fn piece(&mut self, stream: &mut Stream) -> Result<Piece, String> {
        if self.at_end && self.tail.is_empty() {
            self.begin_pass(stream)?;
        }
        while !self.at_end {
            if self.tail.len() > MOST || self.bytes > MOST_BYTES {
                return Err("the pictures that need one another are too many".into());
            }
            let packet = match self.head.pop_front().map_or_else(|| stream.read_ahead(), Ahead::Packet) {
                Ahead::End => {
                    self.at_end = true;
                    break;
                }
                Ahead::Bound(packet, bond) => {
                    self.tail.push(packet);
                    self.is_damaged = bond == Bond::Damage;
                    return Err(match bond {
                        Bond::Damage => "it is damaged there".into(),
                        Bond::Joint => "its clock is set anew there".into(),
                        Bond::Coding => "what it is coded with changes there".into(),
                    });
                }
                Ahead::Packet(packet) => packet,
            };
            if let Some(end) = self.take(packet)? {
                return self.close(end);
            }
        }
        let end = self.candidate.take().map_or(self.tail.len(), |(end, _)| end);
        self.close(end)
    }

    /// Takes a packet, and tells where the tail is to be cut, if it is.
    fn take(&mut self, packet: Packet) -> Result<Option<usize>, String> {
        let (pts, size, begins) = (packet.pts(), packet.size(), self.rule.begins(&packet));
        self.begin.get_or_insert((pts, size));
        self.bytes += size;
        self.tail.push(packet);
        let Some(pts) = pts else { return Err("its pictures have no time stamps".into()) };
        // What follows a key picture and is shown before it may need what was before.
        let closes = self.candidate.take().filter(|(_, at)| pts > *at).map(|(end, _)| end);
        if closes.is_none() && begins && self.tail.len() > LEAST && pts > self.latest {
            self.candidate = Some((self.tail.len() - 1, pts));
        }
        self.latest = self.latest.max(pts);
        Ok(closes)
    }

    /// Makes a piece of the first packets of the tail.
    fn close(&mut self, end: usize) -> Result<Piece, String> {
        let mut pictures: Vec<_> =
            self.tail[..end].iter().filter_map(|packet| Some((packet.pts()?, packet.duration()))).collect();
        pictures.sort_unstable();
        let begin = self.tail.first().and_then(Packet::pts);
        let begins_pass = self.number == 0 || begin == self.begin.and_then(|(pts, _)| pts);
        if pictures.is_empty() || pictures.windows(2).any(|two| two[0].0 == two[1].0) {
            return Err("several of its pictures have the same time stamp".into());
        }
        if begin != Some(pictures[0].0) || (begins_pass && begin != Some(self.clock.first)) {
            return Err("pictures are shown before the key picture they follow".into());
        }
        let rest = self.tail.split_off(end);
        let packets = std::mem::replace(&mut self.tail, rest);
        self.bytes = self.tail.iter().map(Packet::size).sum();
        self.latest = self.tail.iter().filter_map(Packet::pts).max().unwrap_or(i64::MIN);
        let piece = Piece {
            number: self.number,
            first_frame: self.frames,
            pass: self.pass,
            offset: self.offset,
            packets,
            pictures,
            is_last: self.is_through(),
        };
        self.number += 1;
        self.frames += piece.pictures.len() as u64;
        if self.at_end
            && self.tail.is_empty()
            && let Some((stamp, duration)) = piece.pictures.last()
        {
            let mut timeline = self.clock.from(self.offset);
            timeline.place(Some(*stamp), *duration);
            self.offset = timeline.end();
        }
        Ok(piece)
    }

    /// Goes back to the first packet.
    fn begin_pass(&mut self, stream: &mut Stream) -> Result<(), String> {
        let again = stream.begin_ahead().then(|| stream.read_ahead());
        match again {
            Some(Ahead::Packet(packet)) if Some((packet.pts(), packet.size())) == self.begin => {
                (self.pass, self.at_end) = (self.pass + 1, false);
                self.head.push_front(packet);
                Ok(())
            }
            _ => Err("its beginning cannot be found again".into()),
        }
    }
}
