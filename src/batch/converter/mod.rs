//! Converter processes: this same program started anew, to look into files and to convert them, one at a time. What
//! crashes a decoder or an encoder ends one of them, and with it one file.
//!
//! ```text
//! batch ═ asks ═▶ converter process (reads, filters, encodes) ═ says how far ═▶ batch
//! ```
//!
//! Here is the batch's end of it. A converter lives on from file to file; a dead one is replaced.

mod converter_main;
mod memory_budget;
mod protocol;

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdin, ChildStdout, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::Builder;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use parking_lot::Mutex;
use rustix::pipe::{PipeFlags, pipe_with};

use self::memory_budget::{KEPT, Room, TooLarge};
use self::protocol::{VERSION, line};
use crate::cancel::CancelToken;
use crate::child::WorkerCommand;
use crate::child::stderr_tail::Hearing;
use crate::host::machine::resident_memory;

pub use self::converter_main::converter_main;
pub(super) use self::protocol::{Hello, Reply, Request};

/// How often a batch that waits looks whether it is to stop, and how much memory is taken.
const SLICE: Duration = Duration::from_millis(50);
/// How long a converter may take to give up a file.
const GRACE: Duration = Duration::from_millis(1500);
/// How long one may take to start. A tenth of a second is usual.
const START: Duration = Duration::from_secs(60);

/// How far a file in work is; to be looked at from any thread.
#[derive(Debug, Default)]
pub struct Progress(AtomicU64);

