//! One line of progress, fitted to the terminal: a name, a bar, and the figures that have room. Numbers in, text out.

use console::{Alignment, measure_text_width, pad_str, truncate_str};

use crate::stderr::plain;

/// How far a file or a batch is.
pub(super) struct Line<'a> {
    /// What is done; nothing where there is only one thing.
    pub name: &'a str,
    /// Frames done.
    pub frames: u64,
    /// Frames in all, where somebody knows.
    pub all: Option<u64>,
    /// Since it began.
    pub seconds: f64,
    /// How long the frames done play, in seconds; 0 where nobody knows.
    pub played: f64,
}

/// A terminal of fewer columns has no room for a drawn bar.
const NARROW: usize = 60;
/// Columns of the drawn bar.
const BAR: usize = 10;

impl Line<'_> {
    /// The line, shorter than so many columns.
    pub(super) fn text(&self, columns: usize) -> String {
        fitted(self.name, self.percent(), self.figures(), columns)
    }

    /// None where nobody knows. A file may be wrong about its frames.
    fn percent(&self) -> Option<u64> {
        self.all.map(|all| (self.frames * 100).checked_div(all).unwrap_or(0).min(100))
    }

    /// Frames, time left, FPS, and how many times as fast as it plays.
    fn figures(&self) -> Vec<String> {
        let seconds = self.seconds.max(1e-9);
        let fps = self.frames as f64 / seconds;
        // Short, so that the others have room in 80 columns.
        let mut figures =
            vec![self.all.map_or_else(|| format!("{} frames", self.frames), |all| format!("{}/{all}", self.frames))];
        let left = self.all.map_or(0, |all| all.saturating_sub(self.frames)) as f64 / fps;
        // At first nobody knows; and the last frames are still in the encoder.
        if left > 0.0 && left < 1e7 && seconds > 1.0 {
            figures.push(format!("{} left", clock(left)));
        }
        figures.push(format!("{fps:.0} FPS"));
        if self.played > 0.0 {
            figures.push(format!("{:.1}×", self.played / seconds));
        }
        figures
    }
}

/// A name, the part that is done, and figures, in fewer than so many columns. Figures at the end go first.
pub(super) fn fitted(name: &str, percent: Option<u64>, figures: Vec<String>, columns: usize) -> String {
    let mut line = String::new();
    if !name.is_empty() {
        let room = (columns / 5).clamp(10, 32);
        line = format!("{} ", pad_str(&truncate_str(&plain(name), room, "…"), room, Alignment::Left, None));
    }
    if columns >= NARROW {
        let full = BAR * percent.unwrap_or(0).min(100) as usize / 100;
        line = line + &"█".repeat(full) + &"░".repeat(BAR - full) + " ";
    }
    line += &percent.map_or_else(|| " ".repeat(5), |percent| format!("{percent:>3} %"));
    for figure in figures {
        let longer = format!("{line} · {figure}");
        if measure_text_width(&longer) >= columns {
            break;
        }
        line = longer;
    }
    truncate_str(&line, columns.saturating_sub(1), "").into_owned()
}

/// `1:02:03` or `2:03`.
fn clock(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, m, s) => format!("{m}:{s:02}"),
        (h, m, s) => format!("{h}:{m:02}:{s:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(name: &str) -> Line<'_> {
        Line { name, frames: 1234, all: Some(5678), seconds: 10.0, played: 49.36 }
    }

    #[test]
    fn what_has_room_is_shown() {
        assert_eq!(
            some("clip.mp4").text(80),
            "clip.mp4         ██░░░░░░░░  21 % · 1234/5678 · 0:36 left · 123 FPS · 4.9×"
        );
        assert_eq!(some("a-long-name.mp4").text(40), "a-long-na…  21 % · 1234/5678");
        assert_eq!(some("").text(44), " 21 % · 1234/5678 · 0:36 left · 123 FPS");
    }

    #[test]
    fn who_does_not_say_how_long_it_is_has_no_part() {
        let line = Line { all: None, played: 0.0, ..some("live.ts") }.text(80);
        assert_eq!(line, "live.ts          ░░░░░░░░░░       · 1234 frames · 123 FPS");
        let wrong = Line { all: Some(1000), ..some("") }.text(80);
        assert!(wrong.starts_with("██████████ 100 % · 1234/1000 · 123 FPS"), "{wrong}");
        assert!(Line { frames: 0, all: Some(0), seconds: 0.0, ..some("x") }.text(80).contains("0/0 · 0 FPS"));
    }

    #[test]
    fn odd_names_neither_move_the_cursor_nor_break_the_line() {
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
