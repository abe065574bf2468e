//! What a strategy is given in place of one open source: it opens the input as often as it is asked, as a whole or a
//! part of its time, so that several readers can work on one file.

use anyhow::{Result, bail};
use parking_lot::Mutex;

use super::input::Input;
use super::open::open_unless;
use super::options::{OpenOptions, TimeRange};
use super::preloaded::Preloaded;
use super::{Source, SourceInfo};
use crate::cancel::CancelToken;

/// Opens one input, as often as it is asked.
pub struct Opener {
    info: SourceInfo,
    origin: Origin,
    /// The source that was opened to learn what it is. Who opens the whole first is given it, so that nothing is opened
    /// twice.
    opened: Mutex<Option<Box<dyn Source>>>,
}

/// Where further sources come from.
enum Origin {
    Input {
        input: Input,
        options: OpenOptions,
        stopped: CancelToken,
    },
    Memory(Preloaded),
    /// The caller opened it; it cannot be opened again.
    Caller,
}

impl Opener {
    /// Opens an input, to learn what it is. A camera or a URL may take its time: setting `stopped` ends the wait, now and
    /// whenever it is opened again.
    ///
    /// # Errors
    /// As [`open`](super::open()); also when it was stopped.
    pub fn new(input: &Input, options: &OpenOptions, stopped: &CancelToken) -> Result<Self> {
        let source = open_unless(stopped, input, options)?;
        let origin = Origin::Input { input: input.clone(), options: *options, stopped: stopped.clone() };
        Ok(Self { info: source.info().clone(), origin, opened: Mutex::new(Some(source)) })
    }

    /// For frames in memory.
    pub fn preloaded(frames: &Preloaded) -> Self {
        Self { info: frames.info().clone(), origin: Origin::Memory(frames.again()), opened: Mutex::default() }
    }

    /// For a source of the caller's, which can be opened once.
    pub fn once(source: Box<dyn Source>) -> Self {
        Self { info: source.info().clone(), origin: Origin::Caller, opened: Mutex::new(Some(source)) }
    }

    /// What the whole source is.
    pub fn info(&self) -> &SourceInfo {
        &self.info
    }

    /// Whether it can be opened more than once, by several readers.
    pub fn reopens(&self) -> bool {
        match &self.origin {
            Origin::Input { input, options, .. } => !options.is_live(input) && !input.is_pipe(),
            Origin::Memory(_) => true,
            Origin::Caller => false,
        }
    }

    /// What is opened, and how, where another process could open it, too.
    pub fn address(&self) -> Option<(&Input, OpenOptions)> {
        match &self.origin {
            Origin::Input { input, options, .. } if !input.is_pipe() => Some((input, *options)),
            _ => None,
        }
    }

    /// Closes the source that was opened to learn what it is: somebody else is to open it.
    pub fn release(&self) {
        *self.opened.lock() = None;
    }

    /// The whole source, from its first frame on.
    ///
    /// # Errors
    /// When it cannot be opened, or was opened before and can be opened only once.
    pub fn open(&self) -> Result<Box<dyn Source>> {
        if let Some(source) = self.opened.lock().take() {
            return Ok(source);
        }
        match &self.origin {
            Origin::Input { input, options, stopped } => open_unless(stopped, input, options),
            Origin::Memory(frames) => Ok(Box::new(frames.again())),
            Origin::Caller => bail!("this source can be read only once"),
        }
    }

    /// A part of its time. Its frames have the times they have in the whole.
    ///
    /// # Errors
    /// When it cannot be opened, or not in parts.
    pub fn open_range(&self, range: TimeRange) -> Result<Box<dyn Source>> {
        match &self.origin {
            Origin::Input { input, options, stopped } => {
                open_unless(stopped, input, &OpenOptions { range: Some(range), ..*options })
            }
            Origin::Memory(frames) => Ok(Box::new(frames.range(range))),
            Origin::Caller => bail!("this source cannot be read in parts"),
        }
    }
}
