//! A live source that was lost while it was read: told apart from all other errors, so that whoever reads it can open it
//! anew.

use std::time::Duration;

/// Why a live source gives no more frames. In words only why: who tells of it names the source and counts its frames.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    /// The device is gone.
    #[error("unplugged")]
    Unplugged {
        /// Frames it had given.
        frames: u64,
    },
    /// It is still there, but nothing has come for so long.
    #[error("nothing came for {} s", waited.as_secs())]
    Stalled {
        /// Frames it had given.
        frames: u64,
        /// How long it was waited for.
        waited: Duration,
    },
    /// Reading failed for another reason.
    #[error("{reason}")]
    Failed {
        /// Frames it had given.
        frames: u64,
        /// What the system or the library says.
        reason: String,
    },
}
