//! Whether all pages of an Ogg file are there, by their numbers and checksums: a gap in time alone may be how it was made.
//! Method: RFC 3533. Knows nothing of what is in them.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Read};

use super::checksum::CRC;

/// Bytes of a page before the list of its segments.
const HEAD: usize = 27;
/// The second bit of a page says that it is the first of its stream.
const FIRST: u8 = 2;

/// Whether the file is pages from end to end, each as it was written, and none is missing.
pub(super) fn is_whole(file: File) -> bool {
    let mut file = BufReader::new(file);
    let mut expected: HashMap<[u8; 4], u32> = HashMap::new();
    loop {
        match page(&mut file) {
            Ok(None) => return true,
            Ok(Some(page)) if page.is_first || expected.get(&page.stream) == Some(&page.number) => {
                expected.insert(page.stream, page.number.wrapping_add(1));
            }
            _ => return false,
        }
    }
}

struct Page {
    stream: [u8; 4],
    number: u32,
    is_first: bool,
}

/// Reads a page; none at the end of the file.
fn page(file: &mut impl Read) -> io::Result<Option<Page>> {
    let mut bytes = Vec::with_capacity(1 << 16);
    if file.by_ref().take(HEAD as u64).read_to_end(&mut bytes)? == 0 {
        return Ok(None);
    }
    let bad = || io::Error::from(io::ErrorKind::InvalidData);
    if bytes.len() < HEAD || !bytes.starts_with(b"OggS") {
        return Err(bad());
    }
    let four = |bytes: &[u8], at: usize| [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
    let said = u32::from_le_bytes(four(&bytes, 22));
    bytes[22..26].fill(0);
    let mut segments = vec![0; usize::from(bytes[26])];
    file.read_exact(&mut segments)?;
    let length: usize = segments.iter().copied().map(usize::from).sum();
    bytes.extend(segments);
    let begin = bytes.len();
    bytes.resize(begin + length, 0);
    file.read_exact(&mut bytes[begin..])?;
    if CRC.checksum(&bytes) != said {
        return Err(bad());
    }
    let (stream, number) = (four(&bytes, 14), u32::from_le_bytes(four(&bytes, 18)));
    Ok(Some(Page { stream, number, is_first: bytes[5] & FIRST != 0 }))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn page(number: u8, first: bool) -> Vec<u8> {
        let mut page = b"OggS\0".to_vec();
        page.push(if first { FIRST } else { 0 });
        page.extend([0; 8]);
        page.extend([7, 0, 0, 0, number, 0, 0, 0, 0, 0, 0, 0, 1, 3, 1, 2, 3]);
        let sum = CRC.checksum(&page).to_le_bytes();
        page[22..26].copy_from_slice(&sum);
        page
    }

    fn whole(pages: &[Vec<u8>]) -> bool {
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(&pages.concat()).expect("written");
        io::Seek::rewind(&mut file).expect("rewound");
        is_whole(file)
    }

    #[test]
    fn a_page_that_is_missing_or_changed_is_found() {
        let pages = [page(0, true), page(1, false), page(2, false)];
        assert!(whole(&pages) && whole(&[&pages[..], &pages[..]].concat()));
        assert!(!whole(&[pages[0].clone(), pages[2].clone()]));
        let mut changed = pages;
        changed[1][29] ^= 1;
        assert!(!whole(&changed));
        changed[1].truncate(10);
        assert!(!whole(&changed[..2]));
    }
}
