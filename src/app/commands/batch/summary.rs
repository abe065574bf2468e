//! What came of a batch, beside its answer: what it took, and which files need a look.

use std::collections::BTreeMap;

use framerace::batch::{Ended, JOURNAL_FILE, Outcome, Summary};
use framerace::lab::report::counted;

use crate::app::results::batch_events::named;

/// Files that are named again at the end.
const MOST: usize = 10;

/// The stages that limited the files, in a line, for who wants all of them.
pub fn limits(summary: &Summary) -> String {
    let stages = bottlenecks(summary).into_iter().map(|(stage, share)| format!("{stage} {share:.0} % of the time"));
    let stages: Vec<_> = stages.collect();
    if stages.is_empty() { String::new() } else { format!("limited by {}\n", stages.join(", ")) }
}

/// The stages that limited the files, the worst first, with the percentage of the time that those files took.
pub fn bottlenecks(summary: &Summary) -> Vec<(&str, f64)> {
    let mut by_stage: BTreeMap<&str, f64> = BTreeMap::new();
    for figures in summary.ended.iter().map(|ended| &ended.figures) {
        if let Some(stage) = &figures.limited_by {
            *by_stage.entry(stage).or_default() += figures.seconds;
        }
    }
    let all: f64 = by_stage.values().sum();
    let mut stages: Vec<_> =
        by_stage.into_iter().map(|(stage, seconds)| (stage, 100.0 * seconds / all.max(1e-9))).collect();
    stages.sort_by(|a, b| b.1.total_cmp(&a.1));
    stages
}

/// What the user should look at, printed again at the end.
pub fn problems(summary: &Summary) -> Vec<String> {
    let mut lines = Vec::new();
    if summary.damaged_lines > 0 {
        lines.push(format!(
            "note: {} of the ledger could not be read and was passed over",
            counted(summary.damaged_lines, "line")
        ));
    }
    let all: Vec<_> = summary.ended.iter().filter_map(problem).collect();
    let more = all.len().saturating_sub(MOST);
    lines.extend(all.into_iter().take(MOST));
    if more > 0 {
        lines.push(format!("and {more} more; {JOURNAL_FILE} in the output folder has what failed"));
    }
    lines.extend(kept(summary));
    lines
}

fn problem(ended: &Ended) -> Option<String> {
    let (outcome, named) = (&ended.outcome, |why: &str| named(ended, why));
    if let Some(what) = outcome.damage() {
        return Some(format!("done, damaged: {}", named(what)));
    }
    if let Some(why) = outcome.why_not_now() {
        return Some(format!("not now: {}", named(why)));
    }
    if let Some(who) = outcome.elsewhere() {
        return Some(format!("left to another batch: {}", named(who)));
    }
    let again = matches!(outcome, Outcome::FailedBefore(_));
    let (when, retry) = if again { ("failed before", " (--retry tries it again)") } else { ("failed", "") };
    outcome.why().map(|why| format!("{when}: {}{retry}", named(why)))
}

/// What is kept because other options have made it, a line for all that the same have made.
fn kept(summary: &Summary) -> Vec<String> {
    let mut by_options: BTreeMap<&str, Vec<&Ended>> = BTreeMap::new();
    for ended in &summary.ended {
        if let Some(with) = ended.outcome.kept() {
            by_options.entry(with).or_default().push(ended);
        }
    }
    let line = |(with, files): (&str, Vec<&Ended>)| {
        let first = files.first().map(|ended| ended.output.display().to_string()).unwrap_or_default();
        let (more, them) = match files.len() {
            1 => (String::new(), "it"),
            several => (format!(" and {} more", several - 1), "them"),
        };
        format!("kept: {first}{more}, made with {with}; --redo replaces {them}")
    };
    by_options.into_iter().map(line).collect()
}
