//! What the whole process tree used: CPU seconds, memory (PSS: shared pages counted once, shared out), page faults,
//! context switches.
//!
//! Read from the kernel: the process clock and `getrusage` for ourselves and for children that have ended, `/proc` for
//! worker processes that are still there.
#![expect(unsafe_code, reason = "getrusage is a C function")]

use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::time::Duration;

use procfs::process::Process;
use rustix::fs::{Mode, OFlags, open};
use rustix::io::pread;
use rustix::time::{ClockId, clock_gettime};

/// CPU time the calling thread has used.
pub fn thread_cpu() -> Duration {
    cpu_clock(ClockId::ThreadCPUTime)
}

/// The scheduler's record of one thread.
#[derive(Debug)]
pub struct RunQueue(Option<OwnedFd>);

impl RunQueue {
    /// The record of the calling thread. Where the kernel keeps none, every wait reads as zero.
    pub fn of_this_thread() -> Self {
        Self(open("/proc/thread-self/schedstat", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).ok())
    }

    /// How long the thread has been ready to run and waiting for a CPU.
    pub fn waited(&self) -> Duration {
        let mut text = [0; 64];
        let length = self.0.as_ref().and_then(|record| pread(record, &mut text, 0).ok()).unwrap_or(0);
        // Nanoseconds on a core, nanoseconds waiting for one, times it was given one.
        let fields = std::str::from_utf8(&text[..length]).unwrap_or("");
        Duration::from_nanos(fields.split(' ').nth(1).and_then(|ns| ns.parse().ok()).unwrap_or(0))
    }
}

fn cpu_clock(id: ClockId) -> Duration {
    let time = clock_gettime(id);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// What this process and its workers used up to one moment.
#[derive(Clone, Copy, Debug, Default)]
pub struct Resources {
    /// CPU time since each of them began.
    pub cpu: Duration,
    /// The part of it that was spent in the kernel.
    pub system: Duration,
    /// Page faults that needed no disk, since each of them began.
    pub minor_faults: u64,
    /// How often one of their threads gave up its core, or had to, since each of them began.
    pub context_switches: u64,
}

impl Resources {
    /// Reads the use of this process, of `workers`, and of children that have ended and were waited for, so that nothing is
    /// lost when a worker ends between two readings. What cannot be read counts as nothing.
    pub fn now(workers: &[u32]) -> Self {
        // The process clock counts nanoseconds, getrusage microseconds.
        let myself = Self { cpu: cpu_clock(ClockId::ProcessCPUTime), ..usage(libc::RUSAGE_SELF) };
        let known = [myself, usage(libc::RUSAGE_CHILDREN)].into_iter().chain(workers.iter().map(|&pid| worker(pid)));
        known.fold(Self::default(), |sum, one| Self {
            cpu: sum.cpu + one.cpu,
            system: sum.system + one.system,
            minor_faults: sum.minor_faults + one.minor_faults,
            context_switches: sum.context_switches + one.context_switches,
        })
    }

    /// What was used since an earlier moment.
    pub fn since(&self, earlier: &Resources) -> Resources {
        Resources {
            cpu: self.cpu.saturating_sub(earlier.cpu),
            system: self.system.saturating_sub(earlier.system),
            minor_faults: self.minor_faults.saturating_sub(earlier.minor_faults),
            context_switches: self.context_switches.saturating_sub(earlier.context_switches),
        }
    }
}

/// What `who` used: this process with its threads, or its children that have ended and were waited for.
fn usage(who: libc::c_int) -> Resources {
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: getrusage writes one `rusage` and there is room for one. It is made of numbers, so zeros are one too:
    // what stays if the call should fail.
    let usage = unsafe {
        libc::getrusage(who, usage.as_mut_ptr());
        usage.assume_init()
    };
    let number = |n: i64| u64::try_from(n).unwrap_or(0);
    let time = |t: libc::timeval| Duration::from_secs(number(t.tv_sec)) + Duration::from_micros(number(t.tv_usec));
    Resources {
        cpu: time(usage.ru_utime) + time(usage.ru_stime),
        system: time(usage.ru_stime),
        minor_faults: number(usage.ru_minflt),
        context_switches: number(usage.ru_nvcsw) + number(usage.ru_nivcsw),
    }
}

/// What a worker process that has not been waited for used.
fn worker(pid: u32) -> Resources {
    let process = process(pid).ok();
    let (minor_faults, ticks) = process.as_ref().and_then(|p| p.stat().ok()).map_or((0, 0), |s| (s.minflt, s.stime));
    let system = Duration::from_secs_f64(ticks as f64 / procfs::ticks_per_second() as f64);
    Resources { cpu: cpu_of(pid), system, minor_faults, context_switches: process.map_or(0, |p| switches(&p)) }
}

fn process(pid: u32) -> procfs::ProcResult<Process> {
    Process::new(i32::try_from(pid).unwrap_or(-1))
}

/// CPU time of all threads of a process that has not been waited for; nothing if there is none.
pub(crate) fn cpu_of(pid: u32) -> Duration {
    let Ok(pid) = libc::pid_t::try_from(pid) else { return Duration::ZERO };
    let mut time = MaybeUninit::<libc::timespec>::zeroed();
    // SAFETY: both calls write one value each, for which there is room; a timespec of zeros is one, too.
    let time = unsafe {
        let mut clock = 0;
        if libc::clock_getcpuclockid(pid, &raw mut clock) == 0 {
            libc::clock_gettime(clock, time.as_mut_ptr());
        }
        time.assume_init()
    };
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Context switches of all threads of a process.
fn switches(process: &Process) -> u64 {
    let tasks = process.tasks().into_iter().flatten();
    let of_one = |status: procfs::process::Status| {
        status.voluntary_ctxt_switches.unwrap_or(0) + status.nonvoluntary_ctxt_switches.unwrap_or(0)
    };
    tasks.filter_map(|task| task.ok()?.status().ok()).map(of_one).sum()
}

/// Memory of processes, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// The sum of their proportional set sizes (PSS): what they share counts once.
    pub pss: u64,
    /// The sum of their resident set sizes (RSS): what they share counts for each of them.
    pub rss: u64,
}

/// Memory of this process and `workers`. None where the kernel does not tell.
pub fn memory(workers: &[u32]) -> Option<Memory> {
    let mut sum = memory_of(Process::myself())?;
    for &pid in workers {
        // A worker may be gone between two looks; then it holds nothing.
        let worker = memory_of(process(pid)).unwrap_or_default();
        sum = Memory { pss: sum.pss + worker.pss, rss: sum.rss + worker.rss };
    }
    Some(sum)
}

fn memory_of(process: procfs::ProcResult<Process>) -> Option<Memory> {
    let rollup = process.ok()?.smaps_rollup().ok()?;
    let of = |name: &str| rollup.memory_map_rollup.iter().find_map(|map| map.extension.map.get(name).copied());
    Some(Memory { pss: of("Pss")?, rss: of("Rss")? })
}
