//! The checksums of FFV1, which FFmpeg's decoder checks as well, but keeps what it finds to itself. RFC 9043, sections 4.4
//! and 4.9: slices follow one another, each ends with its size (three bytes), an error status (one) and a CRC (four).

use super::checksum::CRC;

/// Bytes behind a slice that has a checksum.
const TRAILER: usize = 8;

/// Whether the slices of a packet agree with their checksums; none if it has no slices with checksums.
pub(super) fn agrees(packet: &[u8]) -> Option<bool> {
    let (mut end, mut agrees) = (packet.len(), true);
    while end > 0 {
        let trailer = packet.get(end.checked_sub(TRAILER)?..end)?;
        let size = trailer[..3].iter().fold(0, |size, byte| size << 8 | usize::from(*byte));
        let begin = end.checked_sub(size + TRAILER)?;
        agrees &= CRC.checksum(&packet[begin..end]) == 0;
        end = begin;
    }
    Some(agrees)
}
