//! Too few processes or too little memory: then nothing is wrong with the work, which may succeed later. Libraries do not
//! say that this is why they failed, so it is tried out.

use std::thread::{Builder, Scope, ScopedJoinHandle, scope};

use parking_lot::Mutex;

/// What is short, for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Shortage {
    #[error("there is too little memory for it now (ulimit -v, or what other programs leave)")]
    Memory,
    #[error("there are too few processes for it now (ulimit -u, or what other programs leave)")]
    Processes,
}

/// What is short for work that takes so many threads and bytes.
pub(crate) fn shortage(threads: usize, bytes: usize) -> Option<Shortage> {
    if Vec::<u8>::new().try_reserve_exact(bytes).is_err() {
        return Some(Shortage::Memory);
    }
    let gate = Mutex::new(());
    let closed = gate.lock();
    scope(|s| {
        let all = (0..threads).all(|_| start(s, || drop(gate.lock())).is_ok());
        drop(closed);
        (!all).then_some(Shortage::Processes)
    })
}

/// Starts a thread.
///
/// # Errors
/// When the system has none for it.
pub(crate) fn start<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: impl FnOnce() -> T + Send + 'scope,
) -> Result<ScopedJoinHandle<'scope, T>, Shortage> {
    Builder::new().spawn_scoped(scope, work).map_err(|_| Shortage::Processes)
}

/// How programs and libraries say that the system has no memory or process for them.
const SAID: [&str; 7] = [
    "Resource temporarily unavailable",
    "Too many open files",
    "Cannot allocate memory",
    "memory allocation of",
    "Insufficient memory",
    "bad_alloc",
    "failed to map segment",
];

/// Whether an error, which may be that of another process, comes of a shortage.
pub(crate) fn is_shortage(error: &anyhow::Error) -> bool {
    let text = format!("{error:#}");
    let known = [Shortage::Memory, Shortage::Processes].map(|shortage| shortage.to_string());
    SAID.iter().any(|said| text.contains(said)) || known.iter().any(|known| text.contains(known))
}