impl Progress {
    /// Frames delivered so far.
    pub fn delivered(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// The converters of a batch: those that have nothing to do, and what all of them need.
pub(super) struct Converters {
    command: WorkerCommand,
    hello: Hello,
    room: Room,
    idle: Mutex<Vec<Converter>>,
}

impl Converters {
    /// None yet: each is started when there is something to do for it. `memory` is the most that they and this process
    /// may take, in bytes.
    pub(super) fn new(command: &WorkerCommand, hello: Hello, memory: Option<u64>) -> Self {
        Self { command: command.clone(), hello, room: Room::new(memory), idle: Mutex::default() }
    }

    /// Asks a converter and waits for its last reply. One that somebody else has killed is replaced by another, which is
    /// asked again. After each loss `clean_up` is called.
    ///
    /// # Errors
    /// When there is no converter to be had, or it died over this.
    pub(super) fn ask(
        &self,
        request: &Request,
        progress: &Progress,
        stop: &CancelToken,
        clean_up: impl Fn(),
    ) -> Result<Reply> {
        /// Whoever kills more of them than this means it.
        const AGAIN: usize = 2;
        let mut killed = 0;
        loop {
            let idle = self.idle.lock().pop();
            let mut converter = match idle {
                Some(converter) => converter,
                None => Converter::start(&self.command, &self.hello)?,
            };
            match converter.ask(request, progress, stop, &self.room) {
                Ok(reply) => {
                    // Also of one that was quick: it takes its room while it does nothing.
                    let _ = self.room.look(converter.child.id());
                    if self.room.is_lean(converter.child.id(), converter.fresh) {
                        self.idle.lock().push(converter);
                    } else {
                        self.room.gone(converter.child.id());
                    }
                    return Ok(reply);
                }
                Err(lost) => {
                    self.room.gone(converter.child.id());
                    // It must be dead to leave nothing new.
                    drop(converter);
                    clean_up();
                    killed += 1;
                    if !lost.is_from_outside() || killed > AGAIN || stop.is_cancelled() {
                        bail!(lost);
                    }
                }
            }
        }
    }

    /// Memory that a converter takes beside frames, encoder and decoder, in bytes; a usual figure while there is none.
    pub(super) fn footing(&self) -> u64 {
        /// OpenCV's and FFmpeg's libraries, mostly.
        const USUAL: u64 = 72 << 20;
        self.idle.lock().first().map_or(USUAL, |converter| converter.fresh) + KEPT
    }

    /// Ends those that have nothing to do, but for so many.
    pub(super) fn keep(&self, count: usize) {
        let mut idle = self.idle.lock();
        let first = idle.len().min(count);
        for converter in idle.drain(first..) {
            self.room.gone(converter.child.id());
        }
    }

    /// The most that all took together so far, in bytes.
    pub(super) fn peak_memory(&self) -> u64 {
        self.room.peak()
    }
}

/// A converter that is no more.
#[derive(Debug, thiserror::Error)]
enum Lost {
    /// It ended, with these last words.
    #[error("the process that did it died ({0}){1}")]
    Died(ExitStatus, String),
    /// It did not say anything that makes sense.
    #[error("the process that did it said what makes no sense: {0}")]
    Lied(String),
    /// It was killed for the room it took.
    #[error("it takes too much memory: {0} MB when --mem leaves it {1} MB; raise --mem, or give fewer --jobs")]
    TooLarge(u64, u64),
    /// It was killed because it did not stop by itself.
    #[error("it did not stop in time, and was ended")]
    Stopped,
    /// It did not start.
    #[error("the process for it did not start in {} s", START.as_secs())]
    Silent,
}

impl Lost {
    /// Whether somebody sent it a signal: a person, a supervisor, the kernel when memory is short.
    fn is_from_outside(&self) -> bool {
        const SENT: [i32; 4] = [libc::SIGKILL, libc::SIGTERM, libc::SIGINT, libc::SIGHUP];
        matches!(self, Self::Died(status, _) if status.signal().is_some_and(|signal| SENT.contains(&signal)))
    }
}

/// Whether a file failed for the memory it takes: alone it may do.
pub(super) fn is_too_large(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(Lost::TooLarge(..)))
}

/// One converter process. Dropped, it ends.
struct Converter {
    child: Child,
    stdin: ChildStdin,
    replies: Receiver<serde_json::Result<Reply>>,
    stderr: Option<Hearing>,
    /// Memory it took before it did anything, in bytes.
    fresh: u64,
}

impl Converter {
    fn start(program: &WorkerCommand, hello: &Hello) -> Result<Self> {
        let mut command = program.command(&["converter"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut stderr = None;
        if !hello.loud {
            let (ours, theirs) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)?;
            command.stderr(theirs);
            stderr = Some(Hearing::new(ours));
        }
        let started = command.spawn().with_context(|| format!("cannot start a process from {program}"));
        let mut child = started?;
        let (stdin, stdout) = (child.stdin.take().context("no pipe")?, child.stdout.take().context("no pipe")?);
        let mut converter = Self { child, stdin, replies: replies(stdout)?, stderr, fresh: 0 };
        // Should this fail it has died already, which is heard next.
        let _ = converter.stdin.write_all(&line(hello)?);
        match converter.replies.recv_timeout(START) {
            Ok(Ok(Reply::Ready { version })) if version == VERSION => {
                converter.fresh = resident_memory(converter.child.id());
                Ok(converter)
            }
            Ok(reply) => bail!(Lost::Lied(format!("{reply:?}"))),
            Err(RecvTimeoutError::Timeout) => bail!(Lost::Silent),
            Err(RecvTimeoutError::Disconnected) => bail!(converter.died()),
        }
    }

    fn ask(&mut self, request: &Request, progress: &Progress, stop: &CancelToken, room: &Room) -> Result<Reply, Lost> {
        let request = line(request).map_err(|error| Lost::Lied(error.to_string()))?;
        let _ = self.stdin.write_all(&request);
        let mut stopping: Option<Instant> = None;
        loop {
            match self.replies.recv_timeout(SLICE) {
                Ok(Ok(Reply::Delivered(frames))) => progress.0.store(frames, Relaxed),
                Ok(Ok(reply)) => return Ok(reply),
                Ok(Err(error)) => return Err(Lost::Lied(error.to_string())),
                Err(RecvTimeoutError::Disconnected) => return Err(self.died()),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if let Err(TooLarge { takes, left }) = room.look(self.child.id()) {
                return Err(Lost::TooLarge(takes >> 20, left >> 20));
            }
            if let Some(stderr) = &mut self.stderr {
                stderr.listen();
            }
            match stopping {
                None if stop.is_cancelled() => {
                    stopping = Some(Instant::now());
                    let _ = line(&Request::Stop).map(|stop| self.stdin.write_all(&stop));
                }
                Some(since) if since.elapsed() > GRACE => return Err(Lost::Stopped),
                _ => {}
            }
        }
    }

    /// How it ended, once it has closed its end.
    fn died(&mut self) -> Lost {
        // It has closed its output, so it is about to end; if it is not, it is ended.
        let since = Instant::now();
        let status = loop {
            match self.child.try_wait() {
                Ok(Some(status)) => break status,
                _ if since.elapsed() > GRACE => {
                    let _ = self.child.kill();
                    match self.child.wait() {
                        Ok(status) => break status,
                        Err(error) => return Lost::Lied(error.to_string()),
                    }
                }
                _ => std::thread::sleep(Duration::from_millis(2)),
            }
        };
        let words = self.stderr.as_mut().map(Hearing::last_words).unwrap_or_default();
        Lost::Died(status, if words.is_empty() { words } else { format!("; its last words: {words}") })
    }
}

impl Drop for Converter {
    fn drop(&mut self) {
        // Both fail only where it has ended and been waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What it says, as it says it, heard by a thread of its own.
fn replies(stdout: ChildStdout) -> Result<Receiver<serde_json::Result<Reply>>> {
    let (to_batch, replies) = channel();
    let listen = move || {
        for line in BufReader::new(stdout).lines() {
            let Ok(line) = line else { break };
            if to_batch.send(serde_json::from_str(&line)).is_err() {
                break;
            }
        }
    };
    Builder::new().name("replies".into()).spawn(listen).map_err(|error| anyhow!("no thread to be had: {error}"))?;
    Ok(replies)
}
