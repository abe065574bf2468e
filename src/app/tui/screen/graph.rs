//! Graphs over time, the latest on the right, with a mark where settings were changed.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Style};
use ratatui::symbols::bar;
use ratatui::text::Line;

use super::super::model::{Change, History, Model};
use super::words::fitted;

/// Columns of the label before a graph.
pub(super) const LABEL: u16 = 20;
/// A change is marked with it, in every row of a graph.
const MARK: &str = "│";
/// The same above the graphs, behind what was changed.
const ABOVE: char = '▾';

/// A part of a cell, from 0 to 1, as a block that fills it from below.
pub(super) fn level(part: f64) -> &'static str {
    let blocks = [
        " ",
        bar::ONE_EIGHTH,
        bar::ONE_QUARTER,
        bar::THREE_EIGHTHS,
        bar::HALF,
        bar::FIVE_EIGHTHS,
        bar::THREE_QUARTERS,
        bar::SEVEN_EIGHTHS,
        bar::FULL,
    ];
    blocks[((part * 8.0).round().clamp(0.0, 8.0)) as usize]
}

/// A figure over time on as many rows as there are, scaled to the largest value that is shown.
pub(super) fn graph(frame: &mut Frame<'_>, area: Rect, label: &str, history: &History, model: &Model) {
    let [left, right] = Layout::horizontal([Constraint::Length(LABEL), Constraint::Fill(1)]).areas(area);
    let values = history.latest(right.width.into());
    let most = values.iter().copied().fold(0.0, f64::max);
    let largest = format!("  largest{most:>7.1}");
    let label = [Some(label), Some(largest.as_str()).filter(|_| area.height > 2 && most > 0.0)];
    label
        .into_iter()
        .flatten()
        .zip(left.rows())
        .for_each(|(line, row)| frame.render_widget(Line::raw(line.to_owned()), row));
    let buffer = frame.buffer_mut();
    for (column, value) in (0..right.width).rev().zip(values.iter().rev()) {
        // In rows, from below.
        let full = if most > 0.0 { value / most * f64::from(right.height) } else { 0.0 };
        for row in 0..right.height {
            let from_below = f64::from(right.height - 1 - row);
            let cell = &mut buffer[(right.x + column, right.y + row)];
            cell.set_symbol(level(full - from_below)).set_fg(Color::Cyan);
        }
    }
    for (column, _) in marks(model, right.width) {
        for row in 0..right.height {
            buffer[(right.x + column, right.y + row)].set_symbol(MARK).set_fg(Color::Yellow);
        }
    }
}

/// The changes that a graph of so many columns shows, and in which column.
fn marks(model: &Model, width: u16) -> impl Iterator<Item = (u16, &Change)> {
    let column = move |change: &Change| {
        // The first point after the change, or the place where it will stand.
        let age = model.points.saturating_sub(change.at).max(1);
        u64::from(width).checked_sub(age).and_then(|column| u16::try_from(column).ok())
    };
    model.changes.iter().filter_map(move |change| Some((column(change)?, change)))
}

/// What was changed, each before its mark, as far as there is room since the one before.
pub(super) fn changes_line(model: &Model, width: u16) -> Line<'static> {
    let mut line: Vec<char> = Vec::new();
    for (column, Change { what, .. }) in marks(model, width.saturating_sub(LABEL)) {
        let mark = usize::from(column + LABEL);
        if mark < line.len() {
            continue;
        }
        let room = mark.saturating_sub(line.len() + 1);
        let what = if what.chars().count() > room && room < 6 { String::new() } else { fitted(what, room) };
        line.resize(mark - what.chars().count(), ' ');
        line.extend(what.chars().chain([ABOVE]));
    }
    Line::styled(line.into_iter().collect::<String>(), Style::new().fg(Color::Yellow))
}
