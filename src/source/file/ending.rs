//! Whether a file is whole by how its container is built: each says how long its parts are, or how its last one ends. FFmpeg
//! reads as far as there is something and calls that the end. Looks at a few bytes; knows nothing of pictures.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::parts::element;
use crate::host::plain_file::open_plain;

/// Bytes at the end in which a mark may be, and so many zeros as no container ends with.
const TAIL: u64 = 64 << 10;
const ZEROS: usize = 4 << 10;
/// Bytes that a size may be wrong by, as some writers have it.
const SLACK: u64 = 64;

/// What the boxes of an MP4 file are.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Boxes {
    /// Whether its index is there, and is whole.
    pub index: bool,
    /// Whether it has pictures or sound.
    pub media: bool,
    /// Whether one is not whole.
    cut: bool,
    /// Where another file begins behind it, as `cat` puts them.
    next: Option<u64>,
}

/// Walks the boxes of an MP4 file.
pub(super) fn boxes(path: &Path) -> Boxes {
    let mut boxes = Boxes::default();
    let Some((file, end)) = open(path) else { return boxes };
    let (mut at, mut head) = (0, [0; 16]);
    while end - at >= 16 && file.read_exact_at(&mut head, at).is_ok() {
        let number =
            |range: std::ops::Range<usize>| head[range].iter().fold(0, |all, byte| all << 8 | u64::from(*byte));
        let size = match number(0..4) {
            0 => end - at,
            1 => number(8..16),
            size => size,
        };
        let name = &head[4..8];
        let (is_index, is_media) = (name == b"moov", name == b"mdat" || name == b"moof");
        boxes.media |= is_media;
        if size < 8 || size > end - at {
            boxes.cut = is_index || is_media;
            break;
        }
        if name == b"ftyp" && (boxes.index || boxes.media) {
            boxes.next.get_or_insert(at);
        }
        boxes.index |= is_index;
        at += size;
    }
    boxes
}

/// Whether a file of this format, as FFmpeg calls it, was cut off or not written to its end.
pub(super) fn is_cut(path: &Path, format: &str) -> bool {
    let Some((file, end)) = open(path) else { return false };
    let from = end.saturating_sub(TAIL);
    let mut tail = vec![0; (end - from) as usize];
    if file.read_exact_at(&mut tail, from).is_err() {
        return false;
    }
    let has = |mark: &[u8]| tail.windows(mark.len()).any(|window| window == mark);
    let zeros = || tail.len() > ZEROS && tail[tail.len() - ZEROS..].iter().all(|byte| *byte == 0);
    match format.split(',').next().unwrap_or_default() {
        "mov" => boxes(path).cut,
        "matroska" => {
            let segment = element(&file, 0).and_then(|(_, head)| element(&file, head.end));
            segment.is_some_and(|(_, segment)| segment.end > end + SLACK) || zeros()
        }
        "avi" => {
            let mut head = [0; 8];
            let size = |head: [u8; 8]| u64::from(u32::from_le_bytes([head[4], head[5], head[6], head[7]]));
            file.read_exact_at(&mut head, 0).is_ok() && size(head) + 8 > end + SLACK
        }
        "gif" => tail.iter().rfind(|byte| **byte != 0) != Some(&b';'),
        "apng" => !has(b"IEND\xAE\x42\x60\x82"),
        // The third bit of a page says that it is the last of its stream.
        "ogg" => {
            let mut pages = tail.windows(6).filter(|page| page.starts_with(b"OggS\0")).peekable();
            pages.peek().is_some() && !pages.any(|page| page[5] & 4 != 0)
        }
        "mpegts" | "mpeg" | "nut" | "flv" => zeros(),
        _ => false,
    }
}

/// Whether another file begins where reading ended, as `cat` puts them one behind the other. Players and FFmpeg stop there
/// without a word in these formats.
pub(super) fn is_followed(path: &Path, format: &str, read: u64) -> bool {
    let Some((file, end)) = open(path) else { return false };
    let has = |marks: &dyn Fn(&[u8]) -> bool, within: u64, length: usize| {
        let mut bytes = vec![0; within.min(end.saturating_sub(read)) as usize];
        file.read_exact_at(&mut bytes, read).is_ok() && bytes.windows(length).any(marks)
    };
    match format.split(',').next().unwrap_or_default() {
        "mov" => boxes(path).next.is_some_and(|next| next >= read),
        "flv" => has(&|bytes| bytes == b"FLV\x01", 64, 4),
        // The second bit of a page says that it is the first of its stream.
        "ogg" => has(&|page| page.starts_with(b"OggS\0") && page[5] & 2 != 0, 2 * TAIL, 6),
        _ => false,
    }
}

fn open(path: &Path) -> Option<(File, u64)> {
    let file = open_plain(path).ok()?;
    let end = file.metadata().ok().filter(std::fs::Metadata::is_file)?.len();
    Some((file, end))
}
