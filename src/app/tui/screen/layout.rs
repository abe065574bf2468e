//! Where everything stands on the screen: how many rows and columns each part gets. It sees sizes and nothing else, so that
//! the screen does not jump with every figure.

use ratatui::layout::{Constraint, Layout, Rect};

/// Rows for the claim of a lesson, and for its caption.
pub(super) const TEXT: u16 = 2;

/// Rows of each part that has not always the same.
#[derive(Debug, PartialEq)]
pub(super) struct Heights {
    lesson: u16,
    path: u16,
    changes: u16,
    /// FPS, latency, drops.
    graphs: [u16; 3],
    verdict: u16,
}

impl Heights {
    /// Rows that always hold one line: title, settings, head, rate, ledger, message, help.
    const LINES: u16 = 7;
    /// Rows of the verdict at least, and where there is room.
    const VERDICT: (u16, u16) = (3, 6);
    /// Rows of the graphs where there is room.
    const GRAPHS: [u16; 3] = [8, 5, 4];

    /// For a screen of so many rows that shows so many rows of stages and filters.
    pub(super) fn new(height: u16, lesson: bool, stages: usize) -> Self {
        let lesson = if lesson { 2 * TEXT } else { 0 };
        let (least, most) = Self::VERDICT;
        let spare = height.saturating_sub(Self::LINES + lesson + least + 3);
        // The sink stands below the stages.
        let path = u16::try_from(stages + 1).unwrap_or(u16::MAX).min(spare);
        let mut spare = spare - path;
        let mut take = |most: u16| {
            let taken = spare.min(most);
            spare -= taken;
            taken
        };
        // First what is said, then what changed, then how that looks.
        let verdict = least + take(2);
        let changes = take(1);
        let graphs = [0, 1, 2].map(|graph| 1 + take(if graph == 0 { 1 } else { 0 }));
        let verdict = verdict + take(most - verdict);
        let graphs = [0, 1, 2].map(|graph| graphs[graph] + take(Self::GRAPHS[graph].saturating_sub(graphs[graph])));
        Self { lesson, path, changes, graphs, verdict }
    }

    /// From top to bottom: title, lesson, settings, head, path, rate, changes, FPS, latency, drops, verdict, ledger, message,
    /// help. What is left stays empty below the path.
    pub(super) fn areas(&self, area: Rect) -> [Rect; 14] {
        let Self { lesson, path, changes, graphs: [fps, latency, drops], verdict } = *self;
        let above = [1, lesson, 1, 1].map(Constraint::Length);
        let below = [1, changes, fps, latency, drops, verdict, 1, 1, 1].map(Constraint::Length);
        let rows = above.into_iter().chain([Constraint::Min(path)]).chain(below);
        let areas = Layout::vertical(rows).split(area);
        std::array::from_fn(|part| areas.get(part).copied().unwrap_or_default())
    }
}

/// Columns of the parts of a stage's row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Columns {
    /// Cells of a queue.
    pub slots: usize,
    /// The name.
    pub name: usize,
    /// The bar: busy, blocked, starved.
    pub bar: usize,
    /// How busy it was over time; 0 where there is no room.
    pub history: usize,
}

impl Columns {
    /// What stands after the bar: share, workers, time a frame, slowdown.
    pub(super) const FIGURES: usize = 23;
    /// The least that is worth a history.
    const HISTORY: usize = 12;

    /// For a screen of so many columns, from 80 on.
    pub(super) fn new(width: u16) -> Self {
        let spare = usize::from(width).saturating_sub(80);
        let (slots, name, bar) = ((spare / 10).min(4), (spare / 8).min(8), (spare / 4).min(20));
        let history = spare.saturating_sub(slots + name + bar + 1).min(60);
        if history < Self::HISTORY {
            return Self { slots: 4, name: 14, bar: 28, history: 0 };
        }
        Self { slots: 4 + slots, name: 14 + name, bar: 28 + bar, history }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_screen_is_filled_and_never_overfilled() {
        for height in 24..120 {
            for (lesson, stages) in [(false, 3), (true, 5), (false, 9), (true, 40)] {
                let heights = Heights::new(height, lesson, stages);
                let areas = heights.areas(Rect::new(0, 0, 80, height));
                assert_eq!(areas.iter().map(|area| area.height).sum::<u16>(), height, "{heights:?}");
                assert!(heights.verdict >= 3 && heights.graphs.iter().all(|rows| *rows >= 1), "{heights:?}");
                let path = areas[4].height;
                assert!(path >= 4 || stages < 4, "{height} {stages}: {heights:?}");
            }
        }
        for width in 80..300 {
            let Columns { slots, name, bar, history } = Columns::new(width);
            let row = 11 + slots + 1 + name + bar + Columns::FIGURES + if history > 0 { 1 + history } else { 0 };
            assert!(row <= usize::from(width) + 1, "{width}: {row}");
        }
    }
}
