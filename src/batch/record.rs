//! What a journal says about one output, from the lines about it in their order.

use super::entry::{Entry, State};

/// What the journal says about an output.
#[derive(Clone, Debug, Default)]
pub(super) struct Record {
    /// The latest attempt that succeeded or failed.
    pub last: Option<Entry>,
    /// Attempts that have begun and not ended, in the order of the journal.
    pub open: Vec<Entry>,
    /// What may have this name: what the latest attempt made that succeeded, and what later ones had made and were about
    /// to put there.
    pub made: Vec<Entry>,
}

impl Record {
    /// Entries that say the same of it: those that are over without their states.
    pub(super) fn entries(&self) -> impl Iterator<Item = Entry> {
        let over = |made: &Entry| Entry { state: State::Stopped, ..made.clone() };
        self.last.iter().cloned().chain(self.made.iter().map(over)).chain(self.open.iter().cloned())
    }

    /// Takes the next line about it. With `keep_made`, where lines of several journals come in no order, all that was ever
    /// made may have its name.
    pub(super) fn take(&mut self, entry: Entry, keep_made: bool) {
        if let (State::Done | State::Damaged, false) = (entry.state, keep_made) {
            self.made.clear();
        }
        if entry.result.output_identity.is_some() {
            self.made.push(entry.clone());
        }
        let open = self.open.iter_mut().find(|open| open.attempt == entry.attempt);
        match (entry.state, open) {
            // It keeps its place in the order.
            (State::Begun | State::Made, Some(open)) => *open = entry,
            (State::Begun | State::Made, None) => self.open.push(entry),
            _ => self.end(entry),
        }
    }

    fn end(&mut self, entry: Entry) {
        self.open.retain(|open| open.attempt != entry.attempt);
        match entry.state {
            State::Done | State::Damaged | State::Failed => self.last = Some(entry),
            State::Begun | State::Made | State::Stopped => {}
        }
    }
}
