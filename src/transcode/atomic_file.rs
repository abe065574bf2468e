//! Files that are not whole yet: written under a name of their own beside the name they will take, so that what has
//! a name is whole. And the sweeping of those whose writer has died. Knows nothing of what is in them.
//!
//! The name says who writes: `.framerace-PLACE-PID-START-N`.
//!
//! - *PLACE* stands for one boot of one machine and one process namespace: only within it does a process number mean
//!   anything. Two machines with one host name, or two containers that both count from 1, are two places.
//! - *PID* and *START* (clock ticks since boot) are one process, even when its number is used again.
//! - *N* is a number by chance, which tells the files of that process apart.
//!
//! A file of this place is stale when its process is gone: that is certain. Of another place nothing can be seen but
//! when the file was last written to, by the clock of the file system, so that no two clocks are compared. A writer
//! that has written nothing for [`SILENCE`] is taken for dead. Should it be alive after all (suspended, say), it finds
//! its file gone when it wants to give it its name, and fails; nothing torn ever gets a name.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail, ensure};
use rustix::fs::RenameFlags;
use rustix::io::Errno;

use super::folder::{FileState, Folder, open_path};
use super::owner::Owner;

/// How long a writer elsewhere may write nothing before it counts as dead.
pub const SILENCE: Duration = Duration::from_secs(3600);

const PREFIX: &str = ".framerace-";
const UNVERIFIED: &str = ".unverified";
const UNPLACED: &str = ".unplaced";

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
            Err(error) => {
                if error == Errno::EXIST && !self.named {
                    self.keep(name, UNPLACED)?;
                }
                let changed = if error == Errno::EXIST { ": it is not what was there before" } else { "" };
                let path = self.folder.path().join(&self.name);
                let kept = if self.named { format!("; it is kept as {}", path.display()) } else { String::new() };
                Err(error).with_context(|| format!("{}{changed}{kept}", shown()))
            }
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
    fn take_name(&mut self, name: &OsStr) -> rustix::io::Result<()> {
        // By its descriptor: what has been put under the temporary name gets no other.
        match self.folder.link(&self.file, name) {
            Ok(()) => self.remove(),
            Err(Errno::EXIST) => return Err(Errno::EXIST),
            // File systems without links.
            Err(_) if !self.folder.state(&self.name).is_some_and(|now| self.is_mine(&now)) => return Err(Errno::NOENT),
            Err(_) => match self.folder.rename(&self.name, name, RenameFlags::NOREPLACE) {
                // And without that.
                Err(Errno::INVAL | Errno::NOSYS) if self.folder.state(name).is_none() => {
                    self.folder.rename(&self.name, name, RenameFlags::empty())?;
                }
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
            Ok(()) if is_there(self.folder, &kept) => _ = self.folder.remove(&kept),
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
    fn remove(&self) {
        if self.folder.state(&self.name).is_some_and(|now| self.is_mine(&now)) {
            // What cannot be removed now is swept later.
            let _ = self.folder.remove(&self.name);
        }
    }
}

impl Drop for AtomicFile<'_> {
    fn drop(&mut self) {
        if !self.named {
            self.remove();
        }
    }
}

/// A name that nobody else uses.
pub fn temporary_name() -> OsString {
    format!("{PREFIX}{}-{}", Owner::this(), fastrand::u32(..)).into()
}

/// Whether a file has the name of one that is not whole yet.
pub fn is_temporary(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(PREFIX.as_bytes())
}

/// Removes the files of dead writers from a folder, and tells how many there were. `now` is the time of the file
/// system: that of a file just written there.
pub fn remove_stale(folder: &Folder, now: SystemTime) -> usize {
    let entries = folder.entries().into_iter().flatten().flatten();
    let stale = entries.filter(|entry| {
        owner_of(&entry.file_name()).is_some_and(|owner| entry.metadata().is_ok_and(|meta| is_dead(&owner, &meta, now)))
    });
    // What another batch has swept first is gone as well.
    stale.filter(|entry| folder.remove(&entry.file_name()).is_ok()).count()
}

fn is_dead(owner: &Owner, meta: &Metadata, now: SystemTime) -> bool {
    // A time yet to come was told before the clock of the file system was set back.
    let since = |at| now.duration_since(at).unwrap_or_else(|ahead| ahead.duration());
    let silent = || meta.modified().map(since).unwrap_or_default();
    owner.lives().map_or_else(|| silent() > SILENCE, |lives| !lives)
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

fn owner_of(name: &OsStr) -> Option<Owner> {
    let name = name.to_str()?.strip_prefix(PREFIX)?;
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    Owner::parse(stem.rsplit_once('-')?.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_name_tells_its_author() {
        let name = temporary_name();
        assert_eq!(owner_of(&name), Some(Owner::this()));
        assert!(is_temporary(&name));
        assert_eq!((Owner::this().lives(), owner_of(OsStr::new(".framerace-x.mp4"))), (Some(true), None));
    }

    #[test]
    fn only_what_dead_writers_left_is_swept() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = Owner::this().place;
        let names = [
            (format!(".framerace-{}-0.mp4", Owner::this()), SILENCE * 9, true),
            (format!(".framerace-{place}-{}-1-0.mp4", std::process::id()), Duration::ZERO, false),
            (format!(".framerace-{place}-999999999-5-2.mkv"), Duration::ZERO, false),
            (".framerace-0123456789abcdef-1-5-2.mkv".into(), SILENCE / 2, true),
            (".framerace-0123456789abcdef-1-5-3.mkv".into(), SILENCE * 2, false),
            (".framerace-0123456789abcdef-1-5-4.mkv".into(), Duration::ZERO, false),
            ("clip.mp4".into(), SILENCE * 9, true),
            (".framerace-mine".into(), SILENCE * 9, true),
        ];
        let now = SystemTime::now();
        for (name, age, _) in &names {
            let file = fs::File::create(folder.path().join(name)).expect("a file");
            file.set_modified(now - *age).expect("a time");
        }
        let ahead = fs::File::options().write(true).open(folder.path().join(&names[5].0)).expect("it was made");
        ahead.set_modified(now + SILENCE * 9).expect("a time");
        assert_eq!(remove_stale(&Folder::open(folder.path()).expect("it is there"), now), 4);
        for (name, _, stays) in &names {
            assert_eq!(folder.path().join(name).exists(), *stays, "{name}");
        }
    }
}
