//! The names of files that are not whole yet, and the sweeping of those whose writer has died. Knows nothing of what is in
//! them.
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
use std::fs::Metadata;
use std::time::{Duration, SystemTime};

use super::folder::Folder;
use super::owner::Owner;

/// How long a writer elsewhere may write nothing before it counts as dead.
pub const SILENCE: Duration = Duration::from_secs(3600);

const PREFIX: &str = ".framerace-";

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

/// Removes the files of those owners from a folder who are dead, as the caller knows, and tells how many there were.
pub fn remove_left_by(folder: &Folder, is_dead: impl Fn(&Owner) -> bool) -> usize {
    let names = folder.entries().into_iter().flatten().flatten().map(|entry| entry.file_name());
    let left = names.filter(|name| owner_of(name).is_some_and(|owner| is_dead(&owner)));
    left.filter(|name| folder.remove(name).is_ok()).count()
}

fn is_dead(owner: &Owner, meta: &Metadata, now: SystemTime) -> bool {
    // A time yet to come was told before the clock of the file system was set back.
    let since = |at| now.duration_since(at).unwrap_or_else(|ahead| ahead.duration());
    let silent = || meta.modified().map(since).unwrap_or_default();
    owner.lives().map_or_else(|| silent() > SILENCE, |lives| !lives)
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
