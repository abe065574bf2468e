//! How a child process ended, and whether that says anything about the work it was given.

use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

/// The end of a child process.
#[derive(Debug)]
pub(crate) struct Exit {
    /// Its exit code or signal; none where the system does not know it.
    pub status: Option<ExitStatus>,
    /// Whether it ended without being killed by this process.
    pub by_itself: bool,
    /// The last lines it wrote to standard error.
    pub stderr: String,
}

/// Signals that a process never raises by itself: a person, a service manager, or the kernel when memory is short sends
/// them.
const SENT: [i32; 5] = [libc::SIGKILL, libc::SIGTERM, libc::SIGINT, libc::SIGHUP, libc::SIGQUIT];

impl Exit {
    /// Whether something outside the process ended it. The same work may then succeed in another process.
    pub(crate) fn is_from_outside(&self) -> bool {
        self.by_itself && self.status.and_then(|status| status.signal()).is_some_and(|signal| SENT.contains(&signal))
    }

    /// Its exit code, or the name of the signal that ended it.
    pub(crate) fn code_or_signal(&self) -> String {
        let Some(status) = self.status else { return String::new() };
        if let Some(code) = status.code() {
            return code.to_string();
        }
        // `signal: 11 (SIGSEGV) (core dumped)`: the name is enough.
        let text = status.to_string();
        text.split(['(', ')']).nth(1).map_or(text.clone(), str::to_owned)
    }

    /// The last lines of its standard error, as the end of an error text.
    pub(crate) fn stderr_clause(&self) -> String {
        if self.stderr.is_empty() { String::new() } else { format!("; its stderr ends with: {}", self.stderr) }
    }
}

/// As the end of a sentence: `died (signal: 11 (SIGSEGV)); its stderr ends with: ...`.
impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            Some(_) if !self.by_itself => f.write_str("closed its connection, did not exit, and was killed")?,
            Some(status) => write!(f, "died ({status})")?,
            None => write!(f, "vanished")?,
        }
        f.write_str(&self.stderr_clause())
    }
}
