//! Which queue drops frames, and how: one overflow policy for the queue that capture sends into, one for all others, and
//! what is said of queues by name.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::overflow::Overflow;

/// The overflow policies of a run's queues. Without any, every queue lets its senders wait.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policies {
    first: Overflow,
    others: Overflow,
    named: Vec<(String, Overflow)>,
}

impl Policies {
    /// The same for every queue.
    pub fn all(policy: Overflow) -> Self {
        Self { first: policy, others: policy, named: Vec::new() }
    }

    /// For sources that do not wait: the first queue gives up what is stale, before any work is spent on it.
    pub fn live() -> Self {
        Self::first(Overflow::DropOldest)
    }

    /// This one for the queue that capture sends into; all others block.
    pub fn first(first: Overflow) -> Self {
        Self { first, ..Self::default() }
    }

    /// The same, but this one for the queue of this name.
    #[must_use]
    pub fn with(mut self, queue: &str, policy: Overflow) -> Self {
        self.named.push((queue.to_owned(), policy));
        self
    }

    /// The policy of a queue, by its name in results.
    pub fn of(&self, queue: &str) -> Overflow {
        let named = self.named.iter().rfind(|(name, _)| name == queue).map(|(_, policy)| *policy);
        named.unwrap_or(if is_first(queue) { self.first } else { self.others })
    }

    /// Whether any queue may drop a frame.
    pub fn drop_frames(&self) -> bool {
        [self.first, self.others].into_iter().chain(self.named.iter().map(|(_, policy)| *policy)).any(Overflow::drops)
    }
}

/// Whether capture sends into the queue of this name.
fn is_first(queue: &str) -> bool {
    queue.starts_with("capture-") || queue.starts_with("before ")
}

impl fmt::Display for Policies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.first.fmt(f)?;
        if self.first != self.others {
            write!(f, " after capture, then {}", self.others)?;
        }
        self.named.iter().try_for_each(|(queue, policy)| write!(f, ", {queue} {policy}"))
    }
}
