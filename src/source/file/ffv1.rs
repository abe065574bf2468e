//! The checksums of FFV1, which FFmpeg's decoder checks as well, but keeps what it finds to itself. RFC 9043, sections 4.4
//! and 4.9: slices follow one another, each ends with its size (three bytes), an error status (one) and a CRC (four).

/// Bytes behind a slice that has a checksum.
const TRAILER: usize = 8;

/// Whether the slices of a packet agree with their checksums; none if it has no slices with checksums.
pub(super) fn agrees(packet: &[u8]) -> Option<bool> {
    let (mut end, mut agrees) = (packet.len(), true);
    while end > 0 {
        let trailer = packet.get(end.checked_sub(TRAILER)?..end)?;
        let size = trailer[..3].iter().fold(0, |size, byte| size << 8 | usize::from(*byte));
        let begin = end.checked_sub(size + TRAILER)?;
        agrees &= crc(&packet[begin..end]) == 0;
        end = begin;
    }
    Some(agrees)
}

/// CRC-32 with the polynomial of IEEE 802.3, highest bit first, from zero on: zero over data with its checksum behind it.
fn crc(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |crc, byte| crc << 8 ^ TABLE[usize::from((crc >> 24) as u8 ^ byte)])
}

const TABLE: [u32; 256] = {
    let (mut table, mut byte) = ([0; 256], 0);
    while byte < 256 {
        let (mut crc, mut bit) = ((byte as u32) << 24, 0);
        while bit < 8 {
            crc = crc << 1 ^ if crc >> 31 == 1 { 0x04C1_1DB7 } else { 0 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
};
