//! Opens a file to read its packets, not its pictures.

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};
use ffmpeg_next::format;
use ffmpeg_next::format::context::Input;

use crate::source::{FileUrl, Packets, Pipe, words};

/// Where the streams come from that are copied.
pub enum Others {
    /// A file.
    File(PathBuf),
    /// A file on a server, opened a second time.
    Url(String),
    /// What is read of a pipe.
    Pipe(Pipe),
}

impl Others {
    /// Opens it to read packets from.
    pub(super) fn open(self) -> Result<Packets> {
        let opened = match self {
            Self::File(path) => {
                let opened = Packets::open_undecoded(&path)?;
                return opened.map_err(|error| anyhow!("cannot read {}: {}", path.display(), words(error)));
            }
            Self::Url(url) => format::input(&url).map_err(|error| anyhow!("cannot read {url}: {}", words(error))),
            Self::Pipe(pipe) => {
                let opened = Packets::open_pipe_undecoded(pipe);
                return opened.map_err(|error| anyhow!("cannot read the pipe a second time: {}", words(error)));
            }
        };
        opened.map(Packets::of_undecoded)
    }
}

/// Opens a file to read packets from.
pub(super) fn open_packets(path: &Path) -> Result<Input> {
    let url = FileUrl::new(path)?;
    format::input(url.as_str()).map_err(|error| anyhow!("cannot read {}: {}", path.display(), words(error)))
}
