//! Capture order, restored.
//!
//! The rule: a frame may leave when every frame before it has left or is known to be gone. What waits here is bounded
//! by the pool the frames' buffers come from, and the frame that is waited for always has a buffer. So this can neither
//! grow without bound nor wait for ever.
//!
//! A queue drops a frame before any later one of it leaves. So a stage that asks which numbers are gone when a later frame
//! has arrived learns of every gap before it.

use std::collections::BTreeMap;
use std::ops::Range;

/// Holds what came too early.
#[derive(Debug)]
pub struct Reorder<T> {
    next: u64,
    early: BTreeMap<u64, T>,
    /// Numbers that will never come, from and to.
    gone: BTreeMap<u64, u64>,
}

impl<T> Default for Reorder<T> {
    fn default() -> Self {
        Self { next: 0, early: BTreeMap::new(), gone: BTreeMap::new() }
    }
}

impl<T> Reorder<T> {
    /// Takes the item with this number; numbers begin at 0, without gaps but for those that are skipped.
    pub fn push(&mut self, number: u64, item: T) {
        self.early.insert(number, item);
    }

    /// Items with these numbers will never come.
    pub fn skip(&mut self, numbers: Range<u64>) {
        self.gone.insert(numbers.start, numbers.end);
    }

    /// The next item in order, if it is here.
    pub fn pop(&mut self) -> Option<T> {
        while let Some(gone) = self.gone.first_entry().filter(|gone| *gone.key() <= self.next) {
            self.next = self.next.max(gone.remove());
        }
        let item = self.early.remove(&self.next)?;
        self.next += 1;
        Some(item)
    }

    /// The number of the item that is waited for, while others wait behind it.
    pub fn missing(&self) -> Option<u64> {
        (!self.early.is_empty()).then_some(self.next)
    }
}
