//! How a worker process failed, and how much of that its frame is blamed for.

use std::fmt;
use std::time::Duration;

use crate::child::Exit;

/// A worker process that failed and has ended.
#[derive(Debug)]
pub(super) struct WorkerFailure {
    pub pid: u32,
    pub cause: Cause,
    pub exit: Exit,
}

/// Why a worker process was given up.
#[derive(Debug)]
pub(super) enum Cause {
    /// It ended by itself, or something else ended it.
    Exited,
    /// It gave no answer for so long.
    TimedOut(Duration),
    /// Its answer does not fit the request.
    ProtocolError(String),
    /// It made other pixels of the frame than this worker, or an error.
    Differs(u32, Option<String>),
    /// The run is over; it was killed.
    Stopped,
}

/// A frame whose failures weigh this much is given up.
pub(super) const GIVE_UP_AT: u32 = 30;

impl WorkerFailure {
    /// How much it weighs against the frame that was in work: a third of [`GIVE_UP_AT`], but only a tenth where the
    /// worker was ended from outside, which says little about the frame.
    pub(super) fn weight(&self) -> u32 {
        if self.is_from_outside() { GIVE_UP_AT / 10 } else { GIVE_UP_AT / 3 }
    }

    /// Whether something outside the worker ended it.
    pub(super) fn is_from_outside(&self) -> bool {
        matches!(self.cause, Cause::Exited) && self.exit.is_from_outside()
    }
}

impl fmt::Display for WorkerFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "worker process {} ", self.pid)?;
        match &self.cause {
            Cause::Exited => return write!(f, "{}", self.exit),
            Cause::TimedOut(limit) => {
                write!(f, "gave no answer for {} s (--frame-timeout) and was killed", limit.as_secs_f64())?;
            }
            Cause::ProtocolError(what) => write!(f, "gave a wrong answer and was killed: {what}")?,
            Cause::Differs(other, None) => {
                write!(
                    f,
                    "made other pixels of it than worker process {other} (--verify-workers), and both were replaced"
                )?;
            }
            Cause::Differs(other, Some(why)) => {
                write!(
                    f,
                    "could not do what worker process {other} did (--verify-workers), and both were replaced: {why}"
                )?;
            }
            Cause::Stopped => write!(f, "was killed because the run was over")?,
        }
        f.write_str(&self.exit.stderr_clause())
    }
}

impl std::error::Error for WorkerFailure {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    #[test]
    fn a_signal_from_outside_weighs_little_against_the_frame() {
        let exited = |status| WorkerFailure {
            pid: 1,
            cause: Cause::Exited,
            exit: Exit { status: Some(ExitStatus::from_raw(status)), by_itself: true, stderr: String::new() },
        };
        assert!(3 * exited(libc::SIGSEGV).weight() >= GIVE_UP_AT && 2 * exited(libc::SIGSEGV).weight() < GIVE_UP_AT);
        assert!(10 * exited(libc::SIGKILL).weight() >= GIVE_UP_AT && 9 * exited(libc::SIGKILL).weight() < GIVE_UP_AT);
        assert_eq!(exited(libc::SIGSEGV).to_string(), "worker process 1 died (signal: 11 (SIGSEGV))");
    }
}
