//! Python's lock (GIL) as a worker sees it: how long it waits to get it and to let go of it, and how long it waits for it
//! within a call, where a library such as cv2 has let go of it and takes it again.
//!
//! While the lock is held only wall time is read; the clocks that are system calls are read outside.
#![expect(unsafe_code, reason = "one thread state of the interpreter for each worker thread")]

use std::cell::OnceCell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use framerace::host::usage::{RunQueue, thread_cpu};
use pyo3::ffi;
use pyo3::prelude::*;

/// Threads that are in a call of a function, or wait to begin one. The lock is one for the whole process, and so is this.
static IN_CALLS: AtomicUsize = AtomicUsize::new(0);

/// From this length on it is found out how long a call had no core, which costs a system call.
const LONG: Duration = Duration::from_millis(1);
/// Less than this is no wait: clocks differ by so much.
const NOISE: Duration = Duration::from_micros(30);

thread_local! {
    static KEPT: KeptState = KeptState::of_this_thread();
    static QUEUE: OnceCell<RunQueue> = const { OnceCell::new() };
}

/// The interpreter's state of a thread that is not Python's own. Without it each call would make a new one and throw it away,
/// which takes 7 microseconds.
struct KeptState(Option<(*mut ffi::PyThreadState, ffi::PyGILState_STATE)>);

impl KeptState {
    fn of_this_thread() -> Self {
        // SAFETY: the interpreter exists, because this module was imported. A thread that has no state yet is given one, and
        // lets go of the lock at once.
        unsafe {
            if !ffi::PyGILState_GetThisThreadState().is_null() {
                return Self(None);
            }
            let before = ffi::PyGILState_Ensure();
            Self(Some((ffi::PyEval_SaveThread(), before)))
        }
    }
}

impl Drop for KeptState {
    fn drop(&mut self) {
        let Some((state, before)) = self.0 else { return };
        // SAFETY: the state is that of this thread, which ends here, and nobody holds the lock in its name. An interpreter
        // that has ended has freed it already.
        unsafe {
            if ffi::Py_IsInitialized() != 0 {
                ffi::PyEval_RestoreThread(state);
                ffi::PyGILState_Release(before);
            }
        }
    }
}

/// What one function is known to do when nobody else wants the lock.
#[derive(Default)]
pub struct Alone {
    /// How long a call sleeps, in nanoseconds plus one; 0 until that is known.
    sleeps: AtomicU64,
}

/// How the calls of one worker went.
#[derive(Default)]
pub struct Calls {
    last: Duration,
}

impl Calls {
    /// Makes a call with the lock held, and returns how long this thread waited for the lock.
    pub fn call<T: Send>(&mut self, alone: &Alone, call: impl FnOnce(Python<'_>) -> T + Send) -> (T, Duration) {
        KEPT.with(|_| {});
        let others = IN_CALLS.fetch_add(1, Relaxed);
        let queue = || QUEUE.with(|queue| queue.get_or_init(RunQueue::of_this_thread).waited());
        let measured = others > 0 && self.last >= LONG;
        let (cpu, queued) = (thread_cpu(), if measured { queue() } else { Duration::ZERO });
        let asked = Instant::now();
        let (done, begun, ended) = Python::attach(|py| {
            let begun = Instant::now();
            (call(py), begun, Instant::now())
        });
        let released = Instant::now();
        let cpu = thread_cpu().saturating_sub(cpu);
        let still_others = IN_CALLS.fetch_sub(1, Relaxed) > 1;
        self.last = ended - begun;
        let around = (begun - asked) + (released - ended);
        let slept = self.last.saturating_sub(cpu);
        if others == 0 && !still_others {
            alone.learn(slept);
            return (done, around);
        }
        if !measured {
            return (done, around);
        }
        let slept = slept.saturating_sub(queue().saturating_sub(queued)).saturating_sub(alone.sleeps());
        (done, around + if slept > NOISE { slept } else { Duration::ZERO })
    }
}

impl Alone {
    /// A call slept so long with nobody else about.
    fn learn(&self, slept: Duration) {
        let now = u64::try_from(slept.as_nanos()).unwrap_or(u64::MAX).saturating_add(1);
        let before = self.sleeps.load(Relaxed);
        // Follows slowly: a single call may have been disturbed.
        self.sleeps.store(if before == 0 { now } else { before - before / 8 + now / 8 }, Relaxed);
    }

    fn sleeps(&self) -> Duration {
        Duration::from_nanos(self.sleeps.load(Relaxed).saturating_sub(1))
    }
}
