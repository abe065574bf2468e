//! Why a choice was made, in one sentence whose figures are those of the trials, or are said to be predictions.

use super::candidate::Candidate;
use crate::statistics::median;

/// Why one was chosen that was tried out, among others, over so many frames. `alone` is what the yardstick was
/// predicted to give.
pub(super) fn measured(tried: &[(&Candidate, &[f64])], won: usize, frames: u64, alone: Option<&Candidate>) -> String {
    let (winner, rates) = tried[won];
    let times = if rates.len() == 1 { "once".into() } else { format!("{} times", rates.len()) };
    let fps = median(rates);
    let mut why = format!("{winner}: {fps:.0} FPS over {frames} frames, {times}");
    let others = tried.iter().enumerate().filter(|(at, (_, rates))| *at != won && !rates.is_empty());
    let rival = others.max_by(|a, b| median(a.1.1).total_cmp(&median(b.1.1))).map(|(_, rival)| rival);
    if let Some((rival, rates)) = rival {
        let more = if median(rates) > fps { ", which is no sure gain for more threads" } else { "" };
        why += &format!(", against {:.0} of {rival}{more}", median(rates));
    }
    let was_tried = |name: &str| tried.iter().any(|(candidate, _)| candidate.strategy.name() == name);
    if let Some(alone) = alone.filter(|alone| !was_tried(alone.strategy.name())) {
        why += &format!("; predicted for {}: {:.0}", alone.strategy.name(), alone.predicted);
    }
    why
}

/// Why one was chosen that the simulation says is best, from a probe of so many frames: because there was no time for
/// more, or nobody else was in question.
pub(super) fn predicted(best: &Candidate, alone: Option<&Candidate>, frames: u64, no_time: bool) -> String {
    let mut why = format!("{best}: {:.0} FPS predicted from {frames} frames", best.predicted);
    if let Some(alone) = alone.filter(|alone| alone.strategy.name() != best.strategy.name()) {
        why += &format!(", against {:.0} of {}", alone.predicted, alone.strategy.name());
    }
    why + if no_time { "; the work is too short to try more out" } else { "; nothing else comes near" }
}
