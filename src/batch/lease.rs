//! Who has what was begun: a batch that lives. Of a process of this boot and process namespace the kernel knows that for
//! certain. Any other batch shows it by its lease, a file in the output folder that it touches every few seconds: no clock
//! but that of the file system is asked, when it was last touched and what time it is now. Knows nothing of files in work.

use std::fs::{File, OpenOptions, remove_file};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::Builder;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use rustix::fs::{Timespec, Timestamps, UTIME_NOW, UTIME_OMIT, futimens};

use crate::host::plain_file::open_plain;
use crate::transcode::owner::Owner;

/// How long a lease lasts after it was touched.
const LASTS: Duration = Duration::from_secs(60);
/// How often it is touched.
const PERIOD: Duration = Duration::from_secs(5);
/// Bytes of it that are read: who has it.
const LONGEST: u64 = 200;

/// The lease of this batch, which goes on until this is dropped.
pub(super) struct Lease {
    path: PathBuf,
    _until_dropped: Sender<()>,
}

impl Lease {
    /// Begins it in an output folder.
    ///
    /// # Errors
    /// When the folder does not take it, or there is no thread for it.
    pub(super) fn begin(folder: &Path) -> Result<Self> {
        let (path, (until_dropped, dropped)) = (path(folder, &Owner::this()), channel());
        // Only another batch of this very process can have made it.
        let _ = remove_file(&path);
        let file = OpenOptions::new().write(true).create_new(true).open(&path);
        let mut file = file.with_context(|| format!("cannot write {}", path.display()))?;
        let lease = Self { path, _until_dropped: until_dropped };
        let host = rustix::system::uname();
        let who = format!("process {} on {}", std::process::id(), host.nodename().to_string_lossy());
        // On a full disk it is still a lease, if not one that says whose.
        let _ = file.write_all(who.as_bytes());
        let renew = move || {
            while dropped.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
                let _ = touch(&file);
            }
        };
        Builder::new().name("lease".into()).spawn(renew).context("cannot start thread lease")?;
        Ok(lease)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // What cannot be removed now is swept as what dead writers leave.
        let _ = remove_file(&self.path);
    }
}

/// Who has what this owner has begun, and for how long; none if it is dead. `now` is the time of the file system.
pub(super) fn holder(owner: &Owner, folder: &Path, now: SystemTime) -> Option<String> {
    if let Some(lives) = owner.lives() {
        return lives.then(|| format!("process {} has it until it ends", owner.pid()));
    }
    let file = open_plain(&path(folder, owner)).ok()?;
    let touched = file.metadata().and_then(|meta| meta.modified()).ok()?;
    // A time yet to come was told before the clock of the file system was set back.
    let left = LASTS.checked_sub(now.duration_since(touched).unwrap_or_else(|ahead| ahead.duration()))?;
    let mut who = String::new();
    let read = file.take(LONGEST).read_to_string(&mut who).is_ok_and(|length| length > 0);
    let who = if read { who } else { "a process on another machine".into() };
    Some(format!("{who} has it for {} s more, and longer if it goes on", left.as_secs() + 1))
}

/// Where the lease of an owner is.
fn path(folder: &Path, owner: &Owner) -> PathBuf {
    folder.join(format!(".framerace-{owner}-0.lease"))
}

/// Sets the time of a file to that of its file system, which on a shared folder is the clock of the server, and returns it.
pub(super) fn touch(file: &File) -> std::io::Result<SystemTime> {
    let omitted = Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT };
    let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
    futimens(file, &Timestamps { last_access: omitted, last_modification: now })?;
    file.metadata()?.modified()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_lasts_while_it_is_touched_whatever_time_it_says() {
        let folder = tempfile::tempdir().expect("a folder");
        let (now, owner) = (SystemTime::now(), Owner::parse("0123456789abcdef-7-5").expect("an owner"));
        assert_eq!(holder(&owner, folder.path(), now), None, "there is none");
        std::fs::write(path(folder.path(), &owner), "process 7 on elsewhere").expect("room");
        let file = OpenOptions::new().write(true).open(path(folder.path(), &owner)).expect("it was made");
        for (seconds, lives) in [(0, true), (59, true), (61, false), (7 * 86_400, false)] {
            for at in [now - Duration::from_secs(seconds), now + Duration::from_secs(seconds)] {
                file.set_modified(at).expect("a time");
                let said = holder(&owner, folder.path(), now);
                assert_eq!(said.is_some(), lives, "{seconds} s: {said:?}");
                assert!(said.is_none_or(|said| said.starts_with("process 7 on elsewhere has it for")));
            }
        }
    }

    #[test]
    fn a_lease_ends_with_its_batch() {
        let folder = tempfile::tempdir().expect("a folder");
        let lease = Lease::begin(folder.path()).expect("a lease");
        let said = holder(&Owner::this(), folder.path(), SystemTime::now()).expect("it lives");
        assert!(path(folder.path(), &Owner::this()).exists() && said.contains("until it ends"), "{said}");
        drop(lease);
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);
    }
}
