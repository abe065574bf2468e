//! Why a choice was made, in one sentence whose figures are those of the trials, or are said to be predictions. Its
//! clauses stand between semicolons, and each fits a line of a terminal.

use super::candidate::Candidate;
use crate::statistics::median;

/// Why a candidate was chosen that won trials of `frames` frames. `alone` is the single-threaded candidate, with what
/// was predicted for it.
pub(super) fn measured(tried: &[(&Candidate, &[f64])], won: usize, frames: u64, alone: Option<&Candidate>) -> String {
    let (winner, rates) = tried[won];
    let times = if rates.len() == 1 { String::new() } else { format!("{} × ", rates.len()) };
    let fps = median(rates);
    let mut why = format!("{winner}: {fps:.0} FPS in {times}{frames} frames");
    let others = tried.iter().enumerate().filter(|(at, (_, rates))| *at != won && !rates.is_empty());
    let rival = others.max_by(|a, b| median(a.1.1).total_cmp(&median(b.1.1))).map(|(_, rival)| rival);
    if let Some((rival, rates)) = rival {
        let more = if median(rates) > fps { ", hardly more" } else { "" };
        why += &format!("; against {:.0} of {rival}{more}", median(rates));
    }
    let was_tried = |one: &Candidate| tried.iter().any(|(other, _)| other.to_string() == one.to_string());
    if let Some(alone) = alone.filter(|alone| !was_tried(alone)) {
        why += &format!("; predicted for {alone}: {:.0}", alone.predicted);
    }
    why
}

/// Why a candidate was chosen by prediction, from a probe of `frames` frames: there was no time for trials, or no other
/// candidate came near.
pub(super) fn predicted(best: &Candidate, alone: Option<&Candidate>, frames: u64, no_time: bool) -> String {
    let mut why = format!("{best}: {:.0} FPS predicted", best.predicted);
    if let Some(alone) = alone.filter(|alone| alone.to_string() != best.to_string()) {
        why += &format!("; against {:.0} of {alone}", alone.predicted);
    }
    let because = if no_time { "as the work is too short for trials" } else { "and nothing else comes near" };
    format!("{why}; the prediction is from {frames} frames, {because}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::find;

    fn candidate(name: &str, workers: usize, predicted: f64) -> Candidate {
        let strategy = find(name).expect("a strategy");
        Candidate { strategy, workers, decode_threads: 1, predicted }
    }

    #[test]
    fn the_figures_are_those_of_the_trials() {
        let (alone, two, three) =
            (candidate("sequential", 1, 154.4), candidate("threads", 2, 290.0), candidate("threads", 3, 290.0));
        let tried: &[(&Candidate, &[f64])] = &[(&two, &[292.0, 294.0]), (&three, &[296.0, 294.0])];
        assert_eq!(
            measured(tried, 0, 120, Some(&alone)),
            "threads with 2 workers and 1 decoder thread: 293 FPS in 2 × 120 frames; against 295 of threads with \
             3 workers and 1 decoder thread, hardly more; predicted for sequential with 1 decoder thread: 154"
        );
        let tried: &[(&Candidate, &[f64])] = &[(&alone, &[150.0]), (&two, &[292.0])];
        assert_eq!(
            measured(tried, 1, 120, Some(&alone)),
            "threads with 2 workers and 1 decoder thread: 292 FPS in 120 frames; against 150 of sequential with \
             1 decoder thread"
        );
    }

    #[test]
    fn predictions_are_called_predictions() {
        let (alone, two) = (candidate("sequential", 1, 154.4), candidate("threads", 2, 290.0));
        assert_eq!(
            predicted(&two, Some(&alone), 24, true),
            "threads with 2 workers and 1 decoder thread: 290 FPS predicted; against 154 of sequential with 1 decoder \
             thread; the prediction is from 24 frames, as the work is too short for trials"
        );
        assert!(predicted(&alone, Some(&alone), 24, false).ends_with("from 24 frames, and nothing else comes near"));
    }

    #[test]
    fn every_clause_fits_a_line() {
        let (one, other) = (candidate("threads", 16, 1290.0), candidate("threads", 32, 1295.0));
        let tried: &[(&Candidate, &[f64])] = &[(&one, &[1290.0; 7]), (&other, &[1295.0; 7])];
        let whole = measured(tried, 0, 120, Some(&candidate("sequential", 1, 1000.0)));
        let short = predicted(&one, Some(&candidate("sequential", 1, 1000.0)), 48, true);
        let whole = whole + "; " + &short;
        assert!(whole.split("; ").all(|clause| "auto: ".len() + clause.chars().count() <= 80), "{whole}");
    }
}
