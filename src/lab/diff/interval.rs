//! How sure a change is. Rounds of two results have nothing to do with each other, so they are not paired: Welch's t
//! interval, which lets the two scatter differently, on logarithms, because what matters is the ratio.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// How often the interval holds the true change.
const CONFIDENCE: f64 = 0.95;

/// Two sets of rounds by their geometric means.
pub(super) struct Ratio {
    pub before: f64,
    pub after: f64,
    /// Of the second over the first, less 1.
    pub interval: [f64; 2],
}

/// The interval for the ratio of two sets of rounds; none unless both are several, and all are above 0.
pub(super) fn welch(before: &[f64], after: &[f64]) -> Option<Ratio> {
    let (before, after) = (Logs::of(before)?, Logs::of(after)?);
    let (difference, parts) = (after.mean - before.mean, [before.variance_of_mean, after.variance_of_mean]);
    let variance = parts[0] + parts[1];
    let margin = if variance > 0.0 {
        // Welch and Satterthwaite: as many degrees of freedom as the two together are worth.
        let freedom = variance.powi(2) / (parts[0].powi(2) / before.freedom + parts[1].powi(2) / after.freedom);
        let t = StudentsT::new(0.0, 1.0, freedom).ok()?.inverse_cdf(0.5 + CONFIDENCE / 2.0);
        t * variance.sqrt()
    } else {
        0.0
    };
    let interval = [difference - margin, difference + margin].map(f64::exp_m1);
    Some(Ratio { before: before.mean.exp(), after: after.mean.exp(), interval })
}

/// The logarithms of some rounds.
struct Logs {
    mean: f64,
    variance_of_mean: f64,
    freedom: f64,
}

impl Logs {
    fn of(rounds: &[f64]) -> Option<Self> {
        if rounds.len() < 2 || rounds.iter().any(|value| !value.is_finite() || *value <= 0.0) {
            return None;
        }
        let (count, freedom) = (rounds.len() as f64, rounds.len() as f64 - 1.0);
        let mean = rounds.iter().map(|value| value.ln()).sum::<f64>() / count;
        let squares: f64 = rounds.iter().map(|value| (value.ln() - mean).powi(2)).sum();
        Some(Self { mean, variance_of_mean: squares / freedom / count, freedom })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_that_of_the_textbook() {
        // Logarithms 1, 2, 3 and 2, 4, 6: means 2 and 4, variances of the means 1/3 and 4/3, 2.941 degrees of freedom,
        // for which Student's t is 3.2186.
        let logs = |logs: [f64; 3]| logs.map(f64::exp);
        let ratio = welch(&logs([1.0, 2.0, 3.0]), &logs([2.0, 4.0, 6.0])).unwrap();
        let margin = 3.2186 * (5.0_f64 / 3.0).sqrt();
        let [low, high] = ratio.interval.map(f64::ln_1p);
        assert!((low - (2.0 - margin)).abs() < 2e-3 && (high - (2.0 + margin)).abs() < 2e-3, "{low} {high}");
        assert!((ratio.before.ln() - 2.0).abs() < 1e-12 && (ratio.after.ln() - 4.0).abs() < 1e-12);
    }

    #[test]
    fn equal_rounds_leave_no_doubt_and_single_ones_all() {
        let [low, high] = welch(&[100.0, 100.0], &[90.0, 90.0]).unwrap().interval;
        assert!((low + 0.1).abs() < 1e-12 && (high + 0.1).abs() < 1e-12);
        for (before, after) in [(&[100.0][..], &[90.0, 91.0][..]), (&[], &[]), (&[0.0, 1.0], &[1.0, 1.0])] {
            assert!(welch(before, after).is_none());
        }
    }

    /// One strategy under two names must not be called different too often.
    #[test]
    fn noise_alone_is_seldom_called_a_change() {
        let mut random = fastrand::Rng::with_seed(7);
        // Nearly a bell curve: the sum of twelve.
        let mut fps = || 200.0 * (0.03 * ((0..12).map(|_| random.f64()).sum::<f64>() - 6.0)).exp();
        let mut false_alarms = 0;
        for _ in 0..1000 {
            let (one, other): (Vec<_>, Vec<_>) = ((0..5).map(|_| fps()).collect(), (0..5).map(|_| fps()).collect());
            let [low, high] = welch(&one, &other).unwrap().interval;
            false_alarms += i32::from(low > 0.0 || high < 0.0);
        }
        assert!((20..=60).contains(&false_alarms), "{false_alarms} of 1000");
    }
}
