//! Confidence intervals of figures, and whether two figures differ.
//!
//! Rounds are few (a handful to some dozens), runs of one round share the machine's mood, and now and then something
//! else gets in the way of one of them. Therefore ratios are taken within a round; their logarithms are averaged
//! without the smallest and the largest fifth, and the interval is Student's t with Winsorized variance (Tukey &
//! McLaughlin 1963, Yuen 1974). Looked at after each of ten rounds, it calls two identical strategies different in fewer
//! than one of twenty comparisons, and finds one that is slower by a twentieth in more than nineteen of twenty
//! (`tests/suite/lab/statistics.rs`). A figure that decides nothing is a median between two of its own values, whose
//! level is exact whatever the distribution.
//!
//! This room reaches nothing else of framerace.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statrs::distribution::{Binomial, ContinuousCDF, DiscreteCDF, StudentsT};

/// The confidence level of the intervals that are shown and decide. Looking after every round errs more often than looking
/// once, so it is more than the usual 95 %.
pub const SHOWN: f64 = 0.97;
/// The confidence level at which a comparison ends before its time.
pub const TO_STOP: f64 = 0.99;
/// Fewer rounds than this end no comparison before its time.
pub const FEWEST: usize = 6;

/// A figure and where it may really be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Estimate {
    /// The figure.
    pub value: f64,
    /// The least it may be.
    pub low: f64,
    /// The most it may be.
    pub high: f64,
    /// How often such an interval holds the true figure, 0 to 1. Results from before this was noted called all 97 %.
    #[serde(default = "shown")]
    pub level: f64,
}

fn shown() -> f64 {
    SHOWN
}

impl Estimate {
    /// Whether it may be this value.
    pub fn holds(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// Half the width of the interval, as a part of the figure.
    pub fn uncertainty(&self) -> f64 {
        (self.high - self.low) / 2.0 / self.value
    }
}

/// The ratio of what belongs together, `over[i] / under[i]`. None of fewer than two pairs, or of what is not positive.
pub fn ratio(over: &[f64], under: &[f64], confidence: f64) -> Option<Estimate> {
    let logs: Vec<f64> = over.iter().zip(under).map(|(a, b)| (a / b).ln()).collect();
    if logs.len() < 2 || !logs.iter().all(|log| log.is_finite()) {
        return None;
    }
    let (mean, margin) = trimmed(logs, confidence)?;
    Some(Estimate { value: mean.exp(), low: (mean - margin).exp(), high: (mean + margin).exp(), level: confidence })
}

/// Mean of the middle three fifths, and the margin around it.
fn trimmed(mut values: Vec<f64>, confidence: f64) -> Option<(f64, f64)> {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    let cut = n / 5;
    let kept = &values[cut..n - cut];
    let mean = kept.iter().sum::<f64>() / kept.len() as f64;
    let (lowest, highest) = (kept.first().copied()?, kept.last().copied()?);
    let winsorized: Vec<f64> = values.iter().map(|value| value.clamp(lowest, highest)).collect();
    let middle = winsorized.iter().sum::<f64>() / n as f64;
    let variance = winsorized.iter().map(|value| (value - middle).powi(2)).sum::<f64>() / (n - 1) as f64;
    let error = variance.sqrt() / (kept.len() as f64 / n as f64 * (n as f64).sqrt());
    let student = StudentsT::new(0.0, 1.0, (kept.len() - 1) as f64).ok()?;
    Some((mean, error * student.inverse_cdf((1.0 + confidence) / 2.0)))
}

/// The median, and where it may really be: between the k-th smallest and the k-th largest value, with the largest k whose
/// level is at least 95 % (Thompson 1936). The level is that of the binomial distribution; of fewer than six values even
/// the smallest and the largest do not reach 95 %: 1 − 2^(1−n). None of fewer than two values.
pub fn median_of(values: &[f64]) -> Option<Estimate> {
    const LEAST: f64 = 0.95;
    let n = values.len();
    let halves = Binomial::new(0.5, n as u64).ok().filter(|_| n >= 2)?;
    // The true median is below the k-th smallest value when fewer than k values are below it.
    let level = |k: usize| 1.0 - 2.0 * halves.cdf(k as u64 - 1);
    let k = (2..=n / 2).take_while(|k| level(*k) >= LEAST).last().unwrap_or(1);
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    Some(Estimate { value: median(values), low: sorted[k - 1], high: sorted[n - k], level: level(k) })
}

/// The middle of some values; the mean of the two middle ones when their number is even; 0 of none.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => 0.0,
        n if n % 2 == 1 => sorted[n / 2],
        n => (sorted[n / 2 - 1] + sorted[n / 2]) / 2.0,
    }
}

/// Which values are outliers: those whose modified z-score is beyond 3.5 (Iglewicz & Hoaglin 1993), which measures the
/// distance from the median in median absolute deviations, so that outliers cannot hide themselves. Of logarithms, for
/// what matters is the ratio; a hundredth is the least that counts as a deviation. None of fewer than five values.
pub fn outliers(values: &[f64]) -> Vec<usize> {
    const BEYOND: f64 = 3.5;
    // Of a bell curve, the median absolute deviation is this part of the standard deviation.
    const BELL: f64 = 0.6745;
    const LEAST: f64 = 0.01;
    let logs: Vec<f64> = values.iter().map(|value| value.ln()).collect();
    if logs.len() < 5 || !logs.iter().all(|log| log.is_finite()) {
        return Vec::new();
    }
    let middle = median(&logs);
    let distances: Vec<f64> = logs.iter().map(|log| (log - middle).abs()).collect();
    let deviation = (median(&distances) / BELL).max(LEAST);
    (0..logs.len()).filter(|at| distances[*at] / deviation > BEYOND).collect()
}

