//! Standard output, and whether there is one: before `main`, Rust puts /dev/null in the place of a closed one, where a result
//! would be lost without a word.
#![expect(unsafe_code, reason = "to run something before Rust's own start is unsafe")]

use std::io::{Error, ErrorKind, Result, Write, stdout};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use console::Term;
use rustix::io::{FdFlags, fcntl_getfd, fcntl_setfd};

/// Written once, before `main`.
static CLOSED: AtomicBool = AtomicBool::new(false);

extern "C" fn look() {
    CLOSED.store(fcntl_getfd(rustix::stdio::stdout()).is_err(), Relaxed);
}

// SAFETY: the loader calls each function of this section once, before `main`. This one makes one system call, and needs
// nothing of Rust's that is not there yet.
#[used]
#[unsafe(link_section = ".init_array")]
static LOOK: extern "C" fn() = look;

/// Prints a text.
///
/// # Errors
/// When there is no standard output, or it does not take all of it.
pub fn write(text: &str) -> Result<()> {
    check()?;
    let mut out = stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// The columns of the terminal that it is; none if it is none.
pub fn columns() -> Option<usize> {
    let terminal = Term::stdout();
    terminal.is_term().then(|| terminal.size_checked()).flatten().map(|(_, columns)| columns.into()).filter(|n| *n > 0)
}

/// Finds out whether there is a standard output.
///
/// # Errors
/// When it was closed when this program started.
pub fn check() -> Result<()> {
    if CLOSED.load(Relaxed) { Err(Error::new(ErrorKind::BrokenPipe, "it is closed")) } else { Ok(()) }
}

/// Leaves a closed standard output closed to the program that this process becomes.
pub fn keep_closed() {
    if check().is_err() {
        // It stays open only where the descriptor has gone already.
        let _ = fcntl_setfd(rustix::stdio::stdout(), FdFlags::CLOEXEC);
    }
}
