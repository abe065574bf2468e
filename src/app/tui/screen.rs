//! Draws the model on 80 columns and 24 rows or more. Every figure is computed before. Knows nothing of runs, and only the
//! names of keys.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Style, Stylize};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Sparkline, Wrap};

use super::desired::DesiredSettings;
use super::keys::{HELP, MORE_HELP, STEPS_HELP};
use super::model::{History, Lesson, Model, Row};

/// The smallest terminal that everything fits on: columns and rows.
const LEAST: (u16, u16) = (80, 24);
/// Cells of a stage's bar.
const BAR: usize = 28;
/// The cells of a bar: busy, blocked, starved. They differ without color, too.
const CELLS: [(char, Color); 3] = [('█', Color::Green), ('▒', Color::Red), ('·', Color::DarkGray)];
/// Columns of the label before a sparkline.
const LABEL: u16 = 20;
/// Rows for the claim of a lesson, and for its caption.
const TEXT: u16 = 2;

/// Draws everything, in color or not.
pub fn draw(frame: &mut Frame<'_>, model: &Model, desired: &DesiredSettings, color: bool) {
    let area = frame.area();
    if area.width < LEAST.0 || area.height < LEAST.1 {
        let (width, height) = LEAST;
        let small = format!("too small: {width}x{height} is needed, this is {}x{}; q quits", area.width, area.height);
        frame.render_widget(Paragraph::new(small).wrap(Wrap { trim: true }), area);
        return;
    }
    let heights = [1, if model.lesson.is_some() { 2 * TEXT } else { 0 }, 1, 1].map(Constraint::Length);
    let below = [1, 1, 1, 1, 3, 1, 1, 1].map(Constraint::Length);
    let heights = heights.into_iter().chain([Constraint::Fill(1)]).chain(below);
    let rows = Layout::vertical(heights).split(area);
    let [title, lesson, settings, head, path, rate, fps, latency, drops, verdict, ledger, message, help] = rows[..]
    else {
        return;
    };
    frame.render_widget(title_line(model, title.width), title);
    if let Some(about) = &model.lesson {
        draw_lesson(frame, about, lesson);
    }
    frame.render_widget(Line::raw(format!(" {}", desired.words().join("   "))), settings);
    frame.render_widget(Line::raw(" queue before  stage          █ busy  ▒ blocked  · starved").dim(), head);
    frame.render_widget(Paragraph::new(path_lines(model, desired, path)), path);
    frame.render_widget(Line::raw(rate_line(model)), rate);
    spark(frame, fps, &format!(" FPS     {:>7.1}", model.fps.last()), &model.fps);
    spark(frame, latency, &format!(" p95     {:>7.1} ms", model.latency.last()), &model.latency);
    spark(frame, drops, &format!(" drops   {:>7.1} /s", model.drops.last()), &model.drops);
    let judged = if model.verdict.is_empty() { "…" } else { &model.verdict };
    let text = vec![Line::raw(format!(" verdict {judged}")).bold(), Line::raw(format!(" {}", model.evidence))];
    frame.render_widget(Paragraph::new(text).wrap(Wrap { trim: false }), verdict);
    frame.render_widget(Line::raw(ledger_line(model)), ledger);
    let said = match &model.lesson {
        _ if !model.message.is_empty() => &model.message,
        Some(_) => STEPS_HELP,
        None => MORE_HELP,
    };
    frame.render_widget(Line::raw(format!(" {said}")), message);
    frame.render_widget(Line::raw(format!(" {HELP}")).reversed(), help);
    if !color {
        let plain = |cell: &mut ratatui::buffer::Cell| {
            cell.set_fg(Color::Reset);
        };
        frame.buffer_mut().content.iter_mut().for_each(plain);
    }
}

/// The input on the left, the state on the right.
fn title_line(model: &Model, width: u16) -> Line<'static> {
    let state = format!("{} ", model.state);
    let room = usize::from(width).saturating_sub(state.chars().count() + 1);
    let input = fitted(&format!(" framerace  {}", model.input), room);
    Line::from(vec![Span::raw(format!("{input:<room$} ")), Span::raw(state)]).reversed()
}

/// The claim, and the text of the present step.
fn draw_lesson(frame: &mut Frame<'_>, lesson: &Lesson, area: Rect) {
    let [claim, caption] = Layout::vertical([Constraint::Length(TEXT); 2]).areas(area);
    let beside = |text: Rect| Layout::horizontal([Constraint::Length(10), Constraint::Fill(1)]).areas(text);
    for (area, name, text) in [(claim, " claim", &lesson.claim), (caption, lesson.step.as_str(), &lesson.caption)] {
        let [left, right]: [Rect; 2] = beside(area);
        frame.render_widget(Line::raw(name), left);
        frame.render_widget(Paragraph::new(text.as_str()).bold().wrap(Wrap { trim: true }), right);
    }
}

