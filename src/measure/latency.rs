//! Durations, many of them, in constant memory: percentiles of latency and service time.
//!
//! A high dynamic range histogram (Gil Tene's, two significant digits) of nanoseconds.

use std::time::Duration;

use hdrhistogram::Histogram;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Collects durations; it never grows beyond a few kilobytes.
#[derive(Clone, Debug)]
pub struct Recorder(Option<Histogram<u64>>);

/// Percentiles in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Percentiles {
    /// Half of the values are at most this.
    pub p50: f64,
    /// 95 % of the values are at most this.
    pub p95: f64,
    /// 99 % of the values are at most this.
    pub p99: f64,
    /// The largest value.
    pub max: f64,
    /// The arithmetic mean.
    pub mean: f64,
}

impl Default for Recorder {
    fn default() -> Self {
        // From 1 ns to an hour. These bounds are valid, so the constructor cannot refuse; if it ever did,
        // nothing would be recorded and the percentiles would say 0.
        Self(Histogram::new_with_bounds(1, 3_600_000_000_000, 2).ok())
    }
}

impl Recorder {
    /// Adds one duration; longer than an hour counts as an hour.
    pub fn record(&mut self, value: Duration) {
        if let Some(histogram) = &mut self.0 {
            histogram.saturating_record(u64::try_from(value.as_nanos()).unwrap_or(u64::MAX).max(1));
        }
    }

    /// Adds everything another recorder holds.
    pub fn absorb(&mut self, other: &Recorder) {
        if let (Some(mine), Some(theirs)) = (&mut self.0, &other.0) {
            // Both have the same bounds, so this cannot fail.
            let _ = mine.add(theirs);
        }
    }

    /// The percentiles so far; all 0 while nothing was recorded.
    pub fn percentiles(&self) -> Percentiles {
        let Some(histogram) = self.0.as_ref().filter(|h| !h.is_empty()) else {
            return Percentiles::default();
        };
        let ms = |ns: u64| ns as f64 / 1e6;
        Percentiles {
            p50: ms(histogram.value_at_quantile(0.50)),
            p95: ms(histogram.value_at_quantile(0.95)),
            p99: ms(histogram.value_at_quantile(0.99)),
            max: ms(histogram.max()),
            mean: histogram.mean() / 1e6,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_of_one_to_a_hundred_milliseconds() {
        let mut recorder = Recorder::default();
        for ms in 1..=100 {
            recorder.record(Duration::from_millis(ms));
        }
        let p = recorder.percentiles();
        assert!((p.p50 - 50.0).abs() < 1.0, "{p:?}");
        assert!((p.p95 - 95.0).abs() < 1.0, "{p:?}");
        assert!((p.max - 100.0).abs() < 1.0, "{p:?}");
        assert!((p.mean - 50.5).abs() < 1.0, "{p:?}");
    }

    #[test]
    fn an_empty_recorder_says_zero() {
        assert_eq!(Recorder::default().percentiles(), Percentiles::default());
    }
}
