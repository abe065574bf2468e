//! The colors of a page: one for each strategy, whatever its rank; shades of it for what a strategy has several of.

use crate::lab::palette::{color_number, strategy_of};
use crate::lab::report::{Report, StrategyReport};

/// Colors that the style sheet has for things side by side.
const COLORS: usize = 10;
/// How much of its color the lightest shade has, in percent.
const LIGHTEST: usize = 40;

/// How a thing is drawn.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Look {
    /// Anything CSS understands.
    pub color: String,
    /// Whether its lines are dashed, to tell them from others of nearly the same color.
    pub dashed: bool,
}

impl Look {
    /// How a strategy is drawn, by its name.
    pub(crate) fn of(name: &str) -> Self {
        let number = color_number(name);
        Self { color: format!("var(--c{})", number % COLORS), dashed: number >= COLORS }
    }

    /// How the `at`th of so many things of one color is drawn: the first in the lightest shade.
    pub(super) fn shade(&self, at: usize, of: usize) -> Self {
        let more = (100 - LIGHTEST) * at / of.saturating_sub(1).max(1);
        let part = if of > 1 { LIGHTEST + more } else { 100 };
        let color = format!("color-mix(in srgb, {} {part}%, var(--card))", self.color);
        Self { color: if part < 100 { color } else { self.color.clone() }, dashed: self.dashed || at % 2 == 1 }
    }
}

/// How a strategy of a report is drawn: in its color, and as one of several values of a sweep in a shade of it.
pub(super) fn look(report: &Report, strategy: &StrategyReport) -> Look {
    let look = Look::of(strategy.name());
    let curves = report.sweep.iter().flat_map(|sweep| &sweep.curves);
    let curve = curves.into_iter().find(|curve| curve.strategy == strategy_of(strategy.name()));
    let points = curve.map_or(&[][..], |curve| &curve.points);
    let at = points.iter().position(|point| point.name == strategy.name());
    at.map_or(look.clone(), |at| look.shade(at, points.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shades_of_a_color_differ_and_the_last_is_the_color_itself() {
        let look = Look::of("sequential");
        assert_eq!(look, Look { color: "var(--c0)".into(), dashed: false });
        let shades = [0, 1, 2].map(|at| look.shade(at, 3).color);
        assert_eq!(shades[0], "color-mix(in srgb, var(--c0) 40%, var(--card))");
        assert_eq!(shades[2], look.color);
        assert_ne!(shades[0], shades[1]);
        assert_eq!(look.shade(0, 1), look);
    }
}
