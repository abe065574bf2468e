//! Percentiles and histograms of durations that are known.

use std::time::Duration;

use framerace::metrics::{Distribution, Percentiles, Recorder};

/// A histogram has no more bins than this.
const BINS: usize = 60;

#[test]
fn percentiles_of_one_to_a_hundred_milliseconds() {
    let mut recorder = Recorder::default();
    for ms in 1..=100 {
        recorder.record(Duration::from_millis(ms));
    }
    let p = recorder.percentiles();
    for (shown, exact) in [(p.p50, 50.0), (p.p95, 95.0), (p.max, 100.0), (p.mean, 50.5)] {
        assert!((shown - exact).abs() < 1.0, "{p:?}");
    }
}

#[test]
fn every_value_is_in_a_bin_of_its_size() {
    for step in [1, 7, 1_000, 3_000_000] {
        let mut recorder = Recorder::default();
        (1..=1_000).for_each(|n| recorder.record(Duration::from_micros(n * step)));
        let Distribution { edges_ms, counts } = recorder.distribution().unwrap();
        assert!(counts.len() <= BINS && edges_ms.len() == counts.len() + 1, "{}", counts.len());
        assert!(edges_ms.is_sorted() && edges_ms[0] > 0.0, "{edges_ms:?}");
        assert_eq!(counts.iter().sum::<u64>(), 1_000);
        let below = |ms: f64| -> u64 {
            edges_ms[1..].iter().zip(&counts).filter(|(end, _)| **end <= ms).map(|(_, count)| count).sum()
        };
        let p50 = recorder.percentiles().p50;
        assert!(below(p50) <= 500 && below(p50 * 2.1) >= 500, "{edges_ms:?} {counts:?}");
    }
}

#[test]
fn the_shortest_and_the_longest_fit_together() {
    let mut recorder = Recorder::default();
    recorder.record(Duration::ZERO);
    recorder.record(Duration::from_secs(100_000));
    let counts = recorder.distribution().unwrap().counts;
    assert_eq!((counts.len() <= BINS, counts.iter().sum::<u64>()), (true, 2));
}

#[test]
fn an_empty_recorder_says_zero() {
    assert_eq!(Recorder::default().percentiles(), Percentiles::default());
    assert_eq!(Recorder::default().distribution(), None);
}
