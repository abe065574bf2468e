//! What a race gave: plain data, for the reports.

use std::time::Duration;

use super::plan::Candidate;
use crate::metrics::Run;
use crate::source::{Preloaded, SourceInfo};

/// What the race gave.
pub struct Comparison {
    /// What the input is.
    pub source: SourceInfo,
    /// The runs of each candidate that took part.
    pub entries: Vec<Entry>,
    /// Names of those that could not run, and why.
    pub left_out: Vec<(String, String)>,
    /// Rounds that were run.
    pub rounds: usize,
    /// How long they took.
    pub took: Duration,
    /// Pairs next to each other in the ranking that more rounds would have to tell apart, unless their number was given.
    pub open: Vec<(String, String)>,
    /// Frames of a run, where a whole run of a long input would have left no time for rounds.
    pub frames_a_run: Option<u64>,
    /// The frames of the input, if they were read into memory.
    pub preloaded: Option<Preloaded>,
    /// Why it ended before its time, and which turns were complete; none if it did not.
    pub interruption: Option<String>,
    /// Whether it ended because the input was lost.
    pub lost: bool,
}

/// One candidate's runs, in the order they were made.
pub struct Entry {
    /// Who took part.
    pub candidate: Candidate,
    /// Its counted runs.
    pub runs: Vec<Run>,
}
