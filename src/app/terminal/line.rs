//! One line of progress that fits the terminal: a name, a bar, and as many figures as there is room for. Numbers in, text out.

use std::time::Duration;

use console::{Alignment, measure_text_width, pad_str, truncate_str};
use framerace::text::plain;

use super::pace::Estimate;

/// The progress of a file or a batch.
pub(super) struct Line<'a> {
    /// The file or the batch; empty if there is only one.
    pub name: &'a str,
    pub frames: u64,
    /// The number of all frames, if it is known.
    pub all: Option<u64>,
    pub pace: Estimate,
    /// The duration of a frame in seconds; 0 if it is unknown.
    pub frame_plays: f64,
}

/// On terminals of fewer columns there is no bar, only figures.
const NARROW: usize = 60;
/// Columns of the bar.
const BAR: usize = 10;

impl Line<'_> {
    /// The line, shorter than `columns`.
    pub(super) fn text(&self, columns: usize) -> String {
        fitted(self.name, self.percent(), self.figures(), columns)
    }

    /// None if the number of frames is unknown. At most 100, because a file may announce too few.
    fn percent(&self) -> Option<u64> {
        self.all.map(|all| (self.frames * 100).checked_div(all).unwrap_or(0).min(100))
    }

    /// Frames, time left, FPS, and the speed relative to the duration.
    fn figures(&self) -> Vec<String> {
        let Estimate { fps, left } = self.pace;
        // Short, so that all figures fit in 80 columns.
        let mut figures =
            vec![self.all.map_or_else(|| format!("{} frames", self.frames), |all| format!("{}/{all}", self.frames))];
        if let Some(left) = left {
            figures.push(format!("{} left", clock(left)));
        }
        figures.push(format!("{fps:.0} FPS"));
        if self.frame_plays > 0.0 {
            figures.push(format!("{:.1}×", self.frame_plays * fps));
        }
        figures
    }
}

/// Whether all of this has fewer than `columns`.
pub(super) fn fits(name: &str, percent: Option<u64>, figures: &[String], columns: usize) -> bool {
    let all = figures.iter().map(|figure| SEPARATOR.to_owned() + figure).collect::<String>();
    measure_text_width(&(begin(name, percent, columns) + &all)) < columns
}

/// A name, the percentage done, and figures, in fewer than `columns`. Figures at the end are left out first.
pub(super) fn fitted(name: &str, percent: Option<u64>, figures: Vec<String>, columns: usize) -> String {
    let mut line = begin(name, percent, columns);
    for figure in figures {
        let longer = line.clone() + SEPARATOR + &figure;
        if measure_text_width(&longer) >= columns {
            break;
        }
        line = longer;
    }
    truncate_str(&line, columns.saturating_sub(1), "").into_owned()
}

const SEPARATOR: &str = " · ";

/// What comes before the figures: the name, and the percentage done as a bar and as a number.
fn begin(name: &str, percent: Option<u64>, columns: usize) -> String {
    let mut line = String::new();
    if !name.is_empty() {
        let room = (columns / 5).clamp(10, 32);
        line = format!("{} ", pad_str(&truncate_str(&plain(name), room, "…"), room, Alignment::Left, None));
    }
    if columns >= NARROW {
        let full = BAR * percent.unwrap_or(0).min(100) as usize / 100;
        line = line + &"█".repeat(full) + &"░".repeat(BAR - full) + " ";
    }
    line + &percent.map_or_else(|| " ".repeat(5), |percent| format!("{percent:>3} %"))
}

/// `1:02:03` or `2:03`.
pub(super) fn clock(time: Duration) -> String {
    let seconds = time.as_secs_f64().round() as u64;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, m, s) => format!("{m}:{s:02}"),
        (h, m, s) => format!("{h}:{m:02}:{s:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(name: &str) -> Line<'_> {
        let pace = Estimate { fps: 123.4, left: Some(Duration::from_secs(36)) };
        Line { name, frames: 1234, all: Some(5678), pace, frame_plays: 0.04 }
    }

    #[test]
    fn figures_are_left_out_where_there_is_no_room() {
        assert_eq!(
            some("clip.mp4").text(80),
            "clip.mp4         ██░░░░░░░░  21 % · 1234/5678 · 0:36 left · 123 FPS · 4.9×"
        );
        assert_eq!(some("a-long-name.mp4").text(40), "a-long-na…  21 % · 1234/5678");
        assert_eq!(some("").text(44), " 21 % · 1234/5678 · 0:36 left · 123 FPS");
    }

    #[test]
    fn without_a_number_of_frames_there_is_no_percentage() {
        let unknown = Estimate { fps: 123.4, left: None };
        let line = Line { all: None, pace: unknown, frame_plays: 0.0, ..some("live.ts") }.text(80);
        assert_eq!(line, "live.ts          ░░░░░░░░░░       · 1234 frames · 123 FPS");
        let wrong = Line { all: Some(1000), pace: unknown, ..some("") }.text(80);
        assert!(wrong.starts_with("██████████ 100 % · 1234/1000 · 123 FPS"), "{wrong}");
        assert!(
            Line { frames: 0, all: Some(0), pace: Estimate { fps: 0.0, left: None }, ..some("x") }
                .text(80)
                .contains("0/0 · 0 FPS")
        );
    }

    #[test]
    fn unusual_names_neither_move_the_cursor_nor_break_the_line() {
        for name in ["夏休みの長い長い思い出のビデオ.mp4", "a\u{1b}[2J\nb\tc.mp4", "\u{202e}4pm.mp4", "e\u{301}\u{301}"]
        {
            for columns in [20, 40, 41, 60, 80, 200] {
                let line = some(name).text(columns);
                assert!(!line.contains(char::is_control) && !line.contains('\u{202e}'), "{line:?}");
                assert!(measure_text_width(&line) < columns, "{columns}: {line}");
            }
        }
    }
}
