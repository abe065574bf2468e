//! From which filter on a strategy pays: where the time it saves a frame crosses zero.
//!
//! Between two measured points the time saved is taken to be a straight line of the filter's time, which it nearly is:
//! both strategies take so many milliseconds a frame and a share of each millisecond of filter.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// From which time of the filters on a strategy is faster than `sequential`.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum BreakEven {
    /// It is at every point.
    FromTheStart,
    /// From so many milliseconds of filter a frame.
    From {
        /// Milliseconds.
        filter_ms: f64,
    },
    /// Not even at the last point.
    Never,
}

/// A break-even over the rounds, each taken from the points of one round.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PaysFrom {
    /// The middle one; of an even number, the later of the two in the middle.
    pub median: BreakEven,
    /// The earliest.
    pub min: BreakEven,
    /// The latest.
    pub max: BreakEven,
}

impl PaysFrom {
    /// The break-even of these rounds; none of no rounds.
    pub fn over(mut rounds: Vec<BreakEven>) -> Option<Self> {
        rounds.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
        Some(Self { median: *rounds.get(rounds.len() / 2)?, min: *rounds.first()?, max: *rounds.last()? })
    }
}

/// The break-even of points in the order of their filter time: that time, and what is saved a frame, below zero where
/// the strategy is slower. Both in milliseconds.
///
/// A strategy pays from where it is never slower again: one lucky point before that does not count.
pub fn break_even(points: &[(f64, f64)]) -> BreakEven {
    let Some(last_loss) = points.iter().rposition(|(_, saved)| *saved <= 0.0) else { return BreakEven::FromTheStart };
    let ((before, loss), Some((after, gain))) = (points[last_loss], points.get(last_loss + 1)) else {
        return BreakEven::Never;
    };
    BreakEven::From { filter_ms: before + (after - before) * -loss / (gain - loss) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strategy_pays_from_where_it_is_never_slower_again() {
        let at = |filter_ms| BreakEven::From { filter_ms };
        for (points, pays) in [
            (&[(0.5, -1.0), (1.0, -0.5), (2.0, 0.5), (5.0, 2.0)][..], at(1.5)),
            (&[(1.0, -1.0), (5.0, 3.0)], at(2.0)),
            // As fast is not faster.
            (&[(1.0, 0.0), (5.0, 3.0)], at(1.0)),
            // A lucky point does not count.
            (&[(1.0, 0.5), (2.0, -0.5), (3.0, 0.5)], at(2.5)),
            (&[(1.0, 0.1), (2.0, 0.9)], BreakEven::FromTheStart),
            (&[(1.0, 0.1), (2.0, -0.1)], BreakEven::Never),
        ] {
            assert_eq!(break_even(points), pays, "{points:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn the_crossing_lies_among_the_points(saved in proptest::collection::vec(-9.0f64..9.0, 2..9)) {
            let points: Vec<_> = (1..).map(f64::from).zip(saved).collect();
            if let BreakEven::From { filter_ms } = break_even(&points) {
                proptest::prop_assert!(filter_ms >= 1.0 && filter_ms <= points.len() as f64);
            }
        }
    }
}
