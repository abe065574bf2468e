//! The journal of an output folder: one line of JSON for the beginning and one for the end of each attempt, only ever
//! appended. Knows nothing of videos.
//!
//! Several batches, on several machines, may write to one journal at the same time. Each line is a single `write` to a
//! file opened for appending, so lines do not mix. Where they can mix after all (NFS), or where a machine loses power
//! while it writes, a damaged line remains, which readers skip. An attempt without an end was interrupted: its file is
//! converted again.
//!
//! One that is removed, replaced or emptied while a batch runs is written again from what that batch holds of it.
//!
//! A batch claims a file by appending a line, and then reads what others have appended: the file belongs to the first
//! attempt in the journal that is still running.

use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result, ensure};
use rustix::fs::OFlags;
use rustix::io::Errno;
use serde::Deserialize;

use super::entry::{Entry, Name, VERSION};
use super::journal_text::{append_whole, joined, lines, text};
use super::lease::touch;
use super::others::OtherJournals;
use super::record::Record;
use crate::transcode::atomic_file::AtomicFile;
use crate::transcode::folder::{FileState, Folder};

/// The journal's file name in the output folder. Users know it as the ledger of the batch.
pub const JOURNAL_FILE: &str = "framerace-ledger.jsonl";
/// Bytes that are read at once; a line has some hundreds.
const PIECE: u64 = 16 << 20;

/// The journal of an output folder.
#[derive(Debug)]
pub(super) struct Journal {
    folder: Folder,
    file: File,
    name: OsString,
    path: PathBuf,
    /// What others write about the same outputs, each in a journal of its own.
    others: Option<OtherJournals>,
    /// Bytes that have been read so far.
    read: u64,
    records: HashMap<Name, Record>,
    /// Lines that could not be parsed.
    pub damaged: usize,
    /// Whether it was gone, and has been written again.
    pub restored: bool,
    /// Whether it is only looked at.
    is_preview: bool,
}

impl Journal {
    /// Opens the journal of a folder, or creates it.
    ///
    /// # Errors
    /// When it cannot be read or written, or has lines of a later version.
    pub fn open(folder: &Folder) -> Result<Self> {
        Self::open_beside(folder, OsStr::new(JOURNAL_FILE), None)
    }

