//! What a batch reports: events while it runs, the outcome of each file, and a summary at the end.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::converter::Progress;
use super::figures::Figures;
use super::inputs::LeftOut;
use super::plan::Task;
use super::schedule::Schedule;

/// An event while a batch runs.
pub enum Event<'a> {
    /// Files that are not tried.
    LeftOut(&'a LeftOut),
    /// Temporary files of interrupted attempts were removed: how many.
    RemovedStale(usize),
    /// The journal was gone, and has been written again.
    JournalRestored,
    /// The files to convert are known.
    Planned {
        /// How many files.
        files: usize,
        /// Frames in all of them, if every file has a known length.
        frames: Option<u64>,
        /// How they are split.
        schedule: &'a Schedule,
    },
    /// A calibration has chosen a strategy: which, and why.
    Chosen(&'a str),
    /// The conversion of a file has begun.
    Began {
        /// Its task.
        task: &'a Task,
        /// Its frames, if known.
        frames: Option<u64>,
        /// Its playing time, in seconds.
        plays: f64,
        /// Its progress, which can be read at any time.
        progress: &'a Arc<Progress>,
    },
    /// Something outside ended the process that did a file, and another one begins anew.
    Again {
        /// The file.
        input: &'a Path,
        /// How it ended.
        why: &'a str,
    },
    /// A file has its outcome, with or without a conversion.
    Ended(&'a Ended),
}

/// The outcome of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The output is complete.
    Done,
    /// The output has all that could be read, but the input is damaged: what.
    Damaged(String),
    /// The output was complete already.
    Skipped,
    /// The output is complete, but other options have made it, which these are; it is not replaced.
    Kept(String),
    /// It could not be converted: why.
    Failed(String),
    /// It failed in an earlier run and was not tried again: why it failed.
    FailedBefore(String),
    /// It takes more memory than was left beside the other slots; it will be converted alone.
    Postponed,
    /// There were too few processes or there was too little memory for it: the error. The next run tries it again.
    NotNow(String),
    /// Another batch has it: who, and for how long.
    Elsewhere(String),
    /// The disk is full: the error.
    DiskFull(String),
    /// The batch was stopped.
    Stopped,
}

/// A file and its outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended {
    /// The input.
    pub input: PathBuf,
    /// The output, relative to the output folder.
    pub output: PathBuf,
    /// The outcome.
    pub outcome: Outcome,
    /// The figures of its conversion.
    pub figures: Figures,
}

/// The result of a batch.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Every file that has an outcome, in the order they ended.
    pub ended: Vec<Ended>,
    /// Files that were not begun because the batch was stopped.
    pub left: usize,
    /// Damaged lines of the journal, which were skipped.
    pub damaged_lines: usize,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// The most memory that it took at any time with all its processes, in bytes.
    pub peak_memory: u64,
}

impl Summary {
    /// Files with such an outcome.
    pub fn count(&self, test: impl Fn(&Outcome) -> bool) -> usize {
        self.ended.iter().filter(|ended| test(&ended.outcome)).count()
    }

    /// The figures of the files that were done in this run.
    pub fn done(&self) -> impl Iterator<Item = &Figures> {
        self.ended.iter().filter(|ended| ended.figures.frames_out > 0).map(|ended| &ended.figures)
    }

    /// Frames written.
    pub fn frames(&self) -> u64 {
        self.done().map(|figures| figures.frames_out).sum()
    }

    /// Playing time of what was written, in seconds.
    pub fn plays(&self) -> f64 {
        self.done().map(|figures| figures.duration_out_s).sum()
    }
}

impl Outcome {
    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Damaged(_) => "damaged",
            Self::Skipped => "skipped",
            Self::Kept(_) => "kept",
            Self::Failed(_) => "failed",
            Self::FailedBefore(_) => "failed-before",
            Self::Postponed => "postponed",
            Self::NotNow(_) => "not-now",
            Self::Elsewhere(_) => "elsewhere",
            Self::DiskFull(_) => "disk-full",
            Self::Stopped => "stopped",
        }
    }

    /// What there is to say about it, if anything is.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Damaged(why)
            | Self::Kept(why)
            | Self::Failed(why)
            | Self::FailedBefore(why)
            | Self::NotNow(why)
            | Self::Elsewhere(why)
            | Self::DiskFull(why) => Some(why),
            Self::Done | Self::Skipped | Self::Postponed | Self::Stopped => None,
        }
    }

    /// What is damaged in the input, if the output has the rest.
    pub fn damage(&self) -> Option<&str> {
        if let Self::Damaged(what) = self { Some(what) } else { None }
    }

    /// The error, if it is a failure.
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Failed(why) | Self::FailedBefore(why) | Self::DiskFull(why) => Some(why),
            _ => None,
        }
    }

    /// The options that have made the output, if it is kept because these are others.
    pub fn kept(&self) -> Option<&str> {
        if let Self::Kept(with) = self { Some(with) } else { None }
    }

    /// The error, if it may succeed later.
    pub fn why_not_now(&self) -> Option<&str> {
        if let Self::NotNow(why) = self { Some(why) } else { None }
    }

    /// Who has it and for how long, if another batch has.
    pub fn elsewhere(&self) -> Option<&str> {
        if let Self::Elsewhere(who) = self { Some(who) } else { None }
    }
}