/// Two whose order more rounds would tell.
#[derive(Clone, Debug, PartialEq)]
pub struct Open {
    /// Which of them, by their place in the list.
    pub pair: (usize, usize),
    /// Half the width of the interval of their ratio.
    pub uncertainty: f64,
}

/// Questions a comparison has not answered yet. Each inner list is what one candidate reached, round by round. Two
/// neighbours in the order are settled when one is faster by the interval, or when they differ by less than `precision` matters.
pub fn open_questions(candidates: &[Vec<f64>], precision: f64) -> Vec<Open> {
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    order.sort_by(|a, b| median(&candidates[*b]).total_cmp(&median(&candidates[*a])));
    let ask = |pair: &[usize]| {
        let &[a, b] = pair else { return None };
        let few = candidates[a].len() < FEWEST;
        let estimate = ratio(&candidates[a], &candidates[b], TO_STOP);
        let uncertainty = estimate.map_or(f64::INFINITY, |estimate| estimate.uncertainty());
        let settled = estimate.is_some_and(|estimate| !estimate.holds(1.0) || uncertainty <= precision);
        (few || !settled).then_some(Open { pair: (a, b), uncertainty })
    };
    order.windows(2).filter_map(ask).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_those_of_the_textbook() {
        // Two values: no trimming, one degree of freedom, t = 31.82 for 98 %.
        let estimate = ratio(&[2.0, 2.0 * 1.1], &[1.0, 1.0], 0.98).unwrap();
        let (mean, error) = ((2.0f64.ln() + 2.2f64.ln()) / 2.0, 1.1f64.ln() / 2.0);
        assert!((estimate.value - mean.exp()).abs() < 1e-9);
        assert!((estimate.high - (mean + 31.8205 * error).exp()).abs() < 1e-3, "{estimate:?}");
        assert_eq!(ratio(&[1.0], &[1.0], 0.98), None);
        assert_eq!(ratio(&[1.0, 0.0], &[1.0, 1.0], 0.98), None);
    }

    #[test]
    fn a_round_gone_wrong_does_not_decide() {
        let calm = [1.01, 1.02, 0.99, 1.0, 1.01, 0.98, 1.0, 1.01, 0.99, 1.0];
        let mut disturbed = calm;
        disturbed[3] = 0.2;
        let (before, after) = (ratio(&calm, &[1.0; 10], SHOWN).unwrap(), ratio(&disturbed, &[1.0; 10], SHOWN).unwrap());
        assert!((before.value - after.value).abs() < 0.005, "{before:?} {after:?}");
        assert!(after.uncertainty() < 0.02, "{after:?}");
    }

    #[test]
    fn an_outlier_is_far_from_the_median_of_its_like() {
        assert_eq!(outliers(&[100.0, 101.0, 99.0, 70.0, 100.5, 99.5]), [3]);
        assert_eq!(outliers(&[100.0, 100.0, 100.0, 100.0, 102.0]), [0; 0], "hardly a difference");
        assert_eq!(outliers(&[100.0, 120.0, 90.0, 130.0, 80.0, 70.0]), [0; 0], "they all scatter");
        assert_eq!(outliers(&[100.0, 10.0, 100.0, 100.0]), [0; 0], "too few to tell");
        assert_eq!(outliers(&[0.0; 9]), [0; 0]);
    }

    #[test]
    fn the_median_lies_in_its_interval() {
        let estimate = median_of(&[10.0, 12.0, 11.0, 30.0, 11.5]).unwrap();
        assert!(estimate.value == 11.5 && estimate.low >= 10.0 && estimate.high <= 30.0, "{estimate:?}");
        assert_eq!((median(&[3.0, 1.0, 2.0]), median(&[4.0, 1.0, 2.0, 3.0]), median(&[])), (2.0, 2.5, 0.0));
        assert_eq!(median_of(&[1.0]), None);
    }

    #[test]
    fn the_level_of_an_interval_is_that_of_its_rounds() {
        let of = |n: u32| median_of(&(0..n).map(f64::from).collect::<Vec<_>>()).unwrap();
        for (n, level, low) in [(2, 0.5, 0.0), (3, 0.75, 0.0), (5, 0.9375, 0.0), (6, 0.96875, 0.0), (8, 0.9921875, 0.0)]
        {
            assert!((of(n).level - level).abs() < 1e-9 && of(n).low == low, "{n}: {:?}", of(n));
        }
        // Of nine values the second and the eighth: 1 − 2 × (1 + 9) / 512.
        assert!((of(9).level - 0.9609375).abs() < 1e-9 && (of(9).low, of(9).high) == (1.0, 7.0), "{:?}", of(9));
    }

    #[test]
    fn a_question_is_open_until_enough_rounds_answer_it() {
        let rounds =
            |fps: f64, n: usize| (0..n).map(|round| fps * (1.0 + 0.002 * (round % 3) as f64)).collect::<Vec<_>>();
        assert_eq!(open_questions(&[rounds(100.0, 5), rounds(200.0, 5)], 0.01).len(), 1, "too few rounds");
        assert!(open_questions(&[rounds(100.0, 6), rounds(200.0, 6)], 0.01).is_empty());
        assert!(open_questions(&[rounds(100.0, 6), rounds(100.0, 6)], 0.01).is_empty(), "tied");
        let noisy: Vec<_> = (0..6).map(|round| 100.0 + 9.0 * f64::from(round % 2)).collect();
        assert_eq!(open_questions(&[noisy, rounds(104.0, 6)], 0.01)[0].pair, (0, 1));
    }
}
