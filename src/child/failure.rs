//! A worker process that is no more: how it was lost, and how much of that is its frame's fault.

use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

/// A worker process that is no more.
#[derive(Debug)]
pub(crate) struct Loss {
    pub pid: u32,
    pub how: How,
    /// The end of what it said on standard error.
    pub words: String,
}

/// How a worker was lost.
#[derive(Debug)]
pub(crate) enum How {
    /// It ended.
    Died(ExitStatus),
    /// It is gone, and the system does not say how.
    Vanished,
    /// It gave no answer for so long.
    Hung(Duration),
    /// It gave an answer that cannot be.
    Lied(String),
    /// It was killed because the run was over.
    Stopped,
}

/// A frame that has this much guilt is poison.
pub(crate) const POISON: u32 = 30;

impl Loss {
    /// How much of it is the fault of the frame the worker was at: a third of [`POISON`]; but what came from outside
    /// says little about the frame, which may just have been there: a tenth.
    pub(crate) fn guilt(&self) -> u32 {
        if self.is_from_outside() { POISON / 10 } else { POISON / 3 }
    }

    /// Whether it was a signal that somebody has to send: a person, a supervisor, the kernel when memory is short.
    pub(crate) fn is_from_outside(&self) -> bool {
        const SENT: [i32; 5] = [libc::SIGKILL, libc::SIGTERM, libc::SIGINT, libc::SIGHUP, libc::SIGQUIT];
        matches!(&self.how, How::Died(status) if status.signal().is_some_and(|signal| SENT.contains(&signal)))
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "worker process {} ", self.pid)?;
        match &self.how {
            How::Died(status) => write!(f, "died ({status})")?,
            How::Vanished => write!(f, "vanished")?,
            How::Hung(patience) => {
                write!(f, "gave no answer for {} s (--frame-timeout) and was killed", patience.as_secs_f64())?;
            }
            How::Lied(what) => write!(f, "gave a wrong answer and was killed: {what}")?,
            How::Stopped => write!(f, "was killed because the run was over")?,
        }
        if !self.words.is_empty() {
            write!(f, "; its last words: {}", self.words)?;
        }
        Ok(())
    }
}

impl std::error::Error for Loss {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_from_outside_says_little_about_the_frame() {
        let died = |status| Loss { pid: 1, how: How::Died(ExitStatus::from_raw(status)), words: String::new() };
        assert!(3 * died(libc::SIGSEGV).guilt() >= POISON && 2 * died(libc::SIGSEGV).guilt() < POISON);
        assert!(10 * died(libc::SIGKILL).guilt() >= POISON && 9 * died(libc::SIGKILL).guilt() < POISON);
        assert_eq!(died(libc::SIGSEGV).to_string(), "worker process 1 died (signal: 11 (SIGSEGV))");
    }
}
