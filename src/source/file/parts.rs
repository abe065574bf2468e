//! Matroska files that were put one behind the other (`cat a.mkv b.mkv c.mkv`). FFmpeg reads on into the second and passes
//! over all others; here each part is opened when the one before has ended. Knows where parts are, not what is in them.

use std::collections::VecDeque;
use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::host::plain_file::open_plain;

/// How a Matroska file begins, and then what holds all the rest of it.
const HEAD: u64 = 0x1A45_DFA3;
const SEGMENT: u64 = 0x1853_8067;

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

/// Where a part that begins here ends, if it is whole and says so.
fn end_of_part(file: &File, begin: u64) -> Option<u64> {
    let (id, head) = element(file, begin)?;
    let (inner, segment) = element(file, head.end)?;
    let is_whole = id == HEAD && inner == SEGMENT && segment.end <= file.metadata().ok()?.len();
    is_whole.then_some(segment.end)
}

/// The name of an element of Matroska, and where its content is; none if it does not say how long it is.
pub(super) fn element(file: &File, at: u64) -> Option<(u64, Range<u64>)> {
    let mut bytes = [0; 12];
    file.read_exact_at(&mut bytes, at).ok()?;
    let id = u32::from_be_bytes(bytes[..4].try_into().ok()?);
    let length = bytes[4].leading_zeros() as usize + 1;
    let size = bytes.get(4..4 + length)?.iter().fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
    let most = (1_u64 << (7 * length)) - 1;
    let begin = at + 4 + length as u64;
    (size & most < most).then(|| (u64::from(id), begin..begin.saturating_add(size & most)))
}
