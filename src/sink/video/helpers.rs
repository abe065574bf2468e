//! The threads that an encoder has of its own, and the CPU time they use: work of the deliver stage that its own thread
//! does not do.
//!
//! New threads take the name of the one that starts them. So for as long as the encoder may start some, this thread has
//! a name that no other has, and those that have it afterwards are the encoder's.
#![expect(unsafe_code, reason = "the CPU clock of another thread of this process is a C call")]

use std::ffi::CString;
use std::fs::{read_dir, read_to_string};
use std::mem::MaybeUninit;
use std::time::Duration;

use rustix::thread::{name, set_name};

/// Threads of an encoder.
#[derive(Default)]
pub(super) struct Helpers {
    /// The thread's number, and the CPU time it has used when it was last looked at.
    threads: Vec<(i32, Duration)>,
}

impl Helpers {
    /// Does something during which the encoder may start threads.
    pub(super) fn while_starting<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let mark = format!("enc-{:08x}", fastrand::u32(..));
        let before = name().ok();
        let marked = CString::new(mark.as_str()).is_ok_and(|mark| set_name(&mark).is_ok());
        let done = work();
        if let Some(before) = before.filter(|_| marked) {
            // It worked a moment ago.
            let _ = set_name(&before);
            self.threads.extend(named(&mark).into_iter().map(|thread| (thread, Duration::ZERO)));
        }
        done
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

/// Threads of this process by that name.
fn named(mark: &str) -> Vec<i32> {
    let Ok(threads) = read_dir("/proc/self/task") else { return Vec::new() };
    let of_name = |thread: std::io::Result<std::fs::DirEntry>| {
        let thread = thread.ok()?;
        let is_named = read_to_string(thread.path().join("comm")).is_ok_and(|comm| comm.trim_end() == mark);
        thread.file_name().to_str()?.parse().ok().filter(|_| is_named)
    };
    threads.filter_map(of_name).collect()
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
    use std::sync::mpsc::channel;

    #[test]
    fn work_of_threads_that_were_started_is_seen() {
        let mut helpers = Helpers::default();
        let ((go, gone), (ready, done)) = (channel::<()>(), channel::<()>());
        let thread = helpers.while_starting(|| {
            std::thread::spawn(move || {
                let mut sum = 0u64;
                while crate::measure::thread_cpu() < Duration::from_millis(20) {
                    sum = std::hint::black_box(sum + 1);
                }
                ready.send(()).unwrap();
                let _ = gone.recv();
            })
        });
        done.recv().unwrap();
        let (first, again) = (helpers.cpu(), helpers.cpu());
        drop(go);
        thread.join().unwrap();
        assert!(first >= Duration::from_millis(19) && again < first, "{first:?}, then {again:?}");
    }
}
