//! Opens a file to read its packets, not its pictures.

use std::path::Path;

use anyhow::{Result, anyhow};
use ffmpeg_next::format;
use ffmpeg_next::format::context::Input;

use crate::source::FileUrl;

/// Opens a file to read packets from.
pub(super) fn open_packets(path: &Path) -> Result<Input> {
    let url = FileUrl::new(path)?;
    format::input(url.as_str()).map_err(|error| anyhow!("cannot read {}: {error}", path.display()))
}
