//! How a race ended before its time, and which of its results still count.

use super::plan::Entry;
use crate::metrics::Run;

/// The turn in which a race ended before its time.
pub(super) struct Interruption {
    /// Whose turn it was.
    pub label: String,
    /// Which round, from 1; 0 is the warm-up.
    pub round: usize,
    /// Why the input was lost; none if the end was asked for.
    pub lost: Option<String>,
    /// The unfinished run, if it had delivered anything.
    pub run: Option<Run>,
}

impl Interruption {
    /// Whether the input was lost.
    pub fn is_loss(&self) -> bool {
        self.lost.is_some()
    }

    /// Leaves out every candidate without a complete turn if the input was lost, and returns the interruption in words. If
    /// nobody had a complete turn, the unfinished run counts.
    pub fn settle(mut self, entries: &mut [Entry], left_out: &mut Vec<(String, String)>) -> String {
        let told = self.told(entries);
        if let Some(run) = self.run.take().filter(|_| entries.iter().all(|entry| entry.runs.is_empty())) {
            let entry = entries.iter_mut().find(|entry| entry.candidate.label == self.label);
            entry.into_iter().for_each(|entry| entry.runs.push(run.clone()));
        }
        if self.is_loss() {
            let without = entries.iter().filter(|entry| entry.runs.is_empty());
            left_out.extend(without.map(|entry| (entry.candidate.label.clone(), "it had no whole turn".to_owned())));
        }
        told
    }

    /// `lost in round 2, in the turn of threads: …; whole turns: sequential 2, threads 1`.
    fn told(&self, entries: &[Entry]) -> String {
        let what = if self.is_loss() { "lost" } else { "interrupted" };
        let place = match self.round {
            0 => "the warm-up".to_owned(),
            round => format!("round {round}"),
        };
        let whole = entries.iter().filter(|entry| !entry.runs.is_empty());
        let whole: Vec<_> = whole.map(|entry| format!("{} {}", entry.candidate.label, entry.runs.len())).collect();
        let whole = if whole.is_empty() { "none".to_owned() } else { whole.join(", ") };
        let why = self.lost.iter().map(|why| format!("; {why}")).collect::<String>();
        format!("{what} in {place}, in the turn of {}; whole turns: {whole}{why}", self.label)
    }
}
