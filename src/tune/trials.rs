//! Trials: short runs of the candidates over the same first frames, in rounds, until one stays or the time is over.
//! Who falls behind is out; of those that stay level the lightest wins. It knows nothing of how a trial is made.

use std::time::{Duration, Instant};

use crate::statistics::{SHOWN, median, ratio};

/// How a candidate did, round by round: frames a second.
pub(super) type Rates = Vec<f64>;

/// Rounds after which nothing new is to be learned.
const MOST_ROUNDS: usize = 7;
/// What a candidate may be behind the best after one round, two, and more, to stay in.
const MAY_BE_BEHIND: [f64; 3] = [0.15, 0.08, 0.05];
/// A heavier candidate must be faster by this to be chosen, after one round, two, and more: one round is soon wrong.
const LEVEL: [f64; 3] = [0.08, 0.04, 0.02];

/// Runs rounds of trials of `count` candidates, the lightest first, for as long as `time` allows. A trial that fails
/// takes its candidate out. The rates of each; none of a candidate is longer than that of the winner.
pub(super) fn rounds(count: usize, time: Duration, mut trial: impl FnMut(usize) -> Option<f64>) -> Vec<Rates> {
    let (begin, mut longest) = (Instant::now(), Duration::ZERO);
    let mut rates = vec![Rates::new(); count];
    let mut left: Vec<usize> = (0..count).collect();
    for round in 0..MOST_ROUNDS {
        let since = Instant::now();
        if round > 0 && (left.len() < 2 || begin.elapsed() + longest > time) {
            break;
        }
        // Every second round the other way round, so that none always has the same neighbor.
        if round % 2 == 1 {
            left.reverse();
        }
        left.retain(|at| trial(*at).map(|fps| rates[*at].push(fps)).is_some());
        left.sort_unstable();
        drop_who_is_behind(&mut left, &rates);
        longest = longest.max(since.elapsed());
    }
    rates
}

fn drop_who_is_behind(left: &mut Vec<usize>, rates: &[Rates]) {
    let best = left.iter().map(|at| median(&rates[*at])).fold(0.0, f64::max);
    let rounds = left.iter().map(|at| rates[*at].len()).max().unwrap_or(0);
    let Some(behind) = MAY_BE_BEHIND.get(rounds.saturating_sub(1)).or(MAY_BE_BEHIND.last()) else { return };
    left.retain(|at| median(&rates[*at]) >= best * (1.0 - behind));
}

/// Who of the candidates wins, the lightest first: the lightest of those that stayed in to the end and are level with
/// the fastest of them. None if no trial came to its end.
pub(super) fn winner(rates: &[Rates]) -> Option<usize> {
    let rounds = rates.iter().map(Vec::len).max().filter(|rounds| *rounds > 0)?;
    let stayed = || (0..rates.len()).filter(|at| rates[*at].len() == rounds);
    let fastest = stayed().max_by(|a, b| median(&rates[*a]).total_cmp(&median(&rates[*b])))?;
    let level = LEVEL[rounds.min(LEVEL.len()) - 1];
    stayed().find(|at| share(&rates[*at], &rates[fastest]) >= 1.0 - level)
}

/// What one reached of what the other reached in the same rounds.
fn share(one: &[f64], other: &[f64]) -> f64 {
    let whole = median(one) / median(other);
    ratio(one, other, SHOWN).map_or(whole, |ratio| ratio.value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lightest_of_those_that_are_level_wins() {
        assert_eq!(winner(&[vec![50.0], vec![99.0, 99.0], vec![100.0, 100.0]]), Some(1));
        assert_eq!(winner(&[vec![90.0, 90.0], vec![95.0, 95.0], vec![100.0, 100.0]]), Some(2));
        assert_eq!(winner(&[vec![], vec![]]), None);
    }

    #[test]
    fn who_is_behind_or_fails_is_tried_no_more() {
        let mut trials = [0; 4];
        let rates = rounds(4, Duration::from_secs(3600), |at| {
            trials[at] += 1;
            [Some(50.0), Some(100.0), None, Some(94.0)][at]
        });
        assert_eq!(trials, [1, 3, 1, 3]);
        assert_eq!((winner(&rates), rates[2].len()), (Some(1), 0));
    }

    #[test]
    fn without_time_there_is_one_round() {
        let rates = rounds(2, Duration::ZERO, |at| Some(100.0 + at as f64));
        assert_eq!(rates, [vec![100.0], vec![101.0]]);
        assert_eq!(winner(&rates), Some(0));
    }
}
