//! Percentiles of many durations (latency, service time) in constant memory.
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

/// A histogram. Each bin is wider than the one before it by the same factor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Distribution {
    /// Where the bins begin and end, in milliseconds, ascending: one more than there are bins.
    pub edges_ms: Vec<f64>,
    /// Values in each bin.
    pub counts: Vec<u64>,
}

/// Bins at most.
const BINS: usize = 60;

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

    /// Each value that was recorded, in nanoseconds, and how often.
    pub(super) fn counts(&self) -> Vec<(u64, u64)> {
        let values = self.0.iter().flat_map(|histogram| histogram.iter_recorded());
        values.map(|value| (value.value_iterated_to(), value.count_at_value())).collect()
    }

    /// A recorder of these values.
    pub(super) fn of_counts(counts: &[(u64, u64)]) -> Self {
        let mut recorder = Self::default();
        if let Some(histogram) = &mut recorder.0 {
            counts.iter().for_each(|(value, times)| histogram.saturating_record_n((*value).max(1), *times));
        }
        recorder
    }

    /// A recorder that records nothing and takes no memory.
    pub(super) fn none() -> Self {
        Self(None)
    }

    /// What was recorded since an earlier copy.
    pub(super) fn since(&self, earlier: &Recorder) -> Self {
        let mut since = self.clone();
        if let (Some(mine), Some(theirs)) = (&mut since.0, &earlier.0) {
            // Everything in the earlier copy is in the later one, so this cannot fail.
            let _ = mine.subtract(theirs);
        }
        since
    }

    /// Adds everything another recorder holds.
    pub fn absorb(&mut self, other: &Recorder) {
        if let (Some(mine), Some(theirs)) = (&mut self.0, &other.0) {
            // Both have the same bounds, so this cannot fail.
            let _ = mine.add(theirs);
        }
    }

    /// The distribution so far; none while nothing was recorded. Its edges are powers of two nanoseconds, and as many
    /// equal steps between them as fit, so that distributions of about the same width have the same edges.
    pub fn distribution(&self) -> Option<Distribution> {
        let histogram = self.0.as_ref().filter(|h| !h.is_empty())?;
        let octave = |ns: u64| (ns.max(1) as f64).log2();
        let (least, most) = (octave(histogram.min()), octave(histogram.max()));
        let bins = |steps: f64| ((least * steps).floor(), (most * steps).floor());
        let fits = |steps: &f64| bins(*steps).1 - bins(*steps).0 < BINS as f64;
        let steps = [8.0, 4.0, 2.0].into_iter().find(fits).unwrap_or(1.0);
        let (first, last) = bins(steps);
        let mut counts = vec![0; (last - first) as usize + 1];
        for value in histogram.iter_recorded() {
            let bin = (octave(value.value_iterated_to()) * steps).floor().clamp(first, last);
            counts[(bin - first) as usize] += value.count_at_value();
        }
        let edge = |n: usize| ((first + n as f64) / steps).exp2() / 1e6;
        Some(Distribution { edges_ms: (0..=counts.len()).map(edge).collect(), counts })
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
