//! Converter processes: this same program started anew, to look into files and to convert them, one at a time. A crash of
//! a decoder or an encoder ends one of them, and with it one file.
//!
//! ```text
//! batch ═ request ═▶ converter process (reads, filters, encodes) ═ progress, reply ═▶ batch
//! ```
//!
//! Here is the batch's side. A converter is used for one file after the other; one that fails is replaced.

mod converter_main;
mod handle;
mod memory_budget;
mod protocol;
mod stall;

use std::time::Duration;

use anyhow::Result;
use parking_lot::Mutex;

use self::handle::{Converter, ConverterFailure};
use self::memory_budget::{KEPT, MemoryBudget};
use crate::cancel::CancelToken;
use crate::child::WorkerCommand;

pub use self::converter_main::converter_main;
pub use self::handle::Progress;
pub(super) use self::protocol::{Choice, Hello, Reply, Request};

/// The converters of a batch: those that are idle, and what all of them need.
pub(super) struct Converters {
    command: WorkerCommand,
    hello: Hello,
    budget: MemoryBudget,
    /// How long one may get on with nothing.
    stall: Duration,
    idle: Mutex<Vec<Converter>>,
}

impl Converters {
    /// None is started yet: each starts when it is needed. `memory` is the most that they and this process may use, in
    /// bytes, and `stall` how long one may get on with nothing.
    pub(super) fn new(command: &WorkerCommand, hello: Hello, memory: Option<u64>, stall: Duration) -> Self {
        Self { command: command.clone(), hello, budget: MemoryBudget::new(memory), stall, idle: Mutex::default() }
    }

    /// Asks a converter and waits for its last reply. If something outside ended it, from its first instant on, another one
    /// is asked again, and `again` is told why. After each failure `clean_up` is called.
    ///
    /// # Errors
    /// When no converter can be started, or it failed.
    pub(super) fn ask(
        &self,
        request: &Request,
        progress: &Progress,
        stop: &CancelToken,
        clean_up: impl Fn(),
        again: impl Fn(&str),
    ) -> Result<Reply> {
        /// A request whose converters are ended from outside more often than this has failed.
        const AGAIN: usize = 2;
        let mut failed = 0;
        loop {
            let error = match self.ask_once(request, progress, stop) {
                Ok(reply) => return Ok(reply),
                Err(error) => error,
            };
            clean_up();
            failed += 1;
            if !is_from_outside(&error) || failed > AGAIN || stop.is_cancelled() {
                return Err(error);
            }
            again(&error.to_string());
        }
    }

    /// Asks an idle converter, or a new one.
    fn ask_once(&self, request: &Request, progress: &Progress, stop: &CancelToken) -> Result<Reply> {
        let idle = self.idle.lock().pop();
        let mut converter = match idle {
            Some(converter) => converter,
            None => Converter::start(&self.command, &self.hello, stop, self.stall)?,
        };
        let replied = converter.ask(request, progress, stop, &self.budget);
        // Also after a quick reply: an idle converter counts with what it uses.
        let _ = self.budget.check(converter.pid());
        if replied.is_ok() && self.budget.is_reusable(converter.pid(), converter.fresh) {
            self.idle.lock().push(converter);
        } else {
            self.budget.remove(converter.pid());
            // Killed before anything is cleaned up: while it runs it may write that again.
            drop(converter);
        }
        Ok(replied?)
    }

    /// Memory that a converter uses beside frames, encoder and decoder, in bytes; a usual figure before one has started.
    pub(super) fn footing(&self) -> u64 {
        /// Mostly the libraries of OpenCV and FFmpeg.
        const USUAL: u64 = 72 << 20;
        self.idle.lock().first().map_or(USUAL, |converter| converter.fresh) + KEPT
    }

    /// Ends all idle ones but `count`.
    pub(super) fn keep(&self, count: usize) {
        let mut idle = self.idle.lock();
        let first = idle.len().min(count);
        for converter in idle.drain(first..) {
            self.budget.remove(converter.pid());
        }
    }

    /// The most that all used together so far, in bytes.
    pub(super) fn peak_memory(&self) -> u64 {
        self.budget.peak()
    }
}

/// Whether a file failed because it exceeded the memory budget: done alone it may succeed.
pub(super) fn is_too_large(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(ConverterFailure::TooLarge(..)))
}

/// Whether something outside ended every converter that tried a file: that says nothing of the file.
pub(super) fn is_from_outside(error: &anyhow::Error) -> bool {
    error.downcast_ref().is_some_and(ConverterFailure::is_from_outside)
}
