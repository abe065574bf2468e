//! What is wrong with a path, told before a decoder sees it.

use std::fs::metadata;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::host::plain_file::open_plain;

/// Tells what is wrong with a path before a decoder sees it.
pub(in crate::source) fn check(path: &Path) -> Result<()> {
    let name = path.display();
    match metadata(path) {
        Err(e) if e.kind() == ErrorKind::NotFound => bail!("no file {name}; check the path"),
        Err(e) => bail!("cannot read {name}: {e}"),
        Ok(meta) if meta.is_dir() => {
            bail!("{name} is a directory; give a video file, or numbered images as {}", path.join("%04d.png").display())
        }
        Ok(meta) if meta.is_file() && meta.len() == 0 => bail!("{name} is empty"),
        Ok(meta) if meta.is_file() => open_plain(path).map(drop).with_context(|| format!("cannot read {name}")),
        // Opening a pipe would wait for its writer.
        Ok(_) => Ok(()),
    }
}
