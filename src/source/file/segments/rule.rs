//! Which packets of a stream begin a segment: pictures that need none before them, and after which none needs one before
//! them. Containers mark such packets, but also others; so those of H.264 and HEVC are looked into. Reads bytes only.

use std::collections::BTreeSet;

use ffmpeg_next::Packet;
use ffmpeg_next::codec::Id;
use xxhash_rust::xxh3::xxh3_64;

/// Finds the packets that begin a segment. Must see every packet of the stream.
pub(super) struct Rule {
    codec: Codec,
    /// Of H.264 and HEVC: bytes of a unit's length before it; none where a start code is.
    length: Option<usize>,
    /// The parameter sets between the pictures so far: who begins later needs all of them.
    sets: BTreeSet<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Codec {
    /// Its key pictures begin anew.
    Plain,
    H264,
    Hevc,
    Mpeg2,
}

/// Codecs whose packets that are marked as key pictures need no other.
const PLAIN: &[Id] = &[
    Id::MJPEG,
    Id::PRORES,
    Id::DNXHD,
    Id::HUFFYUV,
    Id::FFVHUFF,
    Id::UTVIDEO,
    Id::DVVIDEO,
    Id::RAWVIDEO,
    Id::PNG,
    Id::JPEG2000,
    Id::VP9,
    Id::AV1,
    Id::THEORA,
    Id::MPEG4,
    Id::H263,
    Id::FLV1,
    Id::MSMPEG4V3,
    Id::WMV1,
    Id::WMV2,
];

impl Rule {
    /// The rule for a codec with these bytes before its stream; none if nothing is known of its key pictures.
    pub(super) fn of(codec: Id, head: &[u8]) -> Option<Self> {
        let codec = match codec {
            Id::H264 => Codec::H264,
            Id::HEVC => Codec::Hevc,
            Id::MPEG1VIDEO | Id::MPEG2VIDEO => Codec::Mpeg2,
            other if PLAIN.contains(&other) => Codec::Plain,
            // Without checksums nobody notes damage, and what comes of it depends on what was decoded before.
            Id::FFV1 if !head.is_empty() => Codec::Plain,
            _ => return None,
        };
        // A record of MP4 begins with its version, a start code with zeros.
        let at = match codec {
            Codec::H264 => 4,
            Codec::Hevc => 21,
            _ => usize::MAX,
        };
        let length = head.get(at).filter(|_| head.first() == Some(&1)).map(|byte| usize::from(byte & 3) + 1);
        Some(Self { codec, length, sets: BTreeSet::new() })
    }

    /// Whether a segment can begin with the next packet.
    pub(super) fn begins(&mut self, packet: &Packet) -> bool {
        let (data, is_key) = (packet.data().unwrap_or_default(), packet.is_key());
        match self.codec {
            Codec::H264 | Codec::Hevc => self.begins_by_units(data) && is_key,
            Codec::Mpeg2 => is_key && is_whole_group(data),
            Codec::Plain => is_key,
        }
    }

    /// Whether the first picture among the units of a packet begins anew, with all parameter sets before it.
    fn begins_by_units(&mut self, data: &[u8]) -> bool {
        let (mut here, mut first) = (BTreeSet::new(), None);
        let units = self.length.map_or_else(|| after_start_codes(data), |length| after_lengths(data, length));
        for unit in units {
            let Some(&head) = unit.first() else { continue };
            match self.kind(head) {
                Unit::Set => {
                    // What follows the last byte that says something is padding.
                    let end = unit.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
                    here.insert(xxh3_64(&unit[..end]));
                }
                Unit::Begin => first = first.or(Some(true)),
                Unit::Picture => first = first.or(Some(false)),
                Unit::Other => {}
            }
        }
        let has_all = self.sets.is_subset(&here);
        self.sets.extend(here);
        first == Some(true) && has_all
    }

