//! Where the outputs of a batch are, and by which options they are made. Converts nothing, and keeps no books.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::plan::Task;
use super::spec::Batch;
use crate::transcode::folder::Folder;

/// The outputs of a batch.
pub(super) struct Outputs<'a> {
    pub batch: &'a Batch,
    /// The output folder, whatever its path leads to meanwhile.
    pub folder: Folder,
    /// Where whoever is at work has a lease.
    pub leases: PathBuf,
    /// See [`Batch::options_hash`].
    pub options_hash: String,
}

impl<'a> Outputs<'a> {
    /// Those in the output folder, which must be there.
    pub(super) fn of(batch: &'a Batch) -> Result<Self> {
        let folder = Folder::open(&batch.folder).with_context(|| format!("cannot open {}", batch.folder.display()))?;
        Ok(Self { batch, folder, leases: batch.folder.clone(), options_hash: batch.options_hash() })
    }

    /// Where the output of a task will be.
    pub(super) fn path(&self, task: &Task) -> PathBuf {
        self.batch.folder.join(&task.output)
    }

    /// The folder of a task's output, and the name within it; `make` makes the folder if it is not there.
    pub(super) fn place<'t>(&self, task: &'t Task, make: bool) -> Result<(Folder, &'t OsStr)> {
        let below = task.output.parent().unwrap_or(Path::new(""));
        Ok((self.folder.below(below, make)?, task.output.file_name().unwrap_or_default()))
    }
}
