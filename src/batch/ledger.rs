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
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result, ensure};
use rustix::fs::{Timespec, Timestamps, UTIME_NOW, UTIME_OMIT, futimens};
use serde::{Deserialize, Serialize};

use super::identity::Identity;

/// The ledger's name in the output folder.
pub const LEDGER: &str = "framerace-ledger.jsonl";

/// The form of its lines. A line of a later form is not understood here, and nothing is done rather than the wrong
/// thing.
const VERSION: u32 = 1;

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It has begun. Without a later line of the same attempt it was cut off.
    Begun,
    /// The output is whole.
    Done,
    /// The file could not be done, and would not be the next time either.
    Failed,
    /// It was given up for reasons that are not the file's own: Ctrl-C, a full disk.
    Stopped,
}

/// A name that need not be text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Name {
    /// As it is.
    Text(String),
    /// Its bytes, where they are not UTF-8.
    Bytes(Vec<u8>),
}

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The form of the line.
    pub version: u32,
    /// Which attempt, on all machines and at all times: its process, and a number.
    pub attempt: String,
    /// What became of it.
    pub state: State,
    /// When, in microseconds since 1970, by the clock of the machine.
    pub at_us: u64,
    /// Where the input was.
    pub input: Name,
    /// What it was; none when it could not be read.
    pub input_identity: Option<Identity>,
    /// The output's name below the output folder.
    pub output: Name,
    /// Hash of all options that change what is written.
    pub options: String,
    /// What was made of it, for an attempt that has ended.
    #[serde(default, flatten)]
    pub result: Figures,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What an attempt did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// What the output is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_identity: Option<Identity>,
    /// Frames read.
    #[serde(default)]
    pub frames_in: u64,
    /// Frames written.
    #[serde(default)]
    pub frames_out: u64,
    /// How long the input plays, in seconds.
    #[serde(default)]
    pub duration_in_s: f64,
    /// How long the output plays, in seconds.
    #[serde(default)]
    pub duration_out_s: f64,
    /// How long it took, in seconds.
    #[serde(default)]
    pub seconds: f64,
    /// The strategy that did it, and its workers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategy: Option<String>,
    /// The stage that limited it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limited_by: Option<String>,
}

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

impl Name {
    /// The name of a path.
    pub fn of(path: &Path) -> Self {
        match path.to_str() {
            Some(text) => Self::Text(text.to_owned()),
            None => Self::Bytes(path.as_os_str().as_encoded_bytes().to_vec()),
        }
    }

    /// The path of this name.
    pub fn path(&self) -> PathBuf {
        match self {
            Self::Text(text) => text.into(),
            Self::Bytes(bytes) => OsString::from_vec(bytes.clone()).into(),
        }
    }
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

impl Entry {
    /// The beginning of an attempt.
    pub fn begun(
        attempt: String,
        at_us: u64,
        input: &Path,
        identity: Option<Identity>,
        output: &Path,
        options: &str,
    ) -> Self {
        Self {
            version: VERSION,
            attempt,
            state: State::Begun,
            at_us,
            input: Name::of(input),
            input_identity: identity,
            output: Name::of(output),
            options: options.to_owned(),
            result: Figures::default(),
            error: None,
        }
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
    fn names_that_are_no_text_come_back() {
        let path = PathBuf::from(OsString::from_vec(b"a\xff\n'\".mp4".to_vec()));
        let name = Name::of(&path);
        let text = serde_json::to_string(&name).expect("JSON");
        assert_eq!(serde_json::from_str::<Name>(&text).expect("a name").path(), path);
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
