//! The threads that an encoder has of its own, and the CPU time they use: work of the sink stage that its own thread
//! does not do.
//!
//! New threads block the signals that the one blocks that starts them, and so do those that they start. So for as long
//! as the encoder is at work, this thread blocks a set of real-time signals that no other blocks, and those that block it,
//! too, are the encoder's. (Their names do not tell: some encoders give them others. Nobody here uses such signals.)
#![expect(unsafe_code, reason = "signal masks, and the CPU clock of another thread of this process, are C calls")]

use std::collections::BTreeMap;
use std::fs::{read_dir, read_to_string};
use std::mem::MaybeUninit;
use std::time::Duration;

/// Threads of an encoder.
pub(super) struct EncoderThreads {
    /// The real-time signals that they block.
    mark: u64,
    /// The CPU time each thread had used when it was last looked at, by the thread's number.
    threads: BTreeMap<i32, Duration>,
    /// How often the encoder was at work.
    works: u64,
}

impl EncoderThreads {
    /// For an encoder that has not been opened yet.
    pub(super) fn new() -> Self {
        let already = signals(libc::SIG_BLOCK, 0).unwrap_or(0);
        // Never none: who blocks no real-time signal is nobody's.
        let mark = ((fastrand::u64(..) | already) & real_time()) | 1 << (libc::SIGRTMAX() - 1);
        Self { mark, threads: BTreeMap::new(), works: 0 }
    }

    /// Lets the encoder work, which may start threads: most do when they are opened, some at the first frame, and a few
    /// later, when they know more.
    pub(super) fn while_working<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let before = signals(libc::SIG_BLOCK, self.mark);
        let done = work();
        before.map(|before| signals(libc::SIG_SETMASK, before));
        self.works += 1;
        // Looking takes the kernel a while, and threads come early.
        if self.works.is_power_of_two() {
            self.look();
        }
        done
    }

    /// Looks for threads that are new.
    pub(super) fn look(&mut self) {
        let Ok(threads) = read_dir("/proc/self/task") else { return };
        for thread in threads.flatten() {
            let number = thread.file_name().to_str().and_then(|number| number.parse().ok());
            if let Some(number) = number.filter(|number| !self.threads.contains_key(number))
                && blocked_by(&thread.path()).is_some_and(|blocked| blocked & real_time() == self.mark)
            {
                self.threads.insert(number, Duration::ZERO);
            }
        }
    }

    /// How many there are, or were.
    pub(super) fn count(&self) -> usize {
        self.threads.len()
    }

    /// CPU time they have used since this was last asked.
    pub(super) fn cpu(&mut self) -> Duration {
        self.threads.iter_mut().fold(Duration::ZERO, |sum, (thread, before)| {
            // A thread that is gone has used no more.
            let now = thread_cpu(*thread).unwrap_or(*before);
            sum + now.saturating_sub(std::mem::replace(before, now))
        })
    }
}

/// The real-time signals, a bit each: the first of all signals is the lowest.
fn real_time() -> u64 {
    (libc::SIGRTMIN()..=libc::SIGRTMAX()).fold(0, |bits, signal| bits | 1 << (signal - 1))
}

/// The signals that a thread blocks, by its folder in /proc.
fn blocked_by(thread: &std::path::Path) -> Option<u64> {
    let status = read_to_string(thread.join("status")).ok()?;
    let blocked = status.lines().find_map(|line| line.strip_prefix("SigBlk:"))?;
    u64::from_str_radix(blocked.trim(), 16).ok()
}

/// Changes which signals this thread blocks, and returns which it blocked before; none if the system does not let it.
fn signals(how: i32, signals: u64) -> Option<u64> {
    let (mut before, bytes) = (0_u64, size_of::<u64>());
    // The system call itself: its set is one number, as /proc shows it. (The C library's is a kilobit.)
    // SAFETY: changes the mask of this thread only, from a number and into a number of ours, which are as long as it is told.
    let done = unsafe { libc::syscall(libc::SYS_rt_sigprocmask, how, &raw const signals, &raw mut before, bytes) };
    (done == 0).then_some(before)
}

/// The CPU time that a thread of this process has used.
fn thread_cpu(thread: i32) -> Option<Duration> {
    // How Linux numbers the clocks of threads: the number of the thread upside down, and that it is a thread's (4) time
    // as the scheduler counts it (2).
    let clock = (!thread << 3) | 4 | 2;
    let mut time = MaybeUninit::<libc::timespec>::uninit();
    // SAFETY: writes one timespec, or fails: a number that is no thread of this process is refused.
    let time = unsafe {
        if libc::clock_gettime(clock, time.as_mut_ptr()) != 0 {
            return None;
        }
        time.assume_init()
    };
    Some(Duration::new(u64::try_from(time.tv_sec).ok()?, u32::try_from(time.tv_nsec).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::thread::set_name;
    use std::sync::mpsc::channel;

    fn burn(goal: Duration) {
        let mut sum = 0u64;
        while crate::host::usage::thread_cpu() < goal {
            sum = std::hint::black_box(sum + 1);
        }
    }

    /// A thread by another name, and one that it starts itself.
    #[test]
    fn work_of_threads_that_were_started_is_seen() {
        let before = signals(libc::SIG_BLOCK, 0);
        let mut threads = EncoderThreads::new();
        let ((go, gone), (ready, done)) = (channel::<()>(), channel::<()>());
        let thread = threads.while_working(|| {
            std::thread::spawn(move || {
                set_name(c"WorkerThread").unwrap();
                let inner = std::thread::spawn(move || {
                    burn(Duration::from_millis(20));
                    ready.send(()).unwrap();
                    let _ = gone.recv();
                });
                burn(Duration::from_millis(20));
                inner.join().unwrap();
            })
        });
        done.recv().unwrap();
        threads.look();
        while threads.cpu() < Duration::from_millis(1) {
            std::thread::yield_now();
        }
        drop(go);
        let counted = threads.count();
        thread.join().unwrap();
        assert_eq!((counted, signals(libc::SIG_BLOCK, 0)), (2, before));
    }

    #[test]
    fn nobody_else_is_counted() {
        let (go, gone) = channel::<()>();
        let other = std::thread::spawn(move || gone.recv());
        let mut threads = EncoderThreads::new();
        threads.while_working(|| ());
        threads.look();
        assert_eq!((threads.count(), threads.cpu()), (0, Duration::ZERO));
        drop(go);
        assert!(other.join().unwrap().is_err());
    }
}
