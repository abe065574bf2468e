//! Files that are not whole yet: written under a [temporary](super::temporary) name beside the name they will take, so that
//! what has a name is whole. Knows nothing of what is in them.
//!
//! Nothing is done to a file by its name alone: it is held open, takes its name by its descriptor, and changes names in one
//! step with what it replaces, which shows what that was. One gap is left that Linux cannot close: between the last look at
//! a name, which nobody else knows, and its removal a file may be moved there; links that are put there cost nothing.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use rustix::fs::RenameFlags;
use rustix::io::Errno;

use super::folder::{FileState, Folder, open_path};
use super::temporary::{remove_stale, temporary_name};

const UNVERIFIED: &str = ".unverified";
const UNPLACED: &str = ".unplaced";

/// What has a name is not what might be replaced.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NotOurs(pub String);

/// A file under a temporary name. It is removed when this is dropped, unless it was given a name.
///
/// It is held open, and known by that: whoever swaps its name for something else finds that nothing else is moved,
/// written to or removed in its place.
#[derive(Debug)]
pub struct AtomicFile<'f> {
    folder: &'f Folder,
    /// The name it has now.
    name: OsString,
    file: File,
    named: bool,
}

impl<'f> AtomicFile<'f> {
    /// Makes one, and removes what dead writers have left in the folder.
    ///
    /// # Errors
    /// When the folder does not let it.
    pub fn new(folder: &'f Folder) -> io::Result<Self> {
        let temporary = Self::create(folder, temporary_name())?;
        remove_stale(folder, temporary.file.metadata()?.modified()?);
        Ok(temporary)
    }

    /// Makes one of this name.
    ///
    /// # Errors
    /// When something has the name, or the folder does not let it.
    pub fn create(folder: &'f Folder, name: OsString) -> io::Result<Self> {
        let file = folder.create(&name)?;
        Ok(Self { folder, name, file, named: false })
    }

    /// What has been made under this name by a process that has left it.
    ///
    /// # Errors
    /// When it is gone.
    pub fn adopt(folder: &'f Folder, name: OsString) -> io::Result<Self> {
        let file = folder.read(&name)?;
        Ok(Self { folder, name, file, named: false })
    }

    /// Leaves it under its name, for another process to adopt.
    pub fn leave(mut self) {
        self.named = true;
    }

    /// The file, to write to it.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// A path to the file as long as this lives, whatever happens to its name.
    pub fn path(&self) -> PathBuf {
        open_path(&self.file)
    }

    /// Gives the file its name, in place of `there`, or of nothing. Its content is on the disk before, so that not even a
    /// power failure leaves a torn file under that name.
    ///
    /// # Errors
    /// When it is gone, or the folder does not let it, or something else than `there` has the name: that is not touched,
    /// and the file is kept as `x.unplaced.mp4`.
    pub fn persist(mut self, name: &OsStr, there: Option<FileState>) -> Result<()> {
        let shown = || format!("cannot write {}", self.folder.path().join(name).display());
        self.file.sync_all().with_context(shown)?;
        let placed = match there {
            Some(there) if self.folder.state(name).is_some() => self.replace(name, there),
            _ => self.take_name(name),
        };
        match placed {
            Ok(()) => {
                let taken = self.folder.state(name).is_some_and(|now| self.is_mine(&now));
                ensure!(taken, "{}: another program has taken that name", shown());
                Ok(())
            }
            Err(Errno::EXIST) => {
                let kept = if self.named { self.name.clone() } else { self.keep(name, UNPLACED)? };
                let kept = self.folder.path().join(kept);
                let why = "what is there now is not what was there before; what was made is kept as";
                bail!(NotOurs(format!("{}: {why} {}", shown(), kept.display())))
            }
            Err(error) if self.named => {
                let kept = self.folder.path().join(&self.name);
                Err(error).with_context(|| format!("{}; it is kept as {}", shown(), kept.display()))
            }
            Err(error) => Err(error).with_context(shown),
        }
    }

    /// Gives the file the first free name of `x.unverified.mp4`, `x.unverified-2.mp4` and so on, where `name` is `x.mp4`.
    /// Returns its path.
    ///
    /// # Errors
    /// When it is gone, or the folder does not let it.
    pub fn persist_unverified(mut self, name: &OsStr) -> Result<PathBuf> {
        Ok(self.folder.path().join(self.keep(name, UNVERIFIED)?))
    }

    fn is_mine(&self, state: &FileState) -> bool {
        FileState::of(&self.file).is_ok_and(|mine| mine.is_same_file(state))
    }

