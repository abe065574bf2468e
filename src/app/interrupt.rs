//! Ctrl-C, twice: the first asks for an end in good order, the second ends at once. Also SIGTERM and SIGHUP.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use anyhow::{Context, Result};

/// The exit code of who was interrupted.
pub const INTERRUPTED: u8 = 130;

/// Calls `first` at the first interruption, and ends the program at the second.
///
/// # Errors
/// When the system does not let it.
pub fn on_interrupt(first: impl Fn() + Send + 'static) -> Result<()> {
    on_interrupts(first, || {})
}

/// Calls `first` at the first interruption; at the second one calls `last` and ends the program.
///
/// # Errors
/// When the system does not let it.
pub fn on_interrupts(first: impl Fn() + Send + 'static, last: impl Fn() + Send + 'static) -> Result<()> {
    let once = AtomicBool::new(false);
    let interrupted = move || {
        if once.swap(true, SeqCst) {
            last();
            // What is left behind has temporary names; the next batch sweeps it.
            std::process::exit(i32::from(INTERRUPTED));
        }
        first();
    };
    ctrlc::set_handler(interrupted).context("cannot listen for Ctrl-C")
}

/// The work was interrupted: why there is no more of it.
#[derive(Debug)]
pub struct Interrupted(pub String);

impl std::fmt::Display for Interrupted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Interrupted {}
