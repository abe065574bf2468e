//! The path of the frames: the queue before each stage, what the stage does with its time, and the sink.

use ratatui::layout::Rect;
use ratatui::style::{Color, Style, Stylize};
use ratatui::text::{Line, Span};

use super::super::desired::DesiredSettings;
use super::super::model::{History, Model, Row};
use super::graph::level;
use super::layout::Columns;
use super::words::fitted;

/// The cells of a bar: busy, blocked, starved. They differ without color, too.
const CELLS: [(char, Color); 3] = [('█', Color::Green), ('▒', Color::Red), ('·', Color::DarkGray)];
/// Columns of the depth and capacity of a queue, with its brackets.
const DEPTH: usize = 10;

/// What stands above the path.
pub(super) fn head_line(width: u16) -> Line<'static> {
    let columns = Columns::new(width);
    let (queue, name) = (columns.slots + DEPTH - 1, columns.name);
    let bar = columns.bar + Columns::FIGURES;
    let head = format!(" {:<queue$} {:<name$}{:<bar$}", "queue before", "stage", "█ busy  ▒ blocked  · starved");
    let history = if columns.history > 0 { " busy over time" } else { "" };
    Line::raw((head + history).trim_end().to_owned()).dim()
}

/// Source, stages and sink. If there is not enough room, the last stages before the sink are only counted.
pub(super) fn path_lines(model: &Model, desired: &DesiredSettings, area: Rect) -> Vec<Line<'static>> {
    let (room, columns) = (usize::from(area.height).saturating_sub(1), Columns::new(area.width));
    let mut lines: Vec<_> = model.rows.iter().map(|row| row_line(row, model, desired, columns)).collect();
    let left = columns.slots + DEPTH;
    if lines.len() > room {
        let hidden = lines.len() - room + 1;
        lines.truncate(room.saturating_sub(1));
        lines.push(Line::raw(format!("{:left$} … and {hidden} more", "")).dim());
    }
    lines.push(Line::raw(format!("{:left$}▶ {}", "", fitted(&model.sink, usize::from(area.width) - left - 3))));
    lines
}

fn row_line(row: &Row, model: &Model, desired: &DesiredSettings, columns: Columns) -> Line<'static> {
    let slots = columns.slots;
    let queue = row.queue.map_or_else(String::new, |queue| {
        // What is shown as 0.0 fills no cell.
        let depth = if queue.depth < 0.05 { 0.0 } else { queue.depth };
        let is_full = |cell: usize| depth * slots as f64 > (cell * queue.capacity) as f64;
        let cells: String = (0..slots).map(|cell| if is_full(cell) { '■' } else { '·' }).collect();
        // There is no room for more digits.
        let digits = if queue.capacity < 10 { format!("{depth:>4.1}") } else { format!("{depth:>3.0}") };
        format!("[{cells}] {digits}/{}", queue.capacity)
    });
    let filter = desired.filters.iter().position(|(name, _)| *name == row.name);
    let chosen = filter == Some(model.chosen);
    let mark = if chosen { '›' } else { ' ' };
    let (left, width) = (slots + DEPTH - 1, columns.name);
    let name = fitted(&if row.is_part { format!("  {}", row.name) } else { row.name.clone() }, width - 1);
    let mut spans = vec![Span::raw(format!(" {queue:<left$}")), Span::raw(format!("{mark}{name:<width$}"))];
    spans.extend(bar(row, columns.bar));
    let slowed = filter.and_then(|at| desired.filters.get(at)).map_or(0.0, |(_, slowed)| *slowed);
    let workers = if row.workers > 1 { format!(" ×{}", row.workers) } else { String::new() };
    let ms = row.service_ms.map_or(String::new(), |ms| format!(" {ms:.1} ms"));
    let slower = if slowed > 0.0 { format!(" +{slowed:.0} %") } else { String::new() };
    let figures = format!(" {:>3.0} %{workers}{ms}{slower}", row.busy * 100.0);
    let history = model.busy.get(&row.name).filter(|_| columns.history > 0);
    spans.push(match history {
        Some(_) => Span::raw(format!("{:<1$}", figures, Columns::FIGURES + 1)),
        None => Span::raw(figures),
    });
    spans
        .extend(history.map(|history| Span::styled(sparkline(history, columns.history), Style::new().fg(Color::Cyan))));
    let line = Line::from(spans);
    if chosen { line.bold() } else { line }
}

/// How busy a stage was, the latest on the right.
fn sparkline(history: &History, width: usize) -> String {
    let shares = history.latest(width);
    let levels: String = shares.iter().map(|share| level(*share)).collect();
    format!("{levels:>width$}")
}

/// The bar of a stage: busy, blocked, starved. The rest, for which there are no figures yet, is empty.
fn bar(row: &Row, width: usize) -> Vec<Span<'static>> {
    let (mut begin, mut shared, mut spans) = (0, 0.0, Vec::new());
    for (share, (cell, color)) in [row.busy, row.blocked, row.starved].into_iter().zip(CELLS) {
        shared += share;
        let end = ((shared * width as f64).round() as usize).min(width).max(begin);
        let cells: String = std::iter::repeat_n(cell, end - begin).collect();
        spans.push(Span::styled(cells, Style::new().fg(color)));
        begin = end;
    }
    spans.push(Span::raw(" ".repeat(width - begin)));
    spans
}
