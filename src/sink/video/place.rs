//! The file that a container is written to. It remembers what went wrong first: libavformat would tell it as a number,
//! later, or not at all.

use std::fs::File;
use std::io::{Error, ErrorKind, Result, Seek, SeekFrom, Write};
use std::sync::Arc;

use parking_lot::Mutex;

/// The first thing that went wrong with a file, to be looked at from outside.
#[derive(Clone, Default)]
pub(super) struct Fault(Arc<Mutex<Option<Error>>>);

impl Fault {
    /// What went wrong, once.
    pub(super) fn take(&self) -> Option<Error> {
        self.0.lock().take()
    }

    fn seen<T>(&self, done: Result<T>) -> Result<T> {
        done.map_err(|error| {
            let same = error.raw_os_error().map_or_else(|| ErrorKind::Other.into(), Error::from_raw_os_error);
            self.0.lock().get_or_insert(error);
            same
        })
    }
}

/// A file that remembers what went wrong.
pub(super) struct Place {
    file: File,
    fault: Fault,
}

impl Place {
    pub(super) fn new(file: File, fault: &Fault) -> Self {
        Self { file, fault: fault.clone() }
    }
}

impl Write for Place {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        let written = self.file.write(bytes);
        self.fault.seen(written)
    }

    fn flush(&mut self) -> Result<()> {
        let flushed = self.file.flush();
        self.fault.seen(flushed)
    }
}

impl Seek for Place {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        let sought = self.file.seek(to);
        self.fault.seen(sought)
    }
}
