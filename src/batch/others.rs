//! The journals that others write about the same outputs, each one in a file of its own: on a shared folder nobody appends to
//! what somebody else appends to. They are only read. Knows nothing of what their lines say.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::read_dir;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::host::plain_file::open_plain;

/// The ending of a journal.
const ENDING: &str = "jsonl";
/// A journal of a shard that is longer has lines for a million files.
const LONGEST: u64 = 4 << 30;

/// The journals of others.
#[derive(Debug)]
pub(super) struct OtherJournals {
    folder: PathBuf,
    /// The name of one's own, which is not read here.
    own: OsString,
    /// One more that is not in this folder, and is read once.
    more: Option<PathBuf>,
    /// Bytes that have been read of each.
    read: HashMap<OsString, u64>,
}

impl OtherJournals {
    /// All in a folder but `own`, and once `more`, if that is there.
    pub(super) fn new(folder: &Path, own: &OsStr, more: Option<PathBuf>) -> Self {
        Self { folder: folder.to_owned(), own: own.to_owned(), more, read: HashMap::new() }
    }

    /// The lines that were written since this was last asked.
    ///
    /// # Errors
    /// When one cannot be read.
    pub(super) fn news(&mut self) -> Result<Vec<Vec<u8>>> {
        let mut lines = match self.more.take() {
            Some(more) if more.exists() => whole_lines(&more, 0)?.0,
            _ => Vec::new(),
        };
        let entries = match read_dir(&self.folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(lines),
            entries => entries.with_context(|| format!("cannot look into {}", self.folder.display()))?,
        };
        let mut names: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
        names.retain(|name| *name != self.own && Path::new(name).extension().is_some_and(|ending| ending == ENDING));
        // The same order for everybody.
        names.sort();
        for name in names {
            let read = self.read.entry(name.clone()).or_default();
            let (more, end) = whole_lines(&self.folder.join(name), *read)?;
            lines.extend(more);
            *read = end;
        }
        Ok(lines)
    }
}

/// The whole lines of a file from a place on, and the place behind them.
fn whole_lines(path: &Path, from: u64) -> Result<(Vec<Vec<u8>>, u64)> {
    let cannot = || format!("cannot read {}", path.display());
    let mut file = open_plain(path).with_context(cannot)?;
    // One that was cut off begins anew.
    let from = if file.metadata().with_context(cannot)?.len() < from { 0 } else { from };
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(from)).with_context(cannot)?;
    file.take(LONGEST).read_to_end(&mut bytes).with_context(cannot)?;
    let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let lines = bytes[..end].split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::to_vec);
    Ok((lines.collect(), from + end as u64))
}
