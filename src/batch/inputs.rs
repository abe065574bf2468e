//! Finds the input files of a batch: files, folders and globs become one list that has each file once. Looks at names
//! only, and opens no file.
//!
//! A file that the user names is always tried. Of the files in a folder, those with an extension in [`VIDEOS`] are
//! tried; the others are reported as left out.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::near_miss::no_file_or_folder;
use crate::transcode::atomic_file::is_set_aside;
use crate::transcode::temporary::is_temporary;

/// Extensions of the files that are tried when they are found in a folder.
const VIDEOS: &[&str] = &[
    "3g2", "3gp", "asf", "avi", "dv", "flv", "gif", "h264", "h265", "hevc", "ivf", "m1v", "m2ts", "m2v", "m4v", "mkv",
    "mov", "mp4", "mpeg", "mpg", "mts", "mxf", "nut", "ogv", "qt", "rm", "rmvb", "ts", "vob", "webm", "wmv", "y4m",
];

const IMAGES: &[&str] = &[
    "avif", "bmp", "exr", "heic", "jpeg", "jpg", "jp2", "pgm", "png", "ppm", "raw", "svg", "tga", "tif", "tiff", "webp",
];

const SOUNDS: &[&str] = &[
    "aac", "ac3", "aif", "aiff", "amr", "ape", "flac", "m4a", "m4b", "mka", "mp3", "oga", "ogg", "opus", "wav", "wma",
];

/// An input file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its path.
    pub path: PathBuf,
    /// Its folder, relative to the folder that the user gave; empty for files directly in it, and for files that the
    /// user named.
    pub below: PathBuf,
}

/// Files of one kind that were found in folders and are not tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// What they are: `image`.
    pub what: &'static str,
    /// Their paths.
    pub files: Vec<PathBuf>,
    /// What to do about it.
    pub advice: &'static str,
}

/// What is left out, and advice for the user; for most files that is [`NAME_IT`].
type Kind = (&'static str, &'static str);

const UNREADABLE: Kind = ("unreadable folder", "look at its permissions");
const LINKED: Kind = ("linked folder", "a link may lead round in a circle; give the folder by its name");
const NAME_IT: &str = "give a file by its name to try it all the same";

/// Finds the input files. The output folder `keep_out` is not searched; `skip` tells which files are outputs.
///
/// # Errors
/// When an input does not exist or cannot be read, or when there is no file at all.
pub fn gather(
    inputs: &[PathBuf],
    recursive: bool,
    keep_out: &Path,
    skip: &dyn Fn(&Path) -> bool,
) -> Result<(Vec<Found>, Vec<LeftOut>)> {
    let (keep_out, found, seen, left_out) = (real(keep_out), Vec::new(), HashSet::new(), BTreeMap::new());
    let mut search = Search { recursive, keep_out, skip, found, seen, left_out };
    for input in inputs {
        search.input(input)?;
    }
    let listed = || inputs.iter().map(|input| input.display().to_string()).collect::<Vec<_>>().join(", ");
    ensure!(
        !search.found.is_empty(),
        "no videos in {}{}",
        listed(),
        if recursive { "" } else { "; --recursive looks into the folders below, too" }
    );
    let left_out = search.left_out.into_iter().map(|((what, advice), files)| LeftOut { what, files, advice });
    Ok((search.found, left_out.collect()))
}

struct Search<'a> {
    recursive: bool,
    keep_out: PathBuf,
    skip: &'a dyn Fn(&Path) -> bool,
    found: Vec<Found>,
    seen: HashSet<PathBuf>,
    left_out: BTreeMap<Kind, Vec<PathBuf>>,
}

impl Search<'_> {
    /// An input that the user named: a file, a folder, or else a glob.
    fn input(&mut self, input: &Path) -> Result<()> {
        if input.is_dir() {
            return self.folder(input, Path::new(""));
        }
        if input.symlink_metadata().is_ok() {
            self.add(input, Path::new(""));
            return Ok(());
        }
        let Some(pattern) = input.to_str().filter(|text| text.contains(['*', '?', '['])) else {
            bail!(no_file_or_folder(input));
        };
        // As in a shell, `*` does not match hidden files.
        let like_a_shell = glob::MatchOptions { require_literal_leading_dot: true, ..glob::MatchOptions::new() };
        let matches = glob::glob_with(pattern, like_a_shell)
            .with_context(|| format!("'{pattern}' is no file, and no glob either"))?;
        let mut any = false;
        for path in matches {
            let path = path.with_context(|| format!("cannot look for '{pattern}'"))?;
            any = true;
            if path.is_dir() { self.folder(&path, Path::new(""))? } else { self.sort_in(&path, Path::new("")) }
        }
        ensure!(any, "no file matches '{pattern}'");
        Ok(())
    }

    fn folder(&mut self, folder: &Path, below: &Path) -> Result<()> {
        let shown = || format!("cannot look into {}", folder.display());
        let mut entries =
            fs::read_dir(folder).with_context(shown)?.collect::<Result<Vec<_>, _>>().with_context(shown)?;
        // File systems list a folder in different orders; sorted, it is the same everywhere.
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let (name, path) = (entry.file_name(), entry.path());
            if name.as_encoded_bytes().starts_with(b".") || is_temporary(&name) {
                continue;
            }
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                if !self.recursive || real(&path) == self.keep_out {
                    continue;
                }
                // One that may not be read is left out, and the search goes on.
                if fs::read_dir(&path).is_ok() {
                    self.folder(&path, &below.join(&name))?;
                } else {
                    self.leave_out(UNREADABLE, &path);
                }
            } else if !path.is_dir() {
                self.sort_in(&path, below);
            } else if self.recursive {
                self.leave_out(LINKED, &path);
            }
        }
        Ok(())
    }

    fn leave_out(&mut self, kind: Kind, path: &Path) {
        self.left_out.entry(kind).or_default().push(path.to_owned());
    }

    /// A file that was found in a folder or by a glob: its extension decides whether to try it.
    fn sort_in(&mut self, path: &Path, below: &Path) {
        let extension = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        let is = |extensions: &[&str]| extensions.contains(&extension.as_str());
        let unverified = is_set_aside(path.file_name().unwrap_or_default());
        match () {
            () if (self.skip)(path) => {}
            () if unverified => self.leave_out(("unverified output", NAME_IT), path),
            () if is(VIDEOS) => self.add(path, below),
            () if is(IMAGES) => self.leave_out(("image", NAME_IT), path),
            () if is(SOUNDS) => self.leave_out(("sound file", NAME_IT), path),
            () => self.leave_out(("other file", NAME_IT), path),
        }
    }

    fn add(&mut self, path: &Path, below: &Path) {
        // Two links to one file count as two files: they have different names, and so have their outputs.
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = real(folder);
        if self.seen.insert(folder.join(path.file_name().unwrap_or_default())) {
            self.found.push(Found { path: path.to_owned(), below: below.to_owned() });
        }
    }
}

/// The path with all links resolved, or the absolute path where nothing exists.
pub(super) fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| std::path::absolute(path).unwrap_or_else(|_| path.to_owned()))
}