    /// Takes a name that nothing has.
    ///
    /// # Errors
    /// When something has it, the file is gone, or the folder does not let it.
    pub fn take_name(&mut self, name: &OsStr) -> rustix::io::Result<()> {
        // By its descriptor: what has been put under the temporary name gets no other.
        match self.folder.link(&self.file, name) {
            Ok(()) => self.remove_own(),
            Err(Errno::EXIST) => return Err(Errno::EXIST),
            // File systems without links.
            Err(_) if !self.folder.state(&self.name).is_some_and(|now| self.is_mine(&now)) => return Err(Errno::NOENT),
            Err(_) => match self.folder.rename(&self.name, name, RenameFlags::NOREPLACE) {
                // And without that.
                Err(Errno::INVAL | Errno::NOSYS) if self.folder.state(name).is_some() => return Err(Errno::EXIST),
                Err(Errno::INVAL | Errno::NOSYS) => self.folder.rename(&self.name, name, RenameFlags::empty())?,
                done => done?,
            },
        }
        (self.name, self.named) = (name.to_owned(), true);
        Ok(())
    }

    /// Takes the name of `there`. In one step the two change their names, and then it shows what was replaced: something
    /// else gets its name back. Meanwhile neither has a name that would be swept.
    fn replace(&mut self, name: &OsStr, there: FileState) -> rustix::io::Result<()> {
        let is_there = |folder: &Folder, name: &OsStr| folder.state(name) == Some(there);
        if !is_there(self.folder, name) {
            return Err(Errno::EXIST);
        }
        let kept = self.keep(name, UNPLACED).map_err(|_| Errno::EXIST)?;
        match self.folder.rename(&kept, name, RenameFlags::EXCHANGE) {
            Ok(()) if is_there(self.folder, &kept) => remove(self.folder, &kept, |now| *now == there),
            Ok(()) => {
                self.folder.rename(&kept, name, RenameFlags::EXCHANGE)?;
                return Err(Errno::EXIST);
            }
            Err(Errno::NOENT) => return self.take_name(name),
            // File systems without that.
            Err(Errno::INVAL | Errno::NOSYS) if is_there(self.folder, name) => {
                self.folder.rename(&kept, name, RenameFlags::empty())?;
            }
            Err(_) => return Err(Errno::EXIST),
        }
        self.name = name.to_owned();
        Ok(())
    }

    /// Takes the first free name of those with this mark.
    fn keep(&mut self, name: &OsStr, mark: &str) -> Result<OsString> {
        for number in 1.. {
            let kept = marked(name, mark, number);
            match self.take_name(&kept) {
                Err(Errno::EXIST) => {}
                taken => {
                    let shown = || format!("cannot write {}", self.folder.path().join(&kept).display());
                    return taken.map(|()| kept.clone()).with_context(shown);
                }
            }
        }
        bail!("no name is free")
    }

    /// Removes its name, unless that is another file's by now.
    fn remove_own(&self) {
        remove(self.folder, &self.name, |now| self.is_mine(now));
    }
}

impl Drop for AtomicFile<'_> {
    fn drop(&mut self) {
        if !self.named {
            self.remove_own();
        }
    }
}

/// Removes a name, if it is that of the file which is meant. Under a name that nobody knows the file is looked at once more:
/// what has come in its place gets back.
fn remove(folder: &Folder, name: &OsStr, is_meant: impl Fn(&FileState) -> bool) {
    let (unknown, is_meant) = (temporary_name(), |name: &OsStr| folder.state(name).is_some_and(|now| is_meant(&now)));
    if !is_meant(name) || folder.rename(name, &unknown, RenameFlags::empty()).is_err() {
        return;
    }
    // What cannot be removed now is swept later.
    let _ = if is_meant(&unknown) {
        folder.remove(&unknown)
    } else {
        let back = (1..).map(|number| if number == 1 { name.to_owned() } else { marked(name, UNPLACED, number) });
        let mut tried = back.map(|name| folder.rename(&unknown, &name, RenameFlags::NOREPLACE));
        tried.find(|back| *back != Err(Errno::EXIST)).unwrap_or(Ok(())).map_err(Into::into)
    };
}

/// A name that says what became of a file: `x.unverified.mp4` for `x.mp4`, and numbered from the second on.
fn marked(name: &OsStr, mark: &str, number: u32) -> OsString {
    let mut marked = Path::new(name).file_stem().unwrap_or_default().to_owned();
    marked.push(mark);
    if number > 1 {
        marked.push(format!("-{number}"));
    }
    if let Some(extension) = Path::new(name).extension() {
        marked.push(".");
        marked.push(extension);
    }
    marked
}

/// Whether a name is that of a file that failed its check, or whose own name was another's.
pub fn is_set_aside(name: &OsStr) -> bool {
    let stem = Path::new(name).file_stem().unwrap_or_default().to_string_lossy();
    let numbered = stem.rsplit_once('-').filter(|(_, number)| number.parse::<u32>().is_ok());
    let stem = numbered.map_or(&*stem, |(stem, _)| stem);
    stem.ends_with(UNVERIFIED) || stem.ends_with(UNPLACED)
}
