//! One converter process as the batch sees it: started, asked, ended. Knows nothing of the other converters but what
//! the memory budget says.

use std::process::{ChildStdin, Stdio};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

use super::memory_budget::{MemoryBudget, TooLarge};
use super::protocol::{Hello, ROLE, Ready, Reply, Request, write_line};
use super::stall::{StallWatch, Stalled};
use crate::cancel::CancelToken;
use crate::child::handshake::{greeting, read_child};
use crate::child::{ChildProcess, Exit, Stderr, WorkerCommand, lines};
use crate::host::machine::resident_memory;

/// How often a batch that waits checks whether it is to stop, and how much memory is used.
const SLICE: Duration = Duration::from_millis(50);
/// How long a converter may take to give up a file, or to exit.
const GRACE: Duration = Duration::from_millis(1500);

/// How far a file in work is; any thread may read it.
#[derive(Debug, Default)]
pub struct Progress(AtomicU64);

impl Progress {
    /// Frames delivered so far.
    pub fn delivered(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// Why a converter did not do what it was asked for. It has been or must be ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConverterFailure {
    #[error("the process that did it {0}")]
    Exited(Exit),
    /// What it sent is no reply.
    #[error("the process that did it said what makes no sense: {0}")]
    ProtocolError(String),
    /// It exceeds the memory budget: megabytes it uses, and megabytes that are left for it.
    #[error("it takes too much memory: {0} MB when --mem leaves it {1} MB; raise --mem, or give fewer --jobs")]
    TooLarge(u64, u64),
    /// The batch was stopped, and it did not give up its file in time.
    #[error("it did not stop in time, and was ended")]
    Stopped,
    /// It did nothing for so long.
    #[error("the process that did it got on with nothing for {} s, and was ended (--stall)", .0.as_secs_f64())]
    Stalled(Duration),
    /// A signal stopped it for so long.
    #[error("the process that did it was stopped by a signal for {} s, and was ended (--stall)", .0.as_secs_f64())]
    Suspended(Duration),
}

impl ConverterFailure {
    /// Whether something outside the converter ended it.
    pub(super) fn is_from_outside(&self) -> bool {
        matches!(self, Self::Exited(exit) if exit.is_from_outside()) || matches!(self, Self::Suspended(_))
    }
}

/// One converter process. Dropped, it is killed.
pub(super) struct Converter {
    process: ChildProcess,
    stdin: ChildStdin,
    lines: Receiver<(Instant, String)>,
    /// How long it may get on with nothing.
    stall: Duration,
    /// Memory it used when it was new, in bytes.
    pub fresh: u64,
}

impl Converter {
    /// Starts one and waits until it is ready.
    pub(super) fn start(command: &WorkerCommand, hello: &Hello, stop: &CancelToken, stall: Duration) -> Result<Self> {
        let stderr = if hello.loud { Stderr::Inherited } else { Stderr::Tail };
        let mut process =
            ChildProcess::start(command, &ROLE, stderr, |child| child.stdin(Stdio::piped()).stdout(Stdio::piped()))?;
        let (stdin, stdout) = process.take_pipes()?;
        let mut converter = Self { process, stdin, lines: lines(stdout)?, stall, fresh: 0 };
        // If this fails, it has exited, which is found next.
        let _ = write_line(&mut converter.stdin, greeting(hello)?);
        let mut watch = StallWatch::new(converter.pid(), stall);
        let ready = loop {
            if stop.is_cancelled() {
                bail!(ConverterFailure::Stopped);
            }
            if let Some(line) = converter.line(&mut watch, 0)? {
                break line;
            }
        };
        let Ready {} = read_child(ready.as_bytes(), ROLE.name)?;
        // From here on it gets short requests, one at a time: one that does not read them must not hold up the batch.
        fcntl_setfl(&converter.stdin, fcntl_getfl(&converter.stdin)? | OFlags::NONBLOCK)?;
        converter.fresh = resident_memory(converter.pid());
        Ok(converter)
    }

