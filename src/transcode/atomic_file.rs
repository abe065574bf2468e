//! Files that are not whole yet: written under a name of their own beside the name they will take, so that what has
//! a name is whole. And the sweeping of those whose writer has died. Knows nothing of what is in them.
//!
//! The name says who writes: `.framerace-PLACE-PID-START-N.EXT`.
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
use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use tempfile::TempPath;
use xxhash_rust::xxh3::xxh3_64;

/// How long a writer elsewhere may write nothing before it counts as dead.
pub const SILENCE: Duration = Duration::from_secs(3600);

const PREFIX: &str = ".framerace-";
const UNVERIFIED: &str = ".unverified";

/// A process, told apart from all others on all machines and at all times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    place: String,
    pid: u32,
    start: u64,
}

impl Owner {
    /// This process.
    pub fn this() -> Self {
        let pid = std::process::id();
        Self { place: place(), pid, start: start_of(pid).unwrap_or(0) }
    }

    /// Its process number, which means something in its own place only.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Whether it lives, when that can be seen from here.
    pub fn lives(&self) -> Option<bool> {
        (self.place == Self::this().place).then(|| start_of(self.pid) == Some(self.start))
    }

    /// Reads `PLACE-PID-START`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '-');
        let place = parts.next().filter(|place| !place.is_empty())?.to_owned();
        Some(Self { place, pid: parts.next()?.parse().ok()?, start: parts.next()?.parse().ok()? })
    }
}

impl std::fmt::Display for Owner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}-{}", self.place, self.pid, self.start)
    }
}

/// A name to write under. What is there is removed when this is dropped, unless it was given its name.
#[derive(Debug)]
pub struct AtomicFile {
    path: PathBuf,
}

impl AtomicFile {
    /// A name beside `path` that nobody else uses, with its extension, by which muxers choose the container. Nothing
    /// is made yet.
    pub fn beside(path: &Path) -> Self {
        let mut name = OsString::from(format!("{PREFIX}{}-{}", Owner::this(), fastrand::u32(..)));
        if let Some(extension) = path.extension() {
            name.push(".");
            name.push(extension);
        }
        Self { path: path.with_file_name(name) }
    }

    /// Where to write.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the file its name, in place of what had it. Its content is on the disk before, so that not even a power
    /// failure leaves a torn file under that name.
    ///
    /// # Errors
    /// When it is gone, or the folder does not let it.
    pub fn persist(self, path: &Path) -> Result<()> {
        let shown = || format!("cannot write {}", path.display());
        fs::File::open(&self.path).and_then(|file| file.sync_all()).with_context(shown)?;
        fs::rename(&self.path, path).with_context(shown)
    }

    /// Gives the file the first free name of `x.unverified.mp4`, `x.unverified-2.mp4` and so on, where `path` is `x.mp4`.
    /// Returns that name.
    ///
    /// # Errors
    /// When it is gone, or the folder does not let it.
    pub fn persist_unverified(self, path: &Path) -> Result<PathBuf> {
        let (mut file, mut number) = (TempPath::try_from_path(&self.path)?, 1);
        loop {
            let kept = unverified(path, number);
            match file.persist_noclobber(&kept) {
                Ok(()) => return Ok(kept),
                Err(there) if there.error.kind() == ErrorKind::AlreadyExists => {
                    (file, number) = (there.path, number + 1);
                }
                // File systems that cannot do it in one step.
                Err(failed) if !kept.exists() && fs::rename(&failed.path, &kept).is_ok() => return Ok(kept),
                Err(failed) => return Err(failed.error).with_context(|| format!("cannot write {}", kept.display())),
            }
        }
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        // Gone already once it has its name; and what cannot be removed now is swept later.
        let _ = fs::remove_file(&self.path);
    }
}

/// Whether a file has the name of one that is not whole yet.
pub fn is_temporary(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(PREFIX.as_bytes())
}

/// Removes the files of dead writers from a folder, and tells how many there were. `now` is the time of the file
/// system: that of a file just written there.
pub fn remove_stale(folder: &Path, now: SystemTime) -> usize {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let stale = entries.filter(|entry| {
        owner_of(&entry.file_name()).is_some_and(|owner| entry.metadata().is_ok_and(|meta| is_dead(&owner, &meta, now)))
    });
    // What another batch has swept first is gone as well.
    stale.filter(|entry| fs::remove_file(entry.path()).is_ok()).count()
}

fn is_dead(owner: &Owner, meta: &Metadata, now: SystemTime) -> bool {
    // A time yet to come was told before the clock of the file system was set back.
    let since = |at| now.duration_since(at).unwrap_or_else(|ahead| ahead.duration());
    let silent = || meta.modified().map(since).unwrap_or_default();
    owner.lives().map_or_else(|| silent() > SILENCE, |lives| !lives)
}

/// The name of a file that failed its check: `x.unverified.mp4` for `x.mp4`, and numbered from the second on.
fn unverified(path: &Path, number: u32) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(UNVERIFIED);
    if number > 1 {
        name.push(format!("-{number}"));
    }
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

/// Whether a name is that of a file that failed its check.
pub fn is_unverified(name: &OsStr) -> bool {
    let stem = Path::new(name).file_stem().unwrap_or_default().to_string_lossy();
    let numbered = stem.rsplit_once('-').filter(|(_, number)| number.parse::<u32>().is_ok());
    numbered.map_or(&*stem, |(stem, _)| stem).ends_with(UNVERIFIED)
}

fn owner_of(name: &OsStr) -> Option<Owner> {
    let name = name.to_str()?.strip_prefix(PREFIX)?;
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    Owner::parse(stem.rsplit_once('-')?.0)
}

/// This boot of this machine, and this process namespace.
fn place() -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let namespace = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    format!("{:016x}", xxh3_64(&[boot.trim().as_bytes(), namespace.as_os_str().as_encoded_bytes()].concat()))
}

/// When a process began, in clock ticks since boot; none when there is no such process, or only what is left of it.
fn start_of(pid: u32) -> Option<u64> {
    let stat = procfs::process::Process::new(i32::try_from(pid).ok()?).and_then(|process| process.stat()).ok()?;
    (!matches!(stat.state, 'Z' | 'X')).then_some(stat.starttime)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_its_author_and_keeps_the_extension() {
        let temporary = AtomicFile::beside(Path::new("/out/clip.mp4"));
        let name = temporary.path().file_name().expect("a name").to_owned();
        assert_eq!(owner_of(&name), Some(Owner::this()));
        assert!(is_temporary(&name) && temporary.path().extension() == Some(OsStr::new("mp4")));
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
        assert_eq!(remove_stale(folder.path(), now), 4);
        for (name, _, stays) in &names {
            assert_eq!(folder.path().join(name).exists(), *stays, "{name}");
        }
    }
}
