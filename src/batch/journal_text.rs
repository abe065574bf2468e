//! Lines of text in a file that is only appended to. Knows nothing of what they say.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;

/// All that is in a file.
pub(super) fn text(file: &File) -> std::io::Result<Vec<u8>> {
    let (mut file, mut text) = (file, Vec::new());
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut text)?;
    Ok(text)
}

/// The lines of a text, without empty ones.
pub(super) fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty())
}

/// Lines as a text.
pub(super) fn joined(lines: &[&[u8]]) -> Vec<u8> {
    lines.iter().flat_map(|line| [*line, b"\n"].concat()).collect()
}

/// Appends lines by a single write, so that no other process can write in between.
pub(super) fn append_whole(mut file: &File, mut lines: Vec<u8>) -> std::io::Result<()> {
    // If the last line there is incomplete, the first must not be joined to it.
    let (length, mut last) = (file.metadata()?.len(), [b'\n']);
    if length > 0 {
        file.read_exact_at(&mut last, length - 1)?;
    }
    if last != [b'\n'] {
        lines.insert(0, b'\n');
    }
    let written = file.write(&lines)?;
    if written == lines.len() { Ok(()) } else { Err(ErrorKind::StorageFull.into()) }
}
