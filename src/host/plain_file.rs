//! Opening a file that must be a plain one: not a pipe, which would be waited for, nor a device, which may have no end. What
//! it is is asked of what was opened: under the name there may be something else a moment later.

use std::fs::{File, OpenOptions};
use std::io::{Error, Result};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Opens a plain file for reading, and waits for nobody.
pub(crate) fn open_plain(path: &Path) -> Result<File> {
    let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
    let kind = file.metadata()?.file_type();
    if kind.is_file() { Ok(file) } else { Err(Error::other("it is no plain file")) }
}
