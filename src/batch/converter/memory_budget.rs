//! The memory budget of a batch: what this process and its converters use, and the limit on it. Checked again and again
//! while files are in work; knows nothing of files.

use std::collections::HashMap;

use parking_lot::Mutex;

use crate::host::machine::{resident_memory, resident_memory_of_tree};

/// Bytes that a converter may use more after a file than when it was new: code that has been loaded, heaps of threads.
/// One that keeps more is replaced.
pub(super) const KEPT: u64 = 32 << 20;

/// What is used, and what may be.
pub(super) struct MemoryBudget {
    limit: Option<u64>,
    used: Mutex<Used>,
}

#[derive(Default)]
struct Used {
    /// Bytes used by each converter when it was last checked.
    each: HashMap<u32, u64>,
    /// The most that all used together, with this process.
    peak: u64,
}

/// A converter uses too much.
pub(super) struct TooLarge {
    /// Bytes it uses.
    pub used: u64,
    /// Bytes that the others leave for it.
    pub left: u64,
}

impl MemoryBudget {
    /// At most `limit` bytes, if there is a limit.
    pub(super) fn new(limit: Option<u64>) -> Self {
        Self { limit, used: Mutex::default() }
    }

    /// Checks a converter.
    ///
    /// # Errors
    /// When all together use too much, and this one the most.
    pub(super) fn check(&self, pid: u32) -> Result<(), TooLarge> {
        let (used, this) = (resident_memory_of_tree(pid), resident_memory(std::process::id()));
        let mut all = self.used.lock();
        all.each.insert(pid, used);
        let sum = this + all.each.values().sum::<u64>();
        all.peak = all.peak.max(sum);
        let largest = all.each.values().all(|other| *other <= used);
        match self.limit {
            Some(limit) if sum > limit && largest => Err(TooLarge { used, left: limit.saturating_sub(sum - used) }),
            _ => Ok(()),
        }
    }

    /// Whether a converter that used `fresh` bytes when it was new has given back most of what it used since.
    pub(super) fn is_reusable(&self, pid: u32, fresh: u64) -> bool {
        self.limit.is_none() || resident_memory_of_tree(pid) <= fresh + KEPT
    }

    /// A converter has ended.
    pub(super) fn remove(&self, pid: u32) {
        self.used.lock().each.remove(&pid);
    }

    /// The most that was used so far, in bytes.
    pub(super) fn peak(&self) -> u64 {
        self.used.lock().peak
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Child, Command, Stdio};

    fn sleeper() -> Child {
        Command::new("sleep").arg("60").stdin(Stdio::null()).spawn().expect("a process")
    }

    #[test]
    fn the_largest_is_refused_when_all_use_too_much() {
        let (mut small, this) = (sleeper(), resident_memory(std::process::id()));
        let budget = MemoryBudget::new(Some(this + (64 << 20)));
        assert!(budget.check(small.id()).is_ok() && budget.peak() > this);
        // This process certainly uses more than a sleeping one.
        let tight = MemoryBudget::new(Some(1 << 20));
        let too_large = tight.check(std::process::id()).expect_err("more than a megabyte");
        assert!(too_large.used >= this / 2 && too_large.left <= 1 << 20);
        assert!(tight.check(small.id()).is_ok(), "it is not the largest");
        tight.remove(std::process::id());
        assert!(tight.check(small.id()).is_err(), "now it is");
        small.kill().and_then(|()| small.wait()).expect("it ends");
        assert!(MemoryBudget::new(None).check(small.id()).is_ok(), "a process that has ended uses nothing");
    }
}
