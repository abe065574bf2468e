//! `window`: the newest finished frame on the screen, with its figures over it.
//!
//! A window belongs to one thread, which must look after it even while no frame comes. So there are two ends: the sink
//! leaves a copy of a frame where it is picked up, whenever one is asked for, and the [`Viewer`] asks for one, shows it and
//! listens to the keys. Delivering never waits for the screen; what is not asked for is not copied.
//!
//! Knows neither what made the frames nor how a run is ended.

mod display;
mod overlay;
mod viewer;

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use linkme::distributed_slice;
use opencv::core::{Mat, MatTraitConst};
use parking_lot::Mutex;

use super::{Null, Sink};
use crate::frame::Frame;
use crate::metrics::{LedgerReport, StageTimer};

pub use display::check_display;
pub use viewer::open_window;

/// What opens a window of a name.
pub type WindowOpener = fn(&str) -> Result<(Box<dyn Viewer>, Window)>;

/// What opens windows. Empty, unless the program is linked with [`open_window`], as with
/// [`OPENCV_READER`](crate::source::OPENCV_READER).
#[distributed_slice]
pub static WINDOW_OPENER: [WindowOpener];

/// The end of a window that shows frames. Dropped, it closes the window.
pub trait Viewer {
    /// Shows what comes for as long as the run is `going`, with what `ledger` tells of it. True if the user ended it before.
    ///
    /// # Errors
    /// When a picture cannot be shown.
    fn show_while(&mut self, ledger: &dyn Fn() -> LedgerReport, going: &dyn Fn() -> bool) -> Result<bool>;
}

/// The end of a window that takes frames.
pub struct Window {
    slot: Arc<Slot>,
    about: String,
    // The proof of what was delivered is made as without a window.
    hash: Null,
}

/// Where a frame is left for the screen.
#[derive(Default)]
struct Slot(Mutex<State>);

#[derive(Default)]
enum State {
    /// Nobody asks for a frame.
    #[default]
    Idle,
    /// The next one is to be left here, in this memory.
    Asked(Picture),
    /// Here it is.
    Left(Picture),
}

/// A frame for the screen, before and after the chain.
#[derive(Default)]
struct Picture {
    before: Mat,
    after: Mat,
    captured: Option<Instant>,
}

impl Slot {
    /// Asks for the next frame. The memory of an old one is used again.
    fn ask(&self, old: Picture) {
        *self.0.lock() = State::Asked(old);
    }

    /// The frame that was asked for, if it is there.
    fn take(&self) -> Option<Picture> {
        let mut state = self.0.lock();
        match std::mem::take(&mut *state) {
            State::Left(picture) => Some(picture),
            other => {
                *state = other;
                None
            }
        }
    }

    /// Leaves a frame, if one is asked for.
    fn leave(&self, frame: &Frame) -> Result<()> {
        let mut state = self.0.lock();
        if let State::Asked(picture) = &mut *state {
            frame.input().copy_to(&mut picture.before)?;
            frame.output().copy_to(&mut picture.after)?;
            picture.captured = Some(frame.captured);
            *state = State::Left(std::mem::take(picture));
        }
        Ok(())
    }
}

impl Sink for Window {
    fn write(&mut self, frame: &Frame, timer: &StageTimer<'_>) -> Result<ControlFlow<()>> {
        self.slot.leave(frame)?;
        self.hash.write(frame, timer)
    }

    fn shows_input(&self) -> bool {
        true
    }

    fn writer(&self) -> Option<String> {
        Some(self.about.clone())
    }

    fn hash(&self) -> Option<String> {
        self.hash.hash()
    }
}
