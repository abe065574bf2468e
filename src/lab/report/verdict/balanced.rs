//! Balanced: two stages are about equally loaded, so that naming one would be chance.

use super::case::{Case, EQUAL, Finding, Kind, Measured, Pace, is_sequential};
use super::evidence;

pub(super) fn find(case: &Case<'_>) -> Option<Finding> {
    let (first, second) = match &case.pace {
        Pace::Unknown => return Some(nothing_timed()),
        Pace::Level(first, second) => (first, second),
        Pace::Cores(_) | Pace::Slowest(..) => return None,
    };
    let text = [first, second].map(|load| evidence::occupation(case.run, load.stage)).join(" and ");
    let advice = if is_sequential(case.run) {
        "threads or stages: any strategy that lets the stages overlap"
    } else {
        "nothing stands out; to gain, every stage must get faster"
    };
    let share = if first.load > 0.0 { second.load / first.load } else { 0.0 };
    let measured = Measured { share, threshold: 1.0 - EQUAL };
    Some(measured.limits("balanced", Kind::Balanced, text, advice))
}

/// A run without clocks, or without frames.
pub(super) fn nothing_timed() -> Finding {
    let measured = Measured { share: 0.0, threshold: 0.0 };
    measured.limits("balanced", Kind::Balanced, "nothing was timed".to_owned(), "run more frames, with meters on")
}
