//! Ctrl-C, SIGTERM and SIGHUP: the first one asks for an end in good order, the second one ends the program at once.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use anyhow::{Context, Result};

use super::exit_code::INTERRUPTED;

/// Calls `first` at the first signal, and ends the program at the second.
pub fn on_interrupt(first: impl Fn() + Send + 'static) -> Result<()> {
    on_interrupts(first, || {})
}

/// Calls `first` at the first signal; at the second one it calls `last` and ends the program. Fails when no handler can be
/// installed.
pub fn on_interrupts(first: impl Fn() + Send + 'static, last: impl Fn() + Send + 'static) -> Result<()> {
    let once = AtomicBool::new(false);
    let interrupted = move || {
        if once.swap(true, SeqCst) {
            last();
            // Unfinished files have temporary names; the next batch removes them.
            std::process::exit(i32::from(INTERRUPTED));
        }
        first();
    };
    ctrlc::set_handler(interrupted).context("cannot listen for Ctrl-C")
}
