//! What became of every file: one line of JSON for each attempt's beginning and end, only ever appended. Knows
//! nothing of videos.
//!
//! Several batches, on several machines, may keep one ledger at once. A line is one `write` to a file opened for
//! appending, so lines do not mix; where a file system lets them (NFS), or a machine loses its power while writing, a
//! torn line is left, which is skipped by whoever reads. An attempt whose end is missing was cut off: its file is to
//! be done again.
//!
//! Who begins a file writes so, then reads what others have written: the first of the living who began has it.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result, ensure};
use rustix::fs::{Timespec, Timestamps, UTIME_NOW, UTIME_OMIT, futimens};
use serde::Deserialize;

use super::entry::{Entry, Name, State, VERSION};

/// The ledger's name in the output folder.
pub const LEDGER: &str = "framerace-ledger.jsonl";

/// The ledger of a folder.
#[derive(Debug)]
pub struct Ledger {
    file: File,
    path: PathBuf,
    /// Up to where it has been read.
    read: u64,
    records: HashMap<Name, Record>,
    torn: usize,
}

/// What is known of an output.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// The latest attempt that was done or failed.
    pub last: Option<Entry>,
    /// Attempts that have begun and not ended, in the order of the ledger.
    pub open: Vec<Entry>,
}

impl Ledger {
    /// Opens the ledger of a folder, or begins one.
    ///
    /// # Errors
    /// When it cannot be read or written, or was written by a later version.
    pub fn open(folder: &Path) -> Result<Self> {
        let path = folder.join(LEDGER);
        let file = OpenOptions::new().read(true).append(true).create(true).open(&path);
        let file = file.with_context(|| format!("cannot write {}", path.display()))?;
        let mut ledger = Self { file, path, read: 0, records: HashMap::new(), torn: 0 };
        ledger.refresh()?;
        Ok(ledger)
    }

    /// Lines that could not be understood.
    pub fn torn(&self) -> usize {
        self.torn
    }

    /// What is known of an output.
    pub fn record(&self, output: &Path) -> Option<&Record> {
        self.records.get(&Name::of(output))
    }

    /// Whether this is a name that a batch has written, or set out to.
    pub fn knows(&self, output: &Path) -> bool {
        self.record(output).is_some()
    }

    /// Reads what has been appended since, by whomever.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn refresh(&mut self) -> Result<()> {
        let cannot = || format!("cannot read {}", self.path.display());
        let mut bytes = Vec::new();
        self.file.seek(SeekFrom::Start(self.read)).with_context(cannot)?;
        self.file.read_to_end(&mut bytes).with_context(cannot)?;
        // A line without an end may still be growing.
        let Some(end) = bytes.iter().rposition(|byte| *byte == b'\n') else { return Ok(()) };
        self.read += end as u64 + 1;
        for line in bytes[..end].split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            self.take(line)?;
        }
        Ok(())
    }

    fn take(&mut self, line: &[u8]) -> Result<()> {
        #[derive(Deserialize)]
        struct Form {
            version: u32,
        }
        let Ok(form) = serde_json::from_slice::<Form>(line) else {
            self.torn += 1;
            return Ok(());
        };
        ensure!(
            form.version <= VERSION,
            "{} was written by a later framerace (its lines have form {}); use that one, or another -o",
            self.path.display(),
            form.version
        );
        match serde_json::from_slice::<Entry>(line) {
            Ok(entry) => self.records.entry(entry.output.clone()).or_default().take(entry),
            Err(_) => self.torn += 1,
        }
        Ok(())
    }

    /// Appends a line.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn append(&mut self, entry: &Entry) -> Result<()> {
        let cannot = || format!("cannot write {}", self.path.display());
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        // A torn line before must not take this one with it.
        let length = self.file.metadata().with_context(cannot)?.len();
        let mut last = [b'\n'];
        if length > 0 {
            self.file.read_exact_at(&mut last, length - 1).with_context(cannot)?;
        }
        if last != [b'\n'] {
            line.insert(0, b'\n');
        }
        // One write, so that the line stays in one piece.
        let written = self.file.write(&line).with_context(cannot)?;
        ensure!(written == line.len(), "{}: the disk is full", cannot());
        self.refresh()
    }

    /// What time it is by the file system's clock, against which times of files can be held: on a shared folder that is
    /// the server's, not ours.
    pub fn now(&self) -> SystemTime {
        let omitted = Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT };
        let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
        // Where it cannot be had, ours must do.
        let touched = futimens(&self.file, &Timestamps { last_access: omitted, last_modification: now });
        let seen = touched.map_err(Into::into).and_then(|()| self.file.metadata()).and_then(|meta| meta.modified());
        seen.unwrap_or_else(|_| SystemTime::now())
    }
}

impl Record {
    fn take(&mut self, entry: Entry) {
        self.open.retain(|open| open.attempt != entry.attempt);
        match entry.state {
            State::Begun => self.open.push(entry),
            State::Done | State::Failed => self.last = Some(entry),
            State::Stopped => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::identity::Identity;
    use super::*;

    fn entry(attempt: &str, state: State, output: &str) -> Entry {
        let identity = Identity { size: 5, modified_us: 1_700_000_000_000_000, ends: "0f".into() };
        let begun = Entry::begun(attempt.into(), 7, Path::new("/in/a.mp4"), Some(identity), Path::new(output), "abc");
        Entry { state, ..begun }
    }

    #[test]
    fn what_is_written_is_read_and_torn_lines_are_passed_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut ledger = Ledger::open(folder.path()).expect("a ledger");
        ledger.append(&entry("1", State::Begun, "a.mp4")).expect("written");
        // Somebody lost their power.
        OpenOptions::new()
            .append(true)
            .open(folder.path().join(LEDGER))
            .and_then(|mut f| f.write_all(b"{\"version\":1,\"att"))
            .expect("torn");
        ledger.append(&entry("1", State::Done, "a.mp4")).expect("written");
        ledger.append(&entry("2", State::Begun, "b.mp4")).expect("written");
        let read = Ledger::open(folder.path()).expect("a ledger");
        for ledger in [&ledger, &read] {
            let record = |output: &str| ledger.record(Path::new(output)).expect("known");
            assert_eq!(record("a.mp4").last, Some(entry("1", State::Done, "a.mp4")));
            assert_eq!((record("a.mp4").open.len(), record("b.mp4").open.len(), ledger.torn()), (0, 1, 1));
        }
    }

    #[test]
    fn many_write_at_once_and_no_line_is_lost() {
        let folder = tempfile::tempdir().expect("a folder");
        std::thread::scope(|s| {
            for writer in 0..4 {
                let folder = folder.path();
                s.spawn(move || {
                    let mut ledger = Ledger::open(folder).expect("a ledger");
                    for n in 0..100 {
                        ledger.append(&entry("x", State::Done, &format!("{writer}-{n}.mp4"))).expect("written");
                    }
                });
            }
        });
        let ledger = Ledger::open(folder.path()).expect("a ledger");
        assert_eq!((ledger.records.len(), ledger.torn()), (400, 0));
    }

    #[test]
    fn a_later_form_is_not_touched() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join(LEDGER), "{\"version\":9,\"new\":1}\n").expect("written");
        let error = Ledger::open(folder.path()).expect_err("too new");
        assert!(error.to_string().contains("later framerace"), "{error}");
    }
}
