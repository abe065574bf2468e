//! The checksum of FFV1's slices (RFC 9043, section 4.9.3) and of Ogg's pages (RFC 3533, section 6).

use crc::{Algorithm, Crc, Table};

/// The polynomial of Ethernet's, without its reversals.
const ALGORITHM: Algorithm<u32> = Algorithm {
    width: 32,
    poly: 0x04C1_1DB7,
    init: 0,
    refin: false,
    refout: false,
    xorout: 0,
    check: 0x89A1_897F,
    residue: 0,
};

/// Over data with its checksum behind it, this is zero.
pub(super) static CRC: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&ALGORITHM);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_one_of_the_catalogue() {
        assert_eq!(CRC.checksum(b"123456789"), ALGORITHM.check);
    }
}
