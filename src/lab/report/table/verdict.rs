//! What limits a strategy, and what else was found, in words.

use super::layout::wrapped;
use crate::lab::report::live::{balance, losses};
use crate::lab::report::{Finding, StrategyReport};

/// The verdict on a strategy, and where its frames went if not all of them arrived.
pub(super) fn verdict(strategy: &StrategyReport) -> String {
    let verdict = &strategy.verdict;
    let limit = if verdict.stage == "balanced" {
        "balanced".to_owned()
    } else {
        format!("{} limits it ({})", verdict.stage, verdict.kind)
    };
    let mut text = format!("{}: {limit}\n", strategy.name());
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
    let line = |finding: &Finding| {
        wrapped(&format!("also {}, {}: {}; {}", finding.stage, finding.kind, finding.evidence, finding.advice), 4)
    };
    strategy.findings.iter().skip(1).map(line).collect()
}