    /// The next line it writes, if one comes soon; it has done so many frames.
    fn line(&mut self, watch: &mut StallWatch, frames: u64) -> Result<Option<String>, ConverterFailure> {
        watch.look(frames).map_err(|Stalled { stopped, limit }| {
            if stopped { ConverterFailure::Suspended(limit) } else { ConverterFailure::Stalled(limit) }
        })?;
        match self.lines.recv_timeout(SLICE) {
            Ok((_, line)) => Ok(Some(line)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(self.exited()),
        }
    }

    /// Its process number.
    pub(super) fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Asks it and waits for its last reply.
    pub(super) fn ask(
        &mut self,
        request: &Request,
        progress: &Progress,
        stop: &CancelToken,
        budget: &MemoryBudget,
    ) -> Result<Reply, ConverterFailure> {
        let protocol_error = |error: serde_json::Error| ConverterFailure::ProtocolError(error.to_string());
        let _ = write_line(&mut self.stdin, serde_json::to_vec(request).map_err(protocol_error)?);
        let (mut stopping, mut watch): (Option<Instant>, _) = (None, StallWatch::new(self.pid(), self.stall));
        loop {
            match self.line(&mut watch, progress.delivered())?.map(|line| serde_json::from_str(&line)) {
                // No file has so many frames, and sums of them must not overflow.
                Some(Ok(Reply::Delivered(frames))) => progress.0.store(frames.min(u32::MAX.into()), Relaxed),
                Some(Ok(reply)) => return reply.checked().map_err(ConverterFailure::ProtocolError),
                Some(Err(error)) => return Err(protocol_error(error)),
                None => {}
            }
            if let Err(TooLarge { used, left }) = budget.check(self.pid()) {
                return Err(ConverterFailure::TooLarge(used >> 20, left >> 20));
            }
            self.process.read_stderr();
            match stopping {
                None if stop.is_cancelled() => {
                    stopping = Some(Instant::now());
                    let _ = serde_json::to_vec(&Request::Stop).map(|stop| write_line(&mut self.stdin, stop));
                }
                Some(since) if since.elapsed() > GRACE => return Err(ConverterFailure::Stopped),
                _ => {}
            }
        }
    }

    /// It has closed its output, so it is about to exit.
    fn exited(&mut self) -> ConverterFailure {
        ConverterFailure::Exited(self.process.wait(GRACE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sink::video::VideoOptions;

    /// Starts a shell script in the place of a converter.
    fn start(script: &str) -> Result<Converter> {
        let shell = WorkerCommand { args: vec!["-c".into(), script.into()], ..WorkerCommand::new("sh") };
        Converter::start(
            &shell,
            &Hello { chain: "grayscale".into(), video: VideoOptions::default(), opencv_threads: 1, loud: false },
            &CancelToken::default(),
            Duration::from_secs(60),
        )
    }

    #[test]
    fn a_converter_of_another_build_or_none_is_refused() {
        for (script, words) in [
            (
                r#"echo '{"version":"0.1.0 (build 0badc0de)"}'; cat >/dev/null"#,
                "converter process is 0.1.0 (build 0badc0de)",
            ),
            ("echo '{}'; cat >/dev/null", "cannot understand the greeting"),
            ("echo 'no library' >&2; exit 127", "died (exit status: 127); its stderr ends with: no library"),
        ] {
            let error = start(script).err().expect(script).to_string();
            assert!(error.contains(words), "{script}: {error}");
        }
    }

    #[test]
    fn a_signal_that_another_process_sends_is_from_outside() {
        // The greeting of the batch without all that follows the version.
        let hello = r#"read -r line; echo "${line%%,*}}""#;
        for (signal, outside) in [("TERM", true), ("KILL", true), ("SEGV", false)] {
            let mut converter = start(&format!("{hello}; kill -{signal} $$")).expect("a greeting of this build");
            let failure = converter.exited();
            assert_eq!(failure.is_from_outside(), outside, "{failure}");
        }
    }
}
