//! Draws the model on 80 columns and 24 rows or more; on larger terminals bars, histories and graphs grow. Every figure is
//! computed before. Knows nothing of runs, and only the names of keys.

mod graph;
mod layout;
mod path;
mod words;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Style, Stylize};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Paragraph, Wrap};

use framerace::lab::palette::color_number;

use self::graph::{changes_line, graph};
use self::layout::{Heights, TEXT};
use self::path::{head_line, path_lines};
use self::words::{fitted, judged_lines};
use super::desired::DesiredSettings;
use super::keys::{HELP, KEYS, MORE_HELP, STEPS_HELP};
use super::model::{Lesson, Model};

/// The smallest terminal that everything fits on: columns and rows.
const LEAST: (u16, u16) = (80, 24);
/// The colors of the strategies, in the order of their list: those of the HTML pages, as far as a terminal has them.
const STRATEGIES: [Color; 10] = [
    Color::Gray,
    Color::Blue,
    Color::Red,
    Color::Green,
    Color::Magenta,
    Color::Yellow,
    Color::Cyan,
    Color::LightYellow,
    Color::LightMagenta,
    Color::LightRed,
];

/// Draws everything, in color or not.
pub fn draw(frame: &mut Frame<'_>, model: &Model, desired: &DesiredSettings, color: bool) {
    let area = frame.area();
    if area.width < LEAST.0 || area.height < LEAST.1 {
        let (width, height) = LEAST;
        let small = format!("too small: {width}x{height} is needed, this is {}x{}; q quits", area.width, area.height);
        frame.render_widget(Paragraph::new(small).wrap(Wrap { trim: true }), area);
        return;
    }
    draw_all(frame, model, desired, area);
    if model.shows_keys {
        draw_keys(frame, area);
    }
    if !color {
        let plain = |cell: &mut ratatui::buffer::Cell| {
            cell.set_fg(Color::Reset);
        };
        frame.buffer_mut().content.iter_mut().for_each(plain);
    }
}

fn draw_all(frame: &mut Frame<'_>, model: &Model, desired: &DesiredSettings, area: Rect) {
    let heights = Heights::new(area.height, model.lesson.is_some(), model.rows.len());
    let [title, lesson, settings, head, path, rate, changes, fps, latency, drops, verdict, ledger, message, help] =
        heights.areas(area);
    frame.render_widget(title_line(model, title.width), title);
    if let Some(about) = &model.lesson {
        draw_lesson(frame, about, lesson);
    }
    frame.render_widget(settings_line(desired), settings);
    frame.render_widget(head_line(head.width), head);
    frame.render_widget(Paragraph::new(path_lines(model, desired, path)), path);
    frame.render_widget(Line::raw(rate_line(model)), rate);
    frame.render_widget(changes_line(model, changes.width), changes);
    graph(frame, fps, &format!(" FPS     {:>7.1}", model.fps.last()), &model.fps, model);
    graph(frame, latency, &format!(" p95     {:>7.1} ms", model.latency.last()), &model.latency, model);
    graph(frame, drops, &format!(" drops   {:>7.1} /s", model.drops.last()), &model.drops, model);
    frame.render_widget(Paragraph::new(judged_lines(model, verdict)), verdict);
    frame.render_widget(Line::raw(ledger_line(model)), ledger);
    let said = match &model.lesson {
        _ if !model.message.is_empty() => &model.message,
        Some(_) => STEPS_HELP,
        None => MORE_HELP,
    };
    frame.render_widget(Line::raw(format!(" {said}")), message);
    frame.render_widget(Line::raw(format!(" {HELP}")).reversed(), help);
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

/// What can be changed; the strategy in its color.
fn settings_line(desired: &DesiredSettings) -> Line<'static> {
    let [strategy, others @ ..] = desired.words();
    let color = STRATEGIES[color_number(desired.strategy) % STRATEGIES.len()];
    let others = others.map(|words| format!("   {words}")).concat();
    Line::from(vec![Span::styled(format!(" {strategy}"), Style::new().fg(color)), Span::raw(others)])
}

/// The predicted rate beside the measured one.
fn rate_line(model: &Model) -> String {
    let fps = |fps: Option<f64>| fps.map_or("–".to_owned(), |fps| format!("{fps:.1}"));
    let (predicted, measured) = (fps(model.predicted), fps(model.measured));
    let beside = model.claimed.map_or(model.predicted_from.clone(), |fps| format!("it claims {fps:.0} FPS"));
    format!(" predicted {predicted:>7} FPS   measured {measured:>7} FPS   {beside}").trim_end().to_owned()
}

fn ledger_line(model: &Model) -> String {
    let ledger = &model.ledger;
    let failed = if ledger.failed > 0 { format!(" + {} failed", ledger.failed) } else { String::new() };
    let (captured, delivered) = (ledger.captured, ledger.delivered);
    let under_way = captured.saturating_sub(delivered + ledger.dropped + ledger.failed);
    let balance =
        format!(" {captured} = {delivered} delivered + {} dropped{failed} + {under_way} under way", ledger.dropped);
    let unread = if ledger.unread > 0 { format!("; {} not read in time", ledger.unread) } else { String::new() };
    format!("{balance}{unread}; screen {:.1} %", model.cost * 100.0)
}

/// What every key does, over the middle of everything else.
fn draw_keys(frame: &mut Frame<'_>, area: Rect) {
    let lines: Vec<_> = KEYS.iter().map(|(key, does)| Line::raw(format!(" {key:<9}{does}"))).collect();
    let width = lines.iter().map(Line::width).max().unwrap_or(0) as u16 + 3;
    let (width, height) = (width.min(area.width), (lines.len() as u16 + 2).min(area.height));
    let window = Rect::new((area.width - width) / 2, (area.height - height) / 2, width, height);
    frame.render_widget(Clear, window);
    frame.render_widget(Paragraph::new(lines).block(Block::bordered().title(" keys: ? closes this ")), window);
}

#[cfg(test)]
mod tests;