/// The predicted rate beside the measured one.
fn rate_line(model: &Model) -> String {
    let fps = |fps: Option<f64>| fps.map_or("–".to_owned(), |fps| format!("{fps:.1}"));
    let (predicted, measured) = (fps(model.predicted), fps(model.measured));
    let beside = model.claimed.map_or(model.predicted_from.clone(), |fps| format!("it claims {fps:.0} FPS"));
    format!(" predicted {predicted:>7} FPS   measured {measured:>7} FPS   {beside}").trim_end().to_owned()
}

/// Source, stages and sink. If there is not enough room, the last stages before the sink are only counted.
fn path_lines(model: &Model, desired: &DesiredSettings, area: Rect) -> Vec<Line<'static>> {
    let room = usize::from(area.height).saturating_sub(1);
    let mut lines: Vec<_> = model.rows.iter().map(|row| row_line(row, model, desired)).collect();
    if lines.len() > room {
        let hidden = lines.len() - room + 1;
        lines.truncate(room.saturating_sub(1));
        lines.push(Line::raw(format!("               … and {hidden} more")).dim());
    }
    lines.push(Line::raw(format!("              ▶ {}", fitted(&model.sink, usize::from(area.width) - 17))));
    lines
}

fn row_line(row: &Row, model: &Model, desired: &DesiredSettings) -> Line<'static> {
    let queue = row.queue.map_or_else(String::new, |queue| {
        let cells: String =
            (0..4).map(|cell| if queue.depth * 4.0 > (cell * queue.capacity) as f64 { '■' } else { '·' }).collect();
        format!("[{cells}] {:>4.1}/{:<2}", queue.depth, queue.capacity)
    });
    let filter = desired.filters.iter().position(|(name, _)| *name == row.name);
    let chosen = filter == Some(model.chosen);
    let mark = if chosen { '›' } else { ' ' };
    let name = fitted(&if row.is_part { format!("  {}", row.name) } else { row.name.clone() }, 13);
    let mut spans = vec![Span::raw(format!(" {queue:<13}")), Span::raw(format!("{mark}{name:<14}"))];
    spans.extend(bar(row));
    spans.push(Span::raw(format!(" {:>3.0} %", row.busy * 100.0)));
    if row.workers > 1 {
        spans.push(Span::raw(format!(" ×{}", row.workers)));
    }
    if let Some(ms) = row.service_ms {
        spans.push(Span::raw(format!(" {ms:.1} ms")));
    }
    if let Some((_, slowed)) = filter.and_then(|at| desired.filters.get(at)).filter(|(_, slowed)| *slowed > 0.0) {
        spans.push(Span::raw(format!(" +{slowed:.0} %")));
    }
    let line = Line::from(spans);
    if chosen { line.bold() } else { line }
}

/// The bar of a stage: busy, blocked, starved. The rest, for which there are no figures yet, is empty.
fn bar(row: &Row) -> Vec<Span<'static>> {
    let (mut begin, mut shared, mut spans) = (0, 0.0, Vec::new());
    for (share, (cell, color)) in [row.busy, row.blocked, row.starved].into_iter().zip(CELLS) {
        shared += share;
        let end = ((shared * BAR as f64).round() as usize).min(BAR).max(begin);
        let cells: String = std::iter::repeat_n(cell, end - begin).collect();
        spans.push(Span::styled(cells, Style::new().fg(color)));
        begin = end;
    }
    spans.push(Span::raw(" ".repeat(BAR - begin)));
    spans
}

fn spark(frame: &mut Frame<'_>, area: Rect, label: &str, history: &History) {
    let [left, right] = Layout::horizontal([Constraint::Length(LABEL), Constraint::Fill(1)]).areas(area);
    frame.render_widget(Line::raw(label.to_owned()), left);
    frame.render_widget(Sparkline::default().data(history.tenths(right.width.into())).fg(Color::Cyan), right);
}

fn ledger_line(model: &Model) -> String {
    let ledger = &model.ledger;
    let failed = if ledger.failed > 0 { format!(" + {} failed", ledger.failed) } else { String::new() };
    let (captured, delivered) = (ledger.captured, ledger.delivered);
    let under_way = captured.saturating_sub(delivered + ledger.dropped + ledger.failed);
    let balance =
        format!(" {captured} = {delivered} delivered + {} dropped{failed} + {under_way} under way", ledger.dropped);
    format!("{balance}; {} not read in time; screen {:.1} %", ledger.unread, model.cost * 100.0)
}

/// A text, cut to this number of characters.
fn fitted(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    text.chars().take(room.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests;
