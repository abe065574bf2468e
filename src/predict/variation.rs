//! How much the time of a stage varies from frame to frame: a quantile function made from measured percentiles.

use crate::metrics::Percentiles;

/// What the time of a frame is multiplied with, at some quantiles of all frames.
#[derive(Clone, Debug)]
pub(super) struct Variation(Vec<(f64, f64)>);

impl Variation {
    /// Every frame takes the same time.
    pub fn none() -> Self {
        Self(vec![(0.0, 1.0), (1.0, 1.0)])
    }

    /// Straight lines between the percentiles that were measured, over the mean. Of what varies, only the part `own`
    /// (0 to 1) is the work's own; the rest is the scheduler's, which the simulation makes anew.
    pub fn of(service: &Percentiles, own: f64) -> Self {
        let Percentiles { p50, p95, p99, max, mean } = *service;
        if mean <= 0.0 {
            return Self::none();
        }
        // The smallest is not known; it is what makes the mean come out right.
        let above = 0.45 * (p50 + p95) / 2.0 + 0.04 * (p95 + p99) / 2.0 + 0.01 * (p99 + max) / 2.0;
        let least = ((mean - above) * 4.0 - p50).clamp(0.0, p50);
        let average = 0.25 * (least + p50) + above;
        let times = |value: f64| 1.0 + (value / average - 1.0) * own;
        Self(vec![(0.0, times(least)), (0.5, times(p50)), (0.95, times(p95)), (0.99, times(p99)), (1.0, times(max))])
    }

    /// One factor a frame, the same every time for the same seed.
    pub fn draw(&self, seed: u64, frames: usize) -> Vec<f64> {
        let mut rng = fastrand::Rng::with_seed(seed);
        (0..frames).map(|_| self.at(rng.f64())).collect()
    }

    fn at(&self, quantile: f64) -> f64 {
        let line = self.0.windows(2).find(|pair| quantile <= pair[1].0);
        line.map_or(1.0, |pair| {
            let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
            y0 + (y1 - y0) * (quantile - x0) / (x1 - x0)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_are_spread_as_measured_and_their_mean_is_one() {
        let service = Percentiles { p50: 4.0, p95: 8.0, p99: 12.0, max: 30.0, mean: 4.8 };
        let drawn = Variation::of(&service, 1.0).draw(1, 20_000);
        let mean = drawn.iter().sum::<f64>() / drawn.len() as f64;
        assert!((mean - 1.0).abs() < 0.02, "{mean}");
        let above = drawn.iter().filter(|factor| **factor > 8.0 / 4.8).count() as f64 / drawn.len() as f64;
        assert!((above - 0.05).abs() < 0.01, "{above}");
        assert_eq!(Variation::of(&service, 0.0).draw(1, 3), [1.0; 3]);
        assert_eq!(Variation::of(&Percentiles::default(), 1.0).draw(1, 3), [1.0; 3]);
    }
}
