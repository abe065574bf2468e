//! What a batch tells: what happens as it happens, how each file ended, and what came of all.

use std::path::PathBuf;
use std::sync::Arc;

use super::converter::Progress;
use super::entry::Figures;
use super::inputs::LeftOut;
use super::plan::Task;
use super::schedule::Lanes;

/// What happens, as it happens.
pub enum Event<'a> {
    /// Files that are not tried.
    LeftOut(&'a LeftOut),
    /// So many files that dead attempts left behind were removed.
    Swept(usize),
    /// So many files are to be done, with so many frames if all of them say how many they have.
    Planned {
        /// Files.
        files: usize,
        /// Frames in all of them.
        frames: Option<u64>,
        /// How they are split.
        lanes: &'a Lanes,
    },
    /// It was found out what is quickest, and why.
    Chosen(&'a str),
    /// A file is begun.
    Began {
        /// Which.
        task: &'a Task,
        /// Frames it says it has.
        frames: Option<u64>,
        /// How long it says it plays, in seconds.
        plays: f64,
        /// To see how far it is.
        progress: &'a Arc<Progress>,
    },
    /// A file is ended, or needed no beginning.
    Ended(&'a Ended),
}

/// How a file ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is there, whole.
    Done,
    /// It was there already.
    Skipped,
    /// It could not be done.
    Failed(String),
    /// It could not be done before, and was not tried again.
    FailedBefore(String),
    /// It takes more memory than was left for it while others were in work; it will be done alone.
    Postponed,
    /// Another batch is at it.
    Elsewhere,
    /// There is no room for it.
    NoRoom(String),
    /// The batch was stopped.
    Stopped,
}

/// A file, at its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended {
    /// What was read.
    pub input: PathBuf,
    /// What was written, below the output folder.
    pub output: PathBuf,
    /// How it ended.
    pub outcome: Outcome,
    /// What was done.
    pub figures: Figures,
}

/// What came of a batch.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Every file that was dealt with, in the order they ended.
    pub ended: Vec<Ended>,
    /// Files that were not begun because the batch was stopped.
    pub left: usize,
    /// Lines of the ledger that were torn.
    pub torn: usize,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// The most memory that it took, in bytes, with all processes of its own.
    pub peak_memory: u64,
}

impl Outcome {
    /// Why it is not done, if something is wrong.
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Failed(why) | Self::FailedBefore(why) | Self::NoRoom(why) => Some(why),
            Self::Done | Self::Skipped | Self::Postponed | Self::Elsewhere | Self::Stopped => None,
        }
    }
}
