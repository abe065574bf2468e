//! The clocks that a thread of a stage reads: wall time, its own CPU time, and how long it was waiting for a CPU.
//!
//! Wall time comes from `Instant`, CPU time from the thread's own clock. Where the two differ, the thread slept or was
//! not given a core; the kernel's scheduler knows which. What the times are counted for is not known here.

use std::cell::OnceCell;
use std::time::{Duration, Instant};

use super::totals::Spent;
use crate::host::usage::{RunQueue, thread_cpu};

/// Reads the clocks of one thread, or nothing if clocks are off.
#[derive(Debug)]
pub(super) struct Stopwatch {
    on: bool,
    /// Opened by the first reading, because the thread that makes a stopwatch need not be the one that uses it.
    queue: OnceCell<RunQueue>,
}

/// What the clocks showed at one moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub wall: Instant,
    cpu: Duration,
    cpu_wait: Duration,
}

impl Stopwatch {
    pub(super) fn new(on: bool) -> Self {
        Self { on, queue: OnceCell::new() }
    }

    /// Reads all clocks; wall time only unless `detailed`.
    pub(super) fn read(&self, detailed: bool) -> Option<Moment> {
        // The scheduler's record is read last, see `read_times`.
        let moment = self.read_times(detailed)?;
        Some(Moment { cpu_wait: if detailed { self.cpu_wait() } else { Duration::ZERO }, ..moment })
    }

    /// Reads all clocks but the scheduler's, which costs most; wall time only unless `detailed`.
    pub(super) fn read_times(&self, detailed: bool) -> Option<Moment> {
        self.on.then(|| {
            // A thread mostly loses its core at a system call, and reading CPU time is one. So CPU time is read before wall
            // time, and the time waiting for a CPU after it: then a loss at this moment is in all three times or in none.
            let cpu = if detailed { thread_cpu() } else { Duration::ZERO };
            Moment { wall: Instant::now(), cpu, cpu_wait: Duration::ZERO }
        })
    }

    /// How long this thread has waited for a core in its life. The first call opens the scheduler's record.
    pub(super) fn cpu_wait(&self) -> Duration {
        self.queue.get_or_init(RunQueue::of_this_thread).waited()
    }
}

impl Moment {
    /// What was spent from then until a later moment, all of it at work.
    pub(super) fn until(&self, later: &Self) -> Spent {
        Spent {
            busy: later.wall.saturating_duration_since(self.wall),
            cpu: later.cpu.saturating_sub(self.cpu),
            cpu_wait: later.cpu_wait.saturating_sub(self.cpu_wait),
            ..Spent::default()
        }
    }
}
