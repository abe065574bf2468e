//! What limits a strategy, and what else was found, in words.

use super::layout::wrapped;
use crate::lab::report::StrategyReport;
use crate::lab::report::live::{balance, losses};

/// The verdict on a strategy, and where its frames went if not all of them arrived.
pub(super) fn verdict(strategy: &StrategyReport) -> String {
    let verdict = &strategy.verdict;
    let mut text = format!("{}: {}\n", strategy.name(), verdict.limit());
    text += &wrapped(&verdict.evidence, 4);
    text += &wrapped(&format!("next: {}", verdict.advice), 4);
    let ledger = &strategy.run.ledger;
    if ledger.dropped + ledger.failed + ledger.duplicate > 0 {
        text += &wrapped(&format!("frames: {}", balance(ledger)), 4);
    }
    if let Some(lost) = losses(ledger) {
        text += &wrapped(&format!("lost: {lost}"), 4);
    }
    text
}

/// What was found beside the verdict, a line each.
pub(super) fn others(strategy: &StrategyReport) -> String {
    strategy
        .findings
        .iter()
        .skip(1)
        .map(|finding| wrapped(&format!("also {}", finding.verdict.in_a_line()), 4))
        .collect()
}
