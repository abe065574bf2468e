//! Comparisons on simulated noise: as many rounds as a comparison would run, looked at after every one of them.
//!
//! The noise is that of a busy virtual machine: a run varies by two hundredths, the machine drifts by five from round to
//! round (for everybody), and one run in twenty is disturbed and loses fifteen hundredths, or more.

use fastrand::Rng;
use framerace::statistics::{SHOWN, median_of, open_questions, ratio};

/// Rounds that fit into the default budget with eight strategies on a short clip.
const ROUNDS: usize = 11;

fn normal(rng: &mut Rng) -> f64 {
    (-2.0 * (1.0 - rng.f64()).ln()).sqrt() * (std::f64::consts::TAU * rng.f64()).cos()
}

/// What a run reaches that would reach `fps` on a quiet machine whose mood is `mood`.
fn run(rng: &mut Rng, fps: f64, mood: f64) -> f64 {
    let disturbed = if rng.f64() < 0.05 { -0.15 * -(1.0 - rng.f64()).ln() } else { 0.0 };
    fps * (mood + 0.02 * normal(rng) + disturbed).exp()
}

/// Two candidates, round by round, until the question is settled or the budget ends.
fn compare(rng: &mut Rng, fps: [f64; 2]) -> [Vec<f64>; 2] {
    let mut rounds = [Vec::new(), Vec::new()];
    while rounds[0].len() < ROUNDS {
        let mood = 0.05 * normal(rng);
        for (candidate, fps) in rounds.iter_mut().zip(fps) {
            candidate.push(run(rng, fps, mood));
        }
        if open_questions(&rounds, 0.01).is_empty() {
            break;
        }
    }
    rounds
}

/// In how many of a hundred comparisons the first is called faster, and in how many slower.
fn calls(fps: [f64; 2], seed: u64) -> (usize, usize) {
    let mut rng = Rng::with_seed(seed);
    let verdicts: Vec<_> = (0..100)
        .filter_map(|_| {
            let [a, b] = compare(&mut rng, fps);
            ratio(&a, &b, SHOWN)
        })
        .collect();
    let count = |called: fn(&framerace::statistics::Estimate) -> bool| verdicts.iter().filter(|v| called(v)).count();
    (count(|estimate| estimate.low > 1.0), count(|estimate| estimate.high < 1.0))
}

/// Over several seeds, so that it is no luck: sums over a thousand comparisons.
fn over_seeds(fps: [f64; 2]) -> (usize, usize) {
    (0..10).map(|seed| calls(fps, seed)).fold((0, 0), |sum, calls| (sum.0 + calls.0, sum.1 + calls.1))
}

#[test]
fn two_that_are_the_same_are_seldom_called_different() {
    let (faster, slower) = over_seeds([100.0, 100.0]);
    assert!(faster + slower <= 50, "{faster} + {slower} of 1000");
}

#[test]
fn one_that_is_slower_by_a_twentieth_is_found_out() {
    let (faster, slower) = over_seeds([95.0, 100.0]);
    assert!(slower >= 950 && faster == 0, "{slower} of 1000, and {faster} the wrong way");
}

#[test]
fn a_large_difference_needs_few_rounds() {
    let mut rng = Rng::with_seed(1);
    let rounds: usize = (0..100).map(|_| compare(&mut rng, [100.0, 150.0])[0].len()).sum();
    assert!(rounds < 700, "{rounds} rounds in 100 comparisons");
}

#[test]
fn the_bootstrap_alone_would_call_too_many_different() {
    // The reason why it decides nothing here.
    let mut rng = Rng::with_seed(3);
    let different = (0..300)
        .filter(|_| {
            let logs: Vec<f64> = (0..6).map(|_| (run(&mut rng, 1.0, 0.0) / run(&mut rng, 1.0, 0.0)).ln()).collect();
            median_of(&logs).is_some_and(|estimate| !estimate.holds(0.0))
        })
        .count();
    assert!(different > 9, "{different} of 300 at 97 %, looked at once");
}
