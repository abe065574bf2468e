//! Standard error. OpenCV, FFmpeg, GStreamer and the codecs behind them log to it, each in its own way, and not all of
//! them can be silenced. So the process's standard error leads to /dev/null unless `-v` asks for their logs, and the
//! messages of framerace go to the original one, which is kept here.

use std::fs::{File, OpenOptions};
use std::io::{self, Write, stderr};
use std::panic;
use std::sync::Arc;

use console::Term;
use framerace::lab::report::Width;
use framerace::marks::painted;
use framerace::text::plain;

/// The original standard error.
#[derive(Clone)]
pub struct Stderr {
    /// A duplicate of it, if the process's own leads to /dev/null.
    kept: Option<Arc<File>>,
    /// Whether marks are painted.
    color: bool,
    silent: bool,
}

impl Stderr {
    /// One that says nothing, for callers who look at results. Nothing is redirected.
    pub fn silent() -> Self {
        Self { kept: None, color: false, silent: true }
    }

    /// Unless `library_logs` are wanted, keeps the original standard error and redirects the process's own to /dev/null.
    /// Otherwise opens nothing: worker processes rely on that.
    pub fn open(library_logs: bool, color: bool) -> io::Result<Self> {
        if library_logs {
            return Ok(Self { color, ..Self::inherited() });
        }
        let kept = Some(Arc::new(rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stderr(), 3)?.into()));
        rustix::stdio::dup2_stderr(OpenOptions::new().write(true).open("/dev/null")?)?;
        let original = Self { kept, color, silent: false };
        original.clone().report_own_panics();
        Ok(original)
    }

    /// The process's own, as it was given, with nothing painted.
    pub const fn inherited() -> Self {
        Self { kept: None, color: false, silent: false }
    }

    /// Prints a message: one line, or on a terminal as many as it needs.
    pub fn line(&self, text: &str) {
        if self.silent {
            return;
        }
        let parts: Vec<_> = text.split(['\n', '\r']).map(str::trim).filter(|part| !part.is_empty()).collect();
        let line = plain(&parts.join(" ")).into_owned() + "\n";
        let line = self.columns().map_or(line.clone(), |columns| Width::of(columns).sentence(line.trim_end()));
        let line = if self.color { painted(&line) } else { line };
        // In one write, so that lines of two threads do not mix. If it fails, there is no other place to write to.
        let _ = match &self.kept {
            Some(file) => (&**file).write_all(line.as_bytes()),
            None => stderr().write_all(line.as_bytes()),
        };
    }

    /// The columns of the terminal that it is; none if it is none.
    pub fn columns(&self) -> Option<usize> {
        let (read, write) = (self.handle().ok()?, self.handle().ok()?);
        let terminal = Term::read_write_pair(read, write);
        terminal.is_term().then(|| terminal.size_checked()).flatten().map(|(_, columns)| columns.into())
    }

    /// Another handle to it. Fails when no more files can be opened.
    pub fn handle(&self) -> io::Result<File> {
        match &self.kept {
            Some(file) => file.try_clone(),
            None => Ok(rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stderr(), 3)?.into()),
        }
    }

    /// A panic of the main thread is a bug, and must be shown although the process's standard error leads to /dev/null.
    /// Panics of other threads are caught and reported as errors.
    fn report_own_panics(self) {
        panic::set_hook(Box::new(move |info| {
            if std::thread::current().name() == Some("main") {
                self.line(&format!("error: framerace has a bug, please report it: {info}"));
            }
        }));
    }
}
