//! What a queue does with a frame for which it has no room. Only names and their meaning: the queue carries it out.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::near_miss::unknown;

/// What happens when a frame comes to a queue that is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Overflow {
    /// The sender waits for room. Nothing is lost.
    #[default]
    Block,
    /// The frame that comes is dropped: what waits is done first.
    DropNewest,
    /// The frame that has waited longest is dropped: what is done is fresh.
    DropOldest,
}

impl Overflow {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Block, Self::DropNewest, Self::DropOldest];

    /// Its name on the command line and in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::DropNewest => "drop-newest",
            Self::DropOldest => "drop-oldest",
        }
    }

    /// Whether it drops frames rather than let a sender wait.
    pub fn drops(self) -> bool {
        self != Self::Block
    }
}

impl fmt::Display for Overflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Overflow {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|policy| policy.name() == text)
            .ok_or_else(|| unknown("policy", text, Self::ALL.map(Self::name), ""))
    }
}
