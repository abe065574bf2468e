//! Tells whether a file has changed: by its size, the time of its last change, and a hash of its first and last bytes,
//! which takes the same short time for a file of any size. Knows nothing of videos.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use crate::host::plain_file::open_plain;

/// Bytes at each end that go into the hash.
const END: u64 = 64 << 10;

/// What identifies a file and its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Its size in bytes.
    pub size: u64,
    /// Time of its last change, in microseconds since 1970.
    pub modified_us: u64,
    /// XXH3 of its first and its last 64 KiB.
    pub ends: String,
}

impl Identity {
    /// The identity of a file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of(path: &Path) -> Result<Self> {
        let file = open_plain(path).and_then(|file| Self::of_file(&file));
        file.with_context(|| format!("cannot read {}", path.display()))
    }

    /// That of an open file.
    pub(super) fn of_file(mut file: &File) -> std::io::Result<Self> {
        let meta = file.metadata()?;
        let mut hash = Xxh3::new();
        let mut bytes = Vec::new();
        for from in [0, meta.len().saturating_sub(END)] {
            file.seek(SeekFrom::Start(from))?;
            bytes.clear();
            file.take(END).read_to_end(&mut bytes)?;
            hash.update(&bytes);
        }
        Ok(Self {
            size: meta.len(),
            modified_us: microseconds(meta.modified()?),
            ends: format!("{:016x}", hash.digest()),
        })
    }

    /// Whether both have the same content, judged by size and hash; the time of the last change is ignored.
    pub fn same_content(&self, other: &Self) -> bool {
        (self.size, &self.ends) == (other.size, &other.ends)
    }
}

/// A time as microseconds since 1970; 0 for earlier times.
pub(super) fn microseconds(at: SystemTime) -> u64 {
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}
