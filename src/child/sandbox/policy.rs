//! What a worker process may still do once its sandbox is closed. Plain data.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What a worker process may do. By default it reads no file, has no network, and is restricted before its first frame:
/// all that built-in filters need. An interpreter, which loads its library while it runs, needs more.
///
/// Under every policy a worker can neither change files, nor start programs, nor reach into other processes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Files, and folders with all that is in them, that it may read. Where the kernel has no Landlock it may then read
    /// every file.
    pub readable: Vec<PathBuf>,
    /// Whether it may use the network.
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
    /// When the filters have done one frame: for filters that load at first use what they need.
    AfterFirstFrame,
}
