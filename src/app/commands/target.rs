//! Where results go: standard output, or a file that is whole or absent.

use std::fs::{OpenOptions, Permissions};
use std::io::{Write, stdout};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use tempfile::NamedTempFile;

/// Prints a text.
///
/// # Errors
/// When standard output cannot be written.
pub fn print(text: &str) -> Result<()> {
    let mut out = stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("cannot write to standard output")
}

/// Where a result goes: whole, or not at all.
pub enum Target {
    Stdout,
    /// Something that is not a plain file, such as a pipe: written as it is.
    Special(PathBuf),
    /// A plain file. It is written beside its name and takes the name once it is whole.
    File(PathBuf),
}

impl Target {
    /// Finds out whether a result can be written there, and leaves nothing behind.
    ///
    /// # Errors
    /// When it cannot: why.
    pub fn open(path: &Path) -> Result<Self> {
        if path == Path::new("-") {
            return Ok(Self::Stdout);
        }
        // A link keeps pointing where it points.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        match path.metadata() {
            Ok(meta) if meta.is_dir() => bail!("cannot write {}: it is a directory; give a file name", path.display()),
            Ok(meta) if !meta.is_file() => return Ok(Self::Special(path)),
            // A file that may not be written must not be replaced either.
            Ok(_) => drop(OpenOptions::new().append(true).open(&path).with_context(|| cannot_write(&path))?),
            Err(_) => {}
        }
        beside(&path)?;
        Ok(Self::File(path))
    }

    /// Writes the result.
    ///
    /// # Errors
    /// When it cannot be written; then nothing is.
    pub fn write(self, text: &str) -> Result<()> {
        match self {
            Self::Stdout => print(text),
            Self::Special(path) => std::fs::write(&path, text).with_context(|| cannot_write(&path)),
            Self::File(path) => {
                let mut file = beside(&path)?;
                file.write_all(text.as_bytes()).and_then(|()| file.flush()).with_context(|| cannot_write(&path))?;
                file.persist(&path).with_context(|| cannot_write(&path))?;
                Ok(())
            }
        }
    }
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write {}", path.display())
}

/// A new file beside a name, gone again unless it takes that name.
fn beside(path: &Path) -> Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        bail!("cannot write {}: there is no folder {}", path.display(), folder.display());
    }
    let like_any_file = Permissions::from_mode(0o666);
    let file = tempfile::Builder::new().prefix(".framerace-").permissions(like_any_file).tempfile_in(folder);
    // The temporary name is nobody's business.
    file.map_err(|error| anyhow!("{}: {}", cannot_write(path), error.kind()))
}
