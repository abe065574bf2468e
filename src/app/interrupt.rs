//! Ctrl-C, SIGTERM and SIGHUP: the first one asks for an end in good order, the second one ends the program at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering::SeqCst};
use std::thread::Builder;

use anyhow::{Context, Result};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

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

/// As [`on_interrupts`], for who must say which signal it was: its number is in what is returned, 0 if there was none.
pub fn on_signals(first: impl Fn() + Send + 'static, last: impl Fn() + Send + 'static) -> Result<Arc<AtomicU8>> {
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM]).context("cannot listen for signals")?;
    let number = Arc::new(AtomicU8::new(0));
    let told = Arc::clone(&number);
    let listen = move || {
        for signal in signals.forever().filter_map(|signal| u8::try_from(signal).ok()) {
            if told.swap(signal, SeqCst) != 0 {
                last();
                std::process::exit(128 + i32::from(signal));
            }
            first();
        }
    };
    Builder::new().name("signals".into()).spawn(listen).context("cannot start thread signals")?;
    Ok(number)
}
