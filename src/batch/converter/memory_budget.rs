//! The memory of a batch: what this process and its converters take, and the bound on it. Looked at now and then
//! while files are in work; knows nothing of files.

use std::collections::HashMap;

use parking_lot::Mutex;

use crate::host::machine::{resident_memory, resident_memory_of_tree};

/// So much more than a fresh one a converter may keep from file to file, in bytes: code that has been used, heaps of
/// threads. One that keeps more is better replaced.
pub(super) const KEPT: u64 = 32 << 20;

/// What is taken, and what may be.
pub(super) struct Room {
    bound: Option<u64>,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    /// Bytes taken by each converter when it was last looked at.
    each: HashMap<u32, u64>,
    /// The most that all took together, with this process.
    peak: u64,
}

/// A converter takes too much.
pub(super) struct TooLarge {
    /// Bytes it takes.
    pub takes: u64,
    /// Bytes that are left for it.
    pub left: u64,
}

impl Room {
    /// At most `bound` bytes, if there is a bound.
    pub(super) fn new(bound: Option<u64>) -> Self {
        Self { bound, taken: Mutex::default() }
    }

    /// Looks at a converter.
    ///
    /// # Errors
    /// When all take too much together, and this one the most.
    pub(super) fn look(&self, pid: u32) -> Result<(), TooLarge> {
        let (takes, this) = (resident_memory_of_tree(pid), resident_memory(std::process::id()));
        let mut taken = self.taken.lock();
        taken.each.insert(pid, takes);
        let all = this + taken.each.values().sum::<u64>();
        taken.peak = taken.peak.max(all);
        let largest = taken.each.values().all(|other| *other <= takes);
        match self.bound {
            Some(bound) if all > bound && largest => Err(TooLarge { takes, left: bound.saturating_sub(all - takes) }),
            _ => Ok(()),
        }
    }

    /// Whether a converter that took `fresh` bytes at first, and has done something since, has given most of what it
    /// took back.
    pub(super) fn is_lean(&self, pid: u32, fresh: u64) -> bool {
        self.bound.is_none() || resident_memory_of_tree(pid) <= fresh + KEPT
    }

    /// A converter is no more.
    pub(super) fn gone(&self, pid: u32) {
        self.taken.lock().each.remove(&pid);
    }

    /// The most that was taken so far, in bytes.
    pub(super) fn peak(&self) -> u64 {
        self.taken.lock().peak
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
    fn the_largest_has_to_go_when_all_take_too_much() {
        let (mut small, this) = (sleeper(), resident_memory(std::process::id()));
        let room = Room::new(Some(this + (64 << 20)));
        assert!(room.look(small.id()).is_ok() && room.peak() > this);
        // Of this process it is known that it takes more than a sleeping one.
        let tight = Room::new(Some(1 << 20));
        let too_large = tight.look(std::process::id()).expect_err("more than a megabyte");
        assert!(too_large.takes >= this / 2 && too_large.left <= 1 << 20);
        assert!(tight.look(small.id()).is_ok(), "it is not the largest");
        tight.gone(std::process::id());
        assert!(tight.look(small.id()).is_err(), "now it is");
        small.kill().and_then(|()| small.wait()).expect("it ends");
        assert!(Room::new(None).look(small.id()).is_ok(), "what is gone takes nothing");
    }
}
