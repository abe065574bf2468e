//! Changes between two results: how sure one is, and gates as they are written.

use framerace::lab::diff::{Change, Gate, diff};
use framerace::lab::report::{Report, ResultFile, Spread};
use proptest::prelude::*;

#[test]
fn gates_read_as_they_are_written() {
    for text in ["fps<-5%", "p95>+10%", "memory>+0.5%", "cpu<-100%", "fps>+0%", "fps<-7%"] {
        assert_eq!(text.parse::<Gate>().unwrap().to_string(), text);
    }
    assert_eq!(" fps < -5 % ".parse::<Gate>().unwrap().to_string(), "fps<-5%");
}

#[test]
fn what_is_no_gate_says_why() {
    let said = |text: &str| text.parse::<Gate>().unwrap_err().to_string();
    for text in ["", "fps", "fps=-5%", "fps-5%"] {
        assert!(said(text).contains("fps<-5%"), "{text}");
    }
    assert!(said("speed<-5%").contains("'speed'") && said("speed<-5%").contains("fps, p95, memory, cpu"));
    for text in ["fps<5%", "fps<-5", "fps<", "fps<-%", "fps<-x%", "fps<<-5%", "fps<-inf%", "fps<+NaN%", "fps<--5%"] {
        assert!(said(text).contains("as -5% or +10%"), "{text}: {}", said(text));
    }
}

proptest! {
    #[test]
    fn any_text_is_a_gate_or_is_refused(text in "\\PC*") {
        let _ = text.parse::<Gate>();
    }

    #[test]
    fn what_looks_like_a_gate_never_panics(text in "(fps|p95|memory|cpu)? ?[<>=]?[+-]?[0-9.eE]{0,6}%?\\PC?") {
        if let Ok(gate) = text.parse::<Gate>() {
            prop_assert!(gate.to_string().parse::<Gate>().is_ok(), "{gate}");
        }
    }
}

/// The change of FPS from these rounds of a strategy to those.
fn fps(before: &[f64], after: &[f64]) -> Change {
    let kept = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/old-result.json"));
    let mut report = Report::from_json(kept, "old-result.json").expect("a result");
    report.strategies.truncate(1);
    let with = |rounds: &[f64]| {
        let mut report = report.clone();
        report.strategies[0].fps = Spread::over(rounds.to_vec());
        report
    };
    diff(&with(before), &with(after)).changes.remove(0)
}

#[test]
fn the_interval_is_that_of_the_textbook() {
    // Logarithms 1, 2, 3 and 2, 4, 6: means 2 and 4, variances of the means 1/3 and 4/3, 2.941 degrees of freedom,
    // for which Student's t is 3.2186.
    let logs = |logs: [f64; 3]| logs.map(f64::exp);
    let change = fps(&logs([1.0, 2.0, 3.0]), &logs([2.0, 4.0, 6.0]));
    let margin = 3.2186 * (5.0_f64 / 3.0).sqrt();
    let [low, high] = change.interval.unwrap().map(f64::ln_1p);
    assert!((low - (2.0 - margin)).abs() < 2e-3 && (high - (2.0 + margin)).abs() < 2e-3, "{low} {high}");
    assert!((change.before.ln() - 2.0).abs() < 1e-12 && (change.after.ln() - 4.0).abs() < 1e-12);
}

#[test]
fn equal_rounds_leave_no_doubt_and_single_ones_all() {
    let [low, high] = fps(&[100.0, 100.0], &[90.0, 90.0]).interval.unwrap();
    assert!((low + 0.1).abs() < 1e-12 && (high + 0.1).abs() < 1e-12);
    for (before, after) in [(&[100.0][..], &[90.0, 91.0][..]), (&[], &[]), (&[0.0, 1.0], &[1.0, 1.0])] {
        assert_eq!(fps(before, after).interval, None);
    }
}

/// One strategy under two names must not be called different too often.
#[test]
fn noise_alone_is_seldom_called_a_change() {
    let mut random = fastrand::Rng::with_seed(7);
    // Nearly a bell curve: the sum of twelve.
    let mut a_round = || 200.0 * (0.03 * ((0..12).map(|_| random.f64()).sum::<f64>() - 6.0)).exp();
    let mut false_alarms = 0;
    for _ in 0..1000 {
        let (one, other): (Vec<_>, Vec<_>) = ((0..5).map(|_| a_round()).collect(), (0..5).map(|_| a_round()).collect());
        let [low, high] = fps(&one, &other).interval.unwrap();
        false_alarms += i32::from(low > 0.0 || high < 0.0);
    }
    assert!((20..=60).contains(&false_alarms), "{false_alarms} of 1000");
}
