//! What a worker process may still do once its sandbox is closed. Plain data.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What a worker process may do. By default it reads no file, has no network, and is restricted before its first frame:
/// all that built-in filters need. An interpreter, which loads its library while it runs, needs more.
///
/// Under every policy a worker can neither change files, nor start programs, nor reach into other processes: it can make the
/// system calls on a list and no others. It can share no more memory, and unless it may read files, make no code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Files, and folders with all that is in them, that it may read. Where the kernel has no Landlock it may then read
    /// every file.
    pub readable: Vec<PathBuf>,
    /// Whether it may use the network: sockets of IPv4 and IPv6. Those of this machine have other programs behind them.
    pub network: bool,
    /// From when on it is restricted.
    pub closes: Closes,
}

/// When a sandbox is closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Closes {
    /// When the filters exist and no frame has reached them.
    #[default]
    BeforeFirstFrame,
    /// When the filters have done one frame: for filters that load at first use what they need. Threads that exist by then
    /// are restricted by seccomp only, where Landlock cannot reach them (before Linux 7.0).
    AfterFirstFrame,
    /// Never: a worker may do what the user may.
    Never,
}

/// How far worker processes are locked in, as a user asks for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Level {
    /// Not at all.
    Off,
    /// As the policy of the program says, and what the filters of the chain say that they read as they work may be read.
    #[default]
    Files,
    /// As the policy of the program says, whatever the filters say.
    Strict,
}

impl Policy {
    /// The policy for filters that read these files and folders as they work.
    #[must_use]
    pub fn at(&self, level: Level, readable: impl IntoIterator<Item = PathBuf>) -> Self {
        let mut policy = self.clone();
        match level {
            Level::Off => policy.closes = Closes::Never,
            Level::Files => policy.readable.extend(readable),
            Level::Strict => {}
        }
        policy
    }
}
