//! Where the file goes that a user named: looked at before the work, and after it only what was there then is replaced.
//! Knows nothing of what is written.

use std::ffi::OsString;
use std::fs::{OpenOptions, metadata};
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::atomic_file::AtomicFile;
use super::folder::{FileState, Folder};
use crate::source::Input;

/// Where a file goes.
pub(super) struct Destination {
    /// Its path, without links.
    pub path: PathBuf,
    pub name: OsString,
    folder: Folder,
    there: Option<(OwnedFd, FileState)>,
}

impl Destination {
    /// Finds out whether a file can be written as `asked`, which is not to be the file that is read.
    ///
    /// # Errors
    /// One line: why it cannot.
    pub fn find(asked: &Path, input: &Input) -> Result<Self> {
        // A link keeps pointing where it points.
        let path = asked.canonicalize().unwrap_or_else(|_| asked.to_owned());
        let shown = path.display();
        if let Ok(there) = metadata(&path) {
            ensure!(!there.is_dir(), "cannot write {shown}: it is a directory; give a file name");
            ensure!(there.is_file(), "cannot write {shown}: it is no plain file");
            if let Input::File(read) | Input::Twin(read) = input
                && let Ok(read) = metadata(read)
            {
                let same = (read.dev(), read.ino()) == (there.dev(), there.ino());
                ensure!(!same, "cannot write {shown}: it is the input; give another name");
            }
            // A file that may not be written must not be replaced either.
            OpenOptions::new().append(true).open(&path).with_context(|| format!("cannot write {shown}"))?;
        }
        let name = path.file_name().with_context(|| format!("cannot write {shown}: give a file name"))?.to_owned();
        let parent = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        ensure!(parent.is_dir(), "cannot write {shown}: there is no folder {}", parent.display());
        let folder = Folder::open(parent).with_context(|| format!("cannot write {shown}"))?;
        let there = folder.hold(&name);
        Ok(Self { path, name, folder, there })
    }

    /// The file under a temporary name.
    pub fn begin(&self) -> Result<AtomicFile<'_>> {
        AtomicFile::new(&self.folder).with_context(|| format!("cannot write {}", self.path.display()))
    }

    /// Gives the file its name.
    pub fn finish(&self, file: AtomicFile<'_>) -> Result<()> {
        file.persist(&self.name, self.there.as_ref().map(|(_, state)| *state))
    }
}