    fn kind(&self, head: u8) -> Unit {
        if self.codec == Codec::H264 {
            return match head & 31 {
                5 => Unit::Begin,
                1..=4 => Unit::Picture,
                7 | 8 | 13 | 15 => Unit::Set,
                _ => Unit::Other,
            };
        }
        match head >> 1 & 63 {
            19 | 20 => Unit::Begin,
            0..=31 => Unit::Picture,
            32..=34 => Unit::Set,
            _ => Unit::Other,
        }
    }
}

/// What a unit of H.264 or HEVC is.
enum Unit {
    /// A part of a picture that begins anew (IDR).
    Begin,
    /// A part of another picture.
    Picture,
    /// Parameters for pictures that follow.
    Set,
    Other,
}

/// The units of a packet, each after its length.
fn after_lengths(mut data: &[u8], length: usize) -> Vec<&[u8]> {
    let mut units = Vec::new();
    while let Some((size, rest)) = data.split_at_checked(length) {
        let size = size.iter().fold(0_usize, |all, byte| all << 8 | usize::from(*byte));
        let Some((unit, rest)) = rest.split_at_checked(size) else { break };
        units.push(unit);
        data = rest;
    }
    units
}

/// The units of a packet, each after a start code.
fn after_start_codes(data: &[u8]) -> Vec<&[u8]> {
    let mut begins = Vec::new();
    let mut at = 0;
    // Between two start codes are thousands of bytes: a byte above 1 lies in none.
    while at + 3 <= data.len() {
        match data[at + 2] {
            0 => at += 1,
            1 if data[at] == 0 && data[at + 1] == 0 => {
                begins.push(at + 3);
                at += 3;
            }
            _ => at += 3,
        }
    }
    let ends = begins.iter().skip(1).map(|begin| begin - 3).chain([data.len()]);
    begins.iter().zip(ends).map(|(begin, end)| &data[*begin..end]).collect()
}

/// Whether a packet of MPEG-1 or MPEG-2 begins with all that a decoder must know: the sequence, then the group.
fn is_whole_group(data: &[u8]) -> bool {
    const SEQUENCE: u8 = 0xB3;
    const GROUP: u8 = 0xB8;
    let codes = after_start_codes(data);
    let has = |code| codes.iter().any(|unit| unit.first() == Some(&code));
    codes.first().is_some_and(|unit| unit.first() == Some(&SEQUENCE)) && has(GROUP)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(data: &[u8]) -> Packet {
        let mut packet = Packet::copy(data);
        packet.set_flags(ffmpeg_next::codec::packet::Flags::KEY);
        packet
    }

    #[test]
    fn only_pictures_that_begin_anew_begin_a_segment() {
        let record = [1, 100, 0, 31, 0xff, 0xe1];
        let mut h264 = Rule::of(Id::H264, &record).unwrap();
        let mut begins = |data: &[u8]| h264.begins(&packet(data));
        assert!(begins(&[0, 0, 0, 2, 0x65, 9]));
        assert!(!begins(&[0, 0, 0, 2, 0x41, 9]), "it is marked as a key picture, and needs others");
        assert!(!begins(&[0, 0, 0, 2, 0x06, 9, 0, 0, 0, 2, 0x61, 9]), "a recovery point");
        assert!(!begins(&[0, 0, 0, 99, 0x65, 9]), "it ends before its unit does");
        let mut hevc = Rule::of(Id::HEVC, &[0, 0, 0, 1]).unwrap();
        assert!(hevc.begins(&packet(&[0, 0, 1, 19 << 1, 1, 9])));
        assert!(!hevc.begins(&packet(&[0, 0, 0, 1, 21 << 1, 1, 9])), "others may need what is before it");
    }

    #[test]
    fn parameter_sets_on_the_way_must_come_again() {
        let mut rule = Rule::of(Id::H264, &[0, 0, 0, 1, 0x67]).unwrap();
        let mut begins = |data: &[u8]| rule.begins(&packet(data));
        assert!(begins(&[0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 1, 0, 0, 1, 0x65, 9]));
        assert!(begins(&[0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x68, 1, 0, 0, 1, 0x65, 9]));
        assert!(!begins(&[0, 0, 1, 0x65, 9]), "they are not there");
        assert!(!begins(&[0, 0, 1, 0x67, 2, 0, 0, 1, 0x68, 1, 0, 0, 1, 0x65, 9]), "they are others");
    }

    #[test]
    fn groups_of_mpeg_2_have_their_sequence_and_others_are_not_known() {
        let mut mpeg = Rule::of(Id::MPEG2VIDEO, &[]).unwrap();
        assert!(mpeg.begins(&packet(&[0, 0, 1, 0xB3, 7, 0, 0, 1, 0xB8, 7, 0, 0, 1, 0, 7])));
        assert!(!mpeg.begins(&packet(&[0, 0, 1, 0xB8, 7, 0, 0, 1, 0, 7])));
        assert!(Rule::of(Id::GIF, &[]).is_none());
        assert!(Rule::of(Id::FFV1, &[]).is_none() && Rule::of(Id::FFV1, &[3]).is_some());
    }
}
