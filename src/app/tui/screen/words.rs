//! Text on a screen: broken into lines between words, and shortened between sentences, never within one.

use ratatui::layout::Rect;
use ratatui::style::Stylize;
use ratatui::text::Line;

use super::super::model::Model;

/// The verdict, then as much of the evidence as there is room for.
pub(super) fn judged_lines(model: &Model, area: Rect) -> Vec<Line<'static>> {
    let (width, rows) = (usize::from(area.width).saturating_sub(2), usize::from(area.height));
    let judged = if model.verdict.is_empty() { "…" } else { &model.verdict };
    let verdict = whole(&format!("verdict {judged}"), width, rows);
    let evidence = whole(&model.evidence, width, rows.saturating_sub(verdict.len()));
    let line = |text: String| Line::raw(format!(" {text}"));
    verdict.into_iter().map(|text| line(text).bold()).chain(evidence.into_iter().map(line)).collect()
}

/// A text in so many rows at most: all of it, or the first of its clauses that are whole.
fn whole(text: &str, width: usize, rows: usize) -> Vec<String> {
    let ends = |separator: &'static str| {
        let mut ends: Vec<usize> = text.match_indices(separator).map(|(at, _)| at).collect();
        ends.reverse();
        ends
    };
    // Where the first clause alone is too long, its parts.
    let ends = [vec![text.len()], ends("; "), ends(", ")].concat();
    let texts = ends.into_iter().map(|end| wrap(&text[..end], width));
    texts.into_iter().find(|lines| lines.len() <= rows).unwrap_or_default()
}

/// The lines of a text.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A text, cut to this number of characters.
pub(super) fn fitted(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    text.chars().take(room.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_left_out_clause_by_clause() {
        let text = "edges is busy 91 % of the time, blur is blocked 90 %; the queue before it is full 85 %; edges could do 155 FPS";
        assert_eq!(whole(text, 200, 1), [text]);
        assert_eq!(
            whole(text, 90, 1),
            ["edges is busy 91 % of the time, blur is blocked 90 %; the queue before it is full 85 %"]
        );
        assert_eq!(whole(text, 40, 1), ["edges is busy 91 % of the time"]);
        assert_eq!(whole(text, 40, 2), ["edges is busy 91 % of the time, blur is", "blocked 90 %"]);
        assert!(whole(text, 10, 1).is_empty() && whole(text, 80, 0).is_empty() && whole("", 80, 1).is_empty());
    }
}
