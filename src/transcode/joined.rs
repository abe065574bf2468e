//! Parts of a film that were converted one by one become one file, whole or absent, as every file.
//!
//! Joins what was written and the film that sound and the rest come from; knows neither how packets are written nor who made
//! the parts.

use std::ffi::OsString;
use std::path::Path;

use anyhow::{Context, Result};

use super::atomic_file::AtomicFile;
use super::folder::Folder;
use super::keep_unverified;
use crate::sink::video::{Container, Expected, JoinedPiece, Others, join, verify};
use crate::source::{Input, OpenOptions, open};

/// Joins parts to a file in `folder` with the name `temporary`, whole and checked, to which the caller gives the name of
/// `output`. Sound, subtitles, chapters and attachments come from `film`; no sound if that is not wanted. Tells what it
/// shows, and what a user should know.
///
/// # Errors
/// When the parts are not those of one film, one after the other, or the file cannot be written or fails its check.
pub fn join_unnamed<'f>(
    film: &Path,
    parts: &[JoinedPiece],
    (output, sound): (&Path, bool),
    options: &OpenOptions,
    (folder, temporary): (&'f Folder, OsString),
) -> Result<(Expected, Vec<String>, AtomicFile<'f>)> {
    let shown = || format!("cannot write {}", output.display());
    let source = open(&Input::File(film.to_owned()), options)?.info().clone();
    let file = AtomicFile::create(folder, temporary).with_context(shown)?;
    let to = (file.file().try_clone()?, Container::of(output)?);
    let (expected, mut notes) =
        join(to, parts, &source, (Some(Others::File(film.to_owned())), sound)).with_context(shown)?;
    match verify(&file.path(), &expected) {
        Ok(more) => notes.extend(more),
        Err(error) => {
            let name = output.file_name().unwrap_or_default();
            return Err(keep_unverified(file, (output, name), &error));
        }
    }
    Ok((expected, notes, file))
}
