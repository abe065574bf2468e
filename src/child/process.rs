//! One child process as its parent sees it: started, watched, ended. Dropped before that, it is killed. Knows nothing
//! of what parent and child say to each other.

use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use super::command::WorkerCommand;
use super::exit::Exit;
use super::stderr_tail::StderrTail;
use crate::host::usage::cpu_of;

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
    /// Its end, and whether it came to it by itself, once it was waited for.
    end: Option<(Option<ExitStatus>, bool)>,
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
        Ok(Self { child, stderr, end: None })
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

    /// CPU time it has used, as long as it has not been waited for.
    pub(crate) fn cpu(&self) -> Duration {
        cpu_of(self.pid())
    }

    /// Waits until it has ended by itself; one that has not within `grace` is killed.
    pub(crate) fn wait(&mut self, grace: Duration) -> Exit {
        if self.end.is_none() {
            self.has_ended_within(grace);
        }
        self.kill()
    }

    /// Kills it, unless it has ended before, and tells how it ended; with it goes the process group that it leads, if it
    /// leads one.
    pub(crate) fn kill(&mut self) -> Exit {
        let (status, by_itself) = self.end.unwrap_or_else(|| self.end_now());
        self.end = Some((status, by_itself));
        Exit { status, by_itself, stderr: self.stderr.as_mut().map(StderrTail::summary).unwrap_or_default() }
    }

    fn end_now(&mut self) -> (Option<ExitStatus>, bool) {
        /// How long the kernel may take to end a process; one that does not end by then is left to it.
        const END: Duration = Duration::from_secs(5);
        let by_itself = self.has_ended_within(Duration::ZERO);
        // While it has not been waited for, its number is no other process's.
        // (In a process namespace the group may have no number, which rustix takes for impossible.)
        let group =
            |pid: i32| procfs::process::Process::new(pid).and_then(|process| process.stat()).map(|stat| stat.pgrp);
        let leads = self.process().filter(|process| group(process.as_raw_pid()).ok() == Some(process.as_raw_pid()));
        let _ = leads.map(|group| kill_process_group(group, Signal::KILL));
        let _ = self.child.kill();
        let status = self.has_ended_within(END).then(|| self.child.wait().ok()).flatten();
        (status, by_itself)
    }

    /// Whether it ends in this time. It can still be waited for.
    fn has_ended_within(&self, time: Duration) -> bool {
        let Some(process) = self.process() else { return true };
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let since = Instant::now();
        while let Ok(None) = waitid(WaitId::Pid(process), options) {
            if since.elapsed() >= time {
                return false;
            }
            sleep(POLL);
        }
        true
    }

    fn process(&self) -> Option<Pid> {
        Pid::from_raw(i32::try_from(self.pid()).ok()?)
    }
}

impl Drop for ChildProcess {
    fn drop(&mut self) {
        self.kill();
    }
}