    /// Opens the journal of this name, or creates it; all that `others` have written counts, too.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_beside(folder: &Folder, name: &OsStr, others: Option<OtherJournals>) -> Result<Self> {
        let file = open_file(folder, name)?;
        Self::begin(folder, name, (file, false), others)
    }

    /// Looks at what others have written, without a journal of its own.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn look(folder: &Folder, others: OtherJournals) -> Result<Self> {
        Self::begin(folder, OsStr::new(""), (File::open("/dev/null")?, true), Some(others))
    }

    fn begin(folder: &Folder, name: &OsStr, file: (File, bool), others: Option<OtherJournals>) -> Result<Self> {
        let (path, (file, is_preview)) = (folder.path().join(name), file);
        let (folder, name, records) = (folder.below(Path::new(""), false)?, name.to_owned(), HashMap::new());
        let (read, damaged, restored) = (0, 0, false);
        let mut journal = Self { folder, file, name, path, others, read, records, damaged, restored, is_preview };
        journal.refresh()?;
        Ok(journal)
    }

    /// Looks at the journal of a folder without writing anything; where there is none, it is empty.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn preview(folder: &Folder) -> Result<Self> {
        let file = match folder.file(OsStr::new(JOURNAL_FILE), OFlags::RDONLY) {
            Err(error) if error.kind() == ErrorKind::NotFound => tempfile::tempfile(),
            file => file,
        };
        let file = file.with_context(|| format!("cannot read {}", folder.path().join(JOURNAL_FILE).display()))?;
        Self::begin(folder, OsStr::new(JOURNAL_FILE), (file, true), None)
    }

    /// Goes on in the file that has the journal's name. Lines that are missing there are written again.
    fn follow(&mut self) -> Result<()> {
        let cannot = || format!("cannot write {}", self.path.display());
        let (mine, there) = (FileState::of(&self.file)?, self.folder.state(&self.name));
        let is_whole = mine.size >= self.read;
        if is_whole && there.is_some_and(|there| there.is_same_file(&mine)) {
            return Ok(());
        }
        let known = if is_whole { text(&self.file).with_context(cannot)? } else { self.in_short()? };
        let known: Vec<_> = lines(&known).collect();
        // Whole at once, unless another batch has made one meanwhile.
        let mut whole = AtomicFile::new(&self.folder).with_context(cannot)?;
        whole.file().write_all(&joined(&known)).with_context(cannot)?;
        whole.take_name(&self.name).or_else(|error| if error == Errno::EXIST { Ok(()) } else { Err(error) })?;
        let file = open_file(&self.folder, &self.name)?;
        let written = text(&file).with_context(cannot)?;
        let written: HashSet<_> = lines(&written).collect();
        let missing: Vec<_> = known.into_iter().filter(|line| !written.contains(line)).collect();
        append_whole(&file, joined(&missing)).with_context(cannot)?;
        (self.file, self.read, self.damaged, self.restored) = (file, 0, 0, true);
        self.records.clear();
        Ok(())
    }

    /// What it says, without what is over.
    fn in_short(&self) -> Result<Vec<u8>> {
        let mut lines = Vec::new();
        for entry in self.records.values().flat_map(Record::entries) {
            serde_json::to_writer(&mut lines, &entry)?;
            lines.push(b'\n');
        }
        Ok(lines)
    }

    /// What the journal says about an output; none if no batch has begun to write it.
    pub fn record(&self, output: &Path) -> Option<&Record> {
        self.records.get(&Name::of(output))
    }

    /// Reads what this and other processes have appended since.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn refresh(&mut self) -> Result<()> {
        if !self.is_preview {
            self.follow()?;
        }
        // First: an attempt that another one has begun at the same time comes before one's own, for both.
        for line in self.others.as_mut().map_or(Ok(Vec::new()), OtherJournals::news)? {
            self.take(&line)?;
        }
        let mut bytes = Vec::new();
        loop {
            let cannot = || format!("cannot read {}", self.path.display());
            bytes.clear();
            self.file.seek(SeekFrom::Start(self.read)).with_context(cannot)?;
            (&self.file).take(PIECE).read_to_end(&mut bytes).with_context(cannot)?;
            let whole = (bytes.len() as u64) < PIECE;
            // The last line may still be incomplete.
            let Some(end) = bytes.iter().rposition(|byte| *byte == b'\n') else {
                ensure!(whole, "{} is no ledger of a batch: it has a line without end", self.path.display());
                return Ok(());
            };
            self.read += end as u64 + 1;
            for line in lines(&bytes[..end]) {
                self.take(line)?;
            }
            if whole {
                return Ok(());
            }
        }
    }

    fn take(&mut self, text: &[u8]) -> Result<()> {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let Ok(line) = serde_json::from_slice::<Version>(text) else {
            self.damaged += 1;
            return Ok(());
        };
        ensure!(
            line.version <= VERSION,
            "{} was written by a later framerace (its lines have form {}); use that one, or another -o",
            self.path.display(),
            line.version
        );
        match serde_json::from_slice::<Entry>(text) {
            Ok(entry) => {
                let keep_made = self.others.is_some();
                self.records.entry(entry.output.clone()).or_default().take(entry, keep_made);
            }
            Err(_) => self.damaged += 1,
        }
        Ok(())
    }

    /// Appends a line.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn append(&mut self, entry: &Entry) -> Result<()> {
        self.follow()?;
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        append_whole(&self.file, line).with_context(|| format!("cannot write {}", self.path.display()))?;
        self.refresh()
    }

    /// The time by the clock of the file system, to compare with the times of files: on a shared folder that is the
    /// clock of the server.
    pub fn now(&self) -> SystemTime {
        // If it is not available, the clock of this machine has to do.
        let touched = if self.is_preview { None } else { touch(&self.file).ok() };
        touched.unwrap_or_else(SystemTime::now)
    }
}

/// Opens the file, or makes it.
fn open_file(folder: &Folder, name: &OsStr) -> Result<File> {
    let path = folder.path().join(name);
    let file = folder.file(name, OFlags::RDWR | OFlags::APPEND | OFlags::CREATE);
    let file = file.with_context(|| format!("cannot write {}", path.display()))?;
    let (names, mut first) = (file.metadata()?.nlink(), [b'{']);
    let _ = file.read_at(&mut first, 0)?;
    let is_other = names > 1 || !b"{\n".contains(&first[0]);
    ensure!(!is_other, "cannot write {}: it may be a file of yours, with {names} names; move it away", path.display());
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::super::entry::State;
    use super::*;
    use crate::batch::figures::Figures;

    fn entry(output: &str) -> Entry {
        let (state, at_us, result) = (State::Done, 7, Figures::default());
        let [input, output] = ["/in/a.mp4", output].map(|path| Name::of(Path::new(path)));
        let [attempt, options] = ["x", "abc"].map(str::to_owned);
        Entry {
            version: VERSION,
            attempt,
            state,
            at_us,
            input,
            input_identity: None,
            output,
            options,
            made_with: None,
            result,
            error: None,
        }
    }

    #[test]
    fn many_write_at_once_and_no_line_is_lost() {
        let folder = tempfile::tempdir().expect("a folder");
        std::thread::scope(|s| {
            for writer in 0..4 {
                let folder = folder.path();
                s.spawn(move || {
                    let mut journal = Journal::open(&Folder::open(folder).expect("a folder")).expect("a journal");
                    for n in 0..100 {
                        journal.append(&entry(&format!("{writer}-{n}.mp4"))).expect("written");
                    }
                });
            }
        });
        let journal = Journal::open(&Folder::open(folder.path()).expect("a folder")).expect("a journal");
        assert_eq!((journal.records.len(), journal.damaged), (400, 0));
    }
}
