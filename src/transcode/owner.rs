//! A process, told apart from all others on all machines and at all times, as text within names and lines. Knows nothing of
//! files.

use std::fs;

use xxhash_rust::xxh3::xxh3_64;

/// A process, told apart from all others on all machines and at all times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    pub(super) place: String,
    pid: u32,
    start: u64,
}

impl Owner {
    /// This process.
    pub fn this() -> Self {
        let pid = std::process::id();
        Self { place: place(), pid, start: start_of(pid).unwrap_or(0) }
    }

    /// Its process number, which means something in its own place only.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Whether it lives, when that can be seen from here.
    pub fn lives(&self) -> Option<bool> {
        (self.place == Self::this().place).then(|| start_of(self.pid) == Some(self.start))
    }

    /// Reads `PLACE-PID-START`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '-');
        let place = parts.next().filter(|place| !place.is_empty())?.to_owned();
        Some(Self { place, pid: parts.next()?.parse().ok()?, start: parts.next()?.parse().ok()? })
    }
}

impl std::fmt::Display for Owner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}-{}", self.place, self.pid, self.start)
    }
}

/// This boot of this machine, and this process namespace.
fn place() -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let namespace = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    format!("{:016x}", xxh3_64(&[boot.trim().as_bytes(), namespace.as_os_str().as_encoded_bytes()].concat()))
}

/// When a process began, in clock ticks since boot; none when there is no such process, or only what is left of it.
fn start_of(pid: u32) -> Option<u64> {
    let stat = procfs::process::Process::new(i32::try_from(pid).ok()?).and_then(|process| process.stat()).ok()?;
    (!matches!(stat.state, 'Z' | 'X')).then_some(stat.starttime)
}
