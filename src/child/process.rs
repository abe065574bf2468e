//! One child process as its parent sees it: started, watched, ended. Dropped before that, it is killed. Knows nothing
//! of what parent and child say to each other.

use std::process::{Child, ChildStdin, ChildStdout, Command};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustix::pipe::{PipeFlags, pipe_with};

use super::command::WorkerCommand;
use super::exit::Exit;
use super::stderr_tail::StderrTail;

/// What a child process is started as.
pub(crate) struct Role {
    /// As errors name it.
    pub name: &'static str,
    /// The hidden command of the program.
    pub word: &'static str,
}

/// Where the standard error of a child process goes.
#[derive(Clone, Copy)]
pub(crate) enum Stderr {
    /// Into a pipe of its own, of which the end is kept.
    Tail,
    /// To that of this process.
    Inherited,
}

/// A child process that is never left running.
pub(crate) struct ChildProcess {
    child: Child,
    /// None where it is inherited.
    stderr: Option<StderrTail>,
}

/// How often the end of a process that must be about to end is looked for.
const POLL: Duration = Duration::from_millis(1);

impl ChildProcess {
    /// Starts a child. `configure` sets its standard input and output, and more words for its command.
    ///
    /// # Errors
    /// When the system gives no pipe or no process.
    pub(crate) fn start(
        command: &WorkerCommand,
        role: &Role,
        stderr: Stderr,
        configure: impl FnOnce(&mut Command) -> &mut Command,
    ) -> Result<Self> {
        let mut child = command.command(&[role.word]);
        let stderr = match stderr {
            Stderr::Inherited => None,
            Stderr::Tail => {
                // The child never waits for this process to read: what does not fit into the pipe is lost.
                let (ours, theirs) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK).with_context(|| {
                    format!("no pipe to a {}; fewer of them (-w, --jobs) need fewer descriptors (ulimit -n)", role.name)
                })?;
                child.stderr(theirs);
                Some(StderrTail::new(ours))
            }
        };
        let child = configure(&mut child).spawn().with_context(|| {
            let program = &command.program;
            let proc = if program.starts_with("/proc") && !program.exists() { "; is /proc mounted?" } else { "" };
            format!("cannot start a {} from {command}{proc}", role.name)
        })?;
        Ok(Self { child, stderr })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its standard input and output, where both are pipes that were not taken before.
    ///
    /// # Errors
    /// Where they are not.
    pub(crate) fn take_pipes(&mut self) -> Result<(ChildStdin, ChildStdout)> {
        self.child.stdin.take().zip(self.child.stdout.take()).context("no pipe to a child process")
    }

    /// Reads what it wrote to standard error since the last time, so that the pipe does not fill up.
    pub(crate) fn read_stderr(&mut self) {
        if let Some(stderr) = &mut self.stderr {
            stderr.read();
        }
    }

    /// The last line of its standard error.
    pub(crate) fn last_line(&mut self) -> String {
        self.stderr.as_mut().map(StderrTail::last_line).unwrap_or_default()
    }

    /// Waits until it has ended by itself; one that has not within `grace` is killed.
    pub(crate) fn wait(&mut self, grace: Duration) -> Exit {
        let since = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) && since.elapsed() < grace {
            sleep(POLL);
        }
        self.kill()
    }

    /// Kills it, unless it has ended before, and tells how it ended.
    pub(crate) fn kill(&mut self) -> Exit {
        let _ = self.child.kill(); // Fails only where it has ended and was waited for.
        let status = self.child.wait().ok();
        Exit { status, stderr: self.stderr.as_mut().map(StderrTail::summary).unwrap_or_default() }
    }
}

impl Drop for ChildProcess {
    fn drop(&mut self) {
        self.kill();
    }
}
