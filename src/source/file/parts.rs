//! Matroska files that were put one behind the other (`cat a.mkv b.mkv c.mkv`). FFmpeg reads on into the second and passes
//! over all others; here each part is opened when the one before has ended. Knows where parts are, not what is in them, nor
//! whether they are in a file or come through a pipe.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::host::plain_file::open_plain;

/// How a Matroska file begins, and then what holds all the rest of it.
const HEAD: u64 = 0x1A45_DFA3;
const SEGMENT: u64 = 0x1853_8067;

/// Bytes that say what an element is and how long, at most.
const ELEMENT: usize = 12;
/// Bytes before what holds all the rest, at most: more is no Matroska file.
const LONGEST_HEAD: u64 = 4096;

/// Where the parts of a file are, as bytes; empty if it is one whole.
pub(super) fn parts(path: &Path) -> VecDeque<Range<u64>> {
    let Ok(file) = open_plain(path) else { return VecDeque::new() };
    let (mut parts, mut begin) = (VecDeque::new(), 0);
    while let Some(end) = end_of_part(&file, begin) {
        parts.push_back(begin..end);
        begin = end;
    }
    // What follows the last whole part is one more if it begins as one.
    if let (Some((HEAD, _)), Ok(end)) = (element(&file, begin), file.metadata().map(|file| file.len())) {
        parts.push_back(begin..end);
    }
    if parts.len() > 1 { parts } else { VecDeque::new() }
}

/// Whether a part begins with these bytes.
pub(super) fn is_part(begin: &[u8]) -> bool {
    begin.starts_with(&(HEAD as u32).to_be_bytes())
}

/// Reads the beginning of a part from where nobody can go back, all of it into `read`. Returns how many bytes the part has, if
/// it is one and says so.
pub(super) fn part_that_begins(from: &mut impl Read, read: &mut Vec<u8>) -> io::Result<Option<u64>> {
    let mut element_at = |at: u64| -> io::Result<Option<(u64, Range<u64>)>> {
        let until = at + ELEMENT as u64;
        let more = until.saturating_sub(read.len() as u64);
        from.by_ref().take(more).read_to_end(read)?;
        let bytes = read.get(at as usize..until as usize).and_then(|bytes| bytes.try_into().ok());
        Ok(bytes.and_then(|bytes| element_of(bytes, at)))
    };
    let Some((HEAD, head)) = element_at(0)? else { return Ok(None) };
    if head.end > LONGEST_HEAD {
        return Ok(None);
    }
    let segment = element_at(head.end)?.filter(|(id, _)| *id == SEGMENT);
    Ok(segment.map(|(_, segment)| segment.end))
}

/// Where a part that begins here ends, if it is whole and says so.
fn end_of_part(file: &File, begin: u64) -> Option<u64> {
    let (id, head) = element(file, begin)?;
    let (inner, segment) = element(file, head.end)?;
    let is_whole = id == HEAD && inner == SEGMENT && segment.end <= file.metadata().ok()?.len();
    is_whole.then_some(segment.end)
}

/// The name of an element of Matroska, and where its content is; none if it does not say how long it is.
pub(super) fn element(file: &File, at: u64) -> Option<(u64, Range<u64>)> {
    let mut bytes = [0; ELEMENT];
    file.read_exact_at(&mut bytes, at).ok()?;
    element_of(bytes, at)
}

/// The same, of the bytes with which it begins.
fn element_of(bytes: [u8; ELEMENT], at: u64) -> Option<(u64, Range<u64>)> {
    let id = u32::from_be_bytes(bytes[..4].try_into().ok()?);
    let length = bytes[4].leading_zeros() as usize + 1;
    let size = bytes.get(4..4 + length)?.iter().fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
    let most = (1_u64 << (7 * length)) - 1;
    let begin = at + 4 + length as u64;
    (size & most < most).then(|| (u64::from(id), begin..begin.saturating_add(size & most)))
}
