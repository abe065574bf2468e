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
    fn the_crossing_is_on_the_line_between_two_points() {
        let at = |filter_ms| BreakEven::From { filter_ms };
        assert_eq!(break_even(&[(0.5, -1.0), (1.0, -0.5), (2.0, 0.5), (5.0, 2.0)]), at(1.5));
        assert_eq!(break_even(&[(1.0, -1.0), (5.0, 3.0)]), at(2.0));
        assert_eq!(break_even(&[(1.0, 0.0), (5.0, 3.0)]), at(1.0), "as fast is not faster");
    }

    #[test]
    fn a_lucky_point_does_not_count() {
        assert_eq!(break_even(&[(1.0, 0.5), (2.0, -0.5), (3.0, 0.5)]), BreakEven::From { filter_ms: 2.5 });
    }

    #[test]
    fn the_ends_are_said_as_they_are() {
        assert_eq!(break_even(&[(1.0, 0.1), (2.0, 0.9)]), BreakEven::FromTheStart);
        assert_eq!(break_even(&[(1.0, 0.1), (2.0, -0.1)]), BreakEven::Never);
    }

    #[test]
    fn rounds_are_in_order_of_time() {
        let rounds = vec![BreakEven::Never, BreakEven::From { filter_ms: 2.0 }, BreakEven::FromTheStart];
        let over = PaysFrom::over(rounds).unwrap();
        assert_eq!(over.median, BreakEven::From { filter_ms: 2.0 });
        assert_eq!((over.min, over.max), (BreakEven::FromTheStart, BreakEven::Never));
        assert_eq!(PaysFrom::over(Vec::new()), None);
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
