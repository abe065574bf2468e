//! The confidence interval of a change. Rounds of two results have nothing to do with each other, so they are not paired: Welch's t
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
