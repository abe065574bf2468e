//! Whether a process gets on with its work, as far as the system can tell from outside: it is a frame further, or further in
//! a file that it reads or writes. One that computes, or that waits for a disk, may take ten times as long as one that does
//! nothing at all. Knows nothing of what the work is.

use std::fs::{read_dir, read_link, read_to_string};
use std::time::{Duration, Instant};

use procfs::process::Process;

use crate::host::machine::tree;
use crate::host::usage::cpu_of;

/// How often it looks, at most.
const PERIOD: Duration = Duration::from_secs(1);
/// How much slower the time counts of a process that computes or waits for a disk.
const BUSY: u32 = 10;
/// The part of a core that is more than a process takes that only waits.
const COMPUTES: f64 = 0.05;

/// What a process has done since it last got on.
pub(super) struct StallWatch {
    pid: u32,
    limit: Duration,
    looked: Instant,
    cpu: Duration,
    done: (u64, Vec<u64>),
    /// For how long it has not got on.
    without: Duration,
}

/// A process has not got on for too long.
pub(super) struct Stalled {
    /// Whether it could not, because a signal has stopped it.
    pub stopped: bool,
    /// How long that is.
    pub limit: Duration,
}

impl StallWatch {
    /// From now on this process may go so long without getting on.
    pub(super) fn new(pid: u32, limit: Duration) -> Self {
        Self { pid, limit, looked: Instant::now(), cpu: cpu(pid), done: (0, places(pid)), without: Duration::ZERO }
    }

    /// Looks at it, if that was not done a moment ago. `frames` are those that it has done.
    ///
    /// # Errors
    /// When it has not got on for too long.
    pub(super) fn look(&mut self, frames: u64) -> Result<(), Stalled> {
        let period = PERIOD.min(self.limit / 10);
        let passed = self.looked.elapsed();
        if passed < period {
            return Ok(());
        }
        let (cpu, done) = (cpu(self.pid), (frames, places(self.pid)));
        let computed = cpu.saturating_sub(self.cpu);
        (self.looked, self.cpu) = (Instant::now(), cpu);
        if done != self.done {
            (self.done, self.without) = (done, Duration::ZERO);
            return Ok(());
        }
        let busy = computed >= passed.mul_f64(COMPUTES) || has_thread(self.pid, 'D');
        // Whoever has not looked for longer was stopped as well, or the whole machine slept.
        self.without += passed.min(2 * period) / if busy { BUSY } else { 1 };
        if self.without < self.limit { Ok(()) } else { Err(self.stalled()) }
    }

    fn stalled(&self) -> Stalled {
        Stalled { stopped: has_thread(self.pid, 'T'), limit: self.limit }
    }
}

/// CPU time of a process and all that it has started.
fn cpu(pid: u32) -> Duration {
    tree(pid).into_iter().map(cpu_of).sum()
}

/// Where it is in each of the files that it has open.
fn places(pid: u32) -> Vec<u64> {
    let descriptors = read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    let place = |descriptor: std::fs::DirEntry| {
        let file = read_link(descriptor.path()).ok()?;
        // A pipe has no path, and in what the kernel tells it looks for itself again and again.
        if !file.has_root() || file.starts_with("/proc") {
            return None;
        }
        let number = descriptor.file_name().into_string().ok()?;
        let told = read_to_string(format!("/proc/{pid}/fdinfo/{number}")).ok()?;
        told.lines().next()?.strip_prefix("pos:")?.trim().parse().ok()
    };
    descriptors.filter_map(place).collect()
}

/// Whether one of its threads is in this state.
fn has_thread(pid: u32, state: char) -> bool {
    let tasks = i32::try_from(pid).ok().and_then(|pid| Process::new(pid).ok()?.tasks().ok());
    tasks.into_iter().flatten().flatten().any(|task| task.stat().is_ok_and(|stat| stat.state == state))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Child, Command, Stdio};
    use std::thread::sleep;

    const LIMIT: Duration = Duration::from_millis(200);

    /// Runs a script, and tells whether it stalled within so many times the limit.
    fn stalls(script: &str, times: u32) -> bool {
        let mut child = Command::new("sh").args(["-c", script]).stdin(Stdio::null()).spawn().expect("a process");
        let (since, mut watch) = (Instant::now(), StallWatch::new(child.id(), LIMIT));
        let mut stalled = false;
        while !stalled && since.elapsed() < LIMIT * times {
            sleep(LIMIT / 20);
            stalled = watch.look(0).is_err();
        }
        child.kill().and_then(|()| child.wait()).expect("it ends");
        stalled
    }

    #[test]
    fn who_does_nothing_stalls_who_computes_later_and_who_reads_never() {
        assert!(stalls("exec sleep 60", 20));
        assert!(!stalls("while :; do :; done", 3));
        assert!(stalls("while :; do :; done", 40));
        assert!(!stalls("while read -r line; do sleep 0.02; done < Cargo.lock", 6));
    }

    #[test]
    fn whoever_does_frames_gets_on() {
        let child: &mut Child = &mut Command::new("sleep").arg("60").spawn().expect("a process");
        let mut watch = StallWatch::new(child.id(), LIMIT);
        let on = (1..60).all(|frames| {
            sleep(LIMIT / 10);
            watch.look(frames).is_ok()
        });
        child.kill().and_then(|()| child.wait()).expect("it ends");
        assert!(on);
    }
}
