//! The address under which FFmpeg opens a file.

use std::fs::File;
use std::ops::Range;
use std::os::fd::AsRawFd;
use std::path::Path;

use anyhow::{Context, Result};

use crate::host::plain_file::open_plain;

/// The address of a file, for as long as this lives.
pub(crate) struct FileUrl {
    url: String,
    /// Open where the name of the file is not text.
    _file: Option<File>,
}

impl FileUrl {
    /// ffmpeg-next takes text only: a file whose name is not text is opened here, and is found by its descriptor. What
    /// became a pipe since it was looked at must not be waited for.
    ///
    /// # Errors
    /// When it cannot be opened, or is no plain file.
    pub(crate) fn new(path: &Path) -> Result<Self> {
        let file = open_plain(path).with_context(|| format!("cannot read {}", path.display()))?;
        // With the protocol before it, a name with a colon is still a name.
        if let Some(text) = path.to_str() {
            return Ok(Self { url: format!("file:{text}"), _file: None });
        }
        Ok(Self { url: format!("file:/proc/self/fd/{}", file.as_raw_fd()), _file: Some(file) })
    }

    /// The address of a part of a file, from byte to byte.
    pub(super) fn of_part(path: &Path, part: Range<u64>) -> Result<Self> {
        let whole = Self::new(path)?;
        Ok(Self { url: format!("subfile,,start,{},end,{},,:{}", part.start, part.end, whole.url), ..whole })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.url
    }
}
