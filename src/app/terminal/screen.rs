//! A few lines at the bottom of the terminal that are drawn over again and again, while others are said above them.
//! Knows nothing of what they say.
//!
//! indicatif, which estimates for us, would draw as well; but it fills its lines to the last column. There an echoed `^C`
//! begins a new line, and a terminal that is resized joins lines or breaks them; either leaves pieces behind. Ours end
//! before, and the cursor rests below them.

use std::fs::File;
use std::io::Write;

use console::{Term, measure_text_width};

use crate::app::terminal::stderr::Stderr;

/// The terminal that standard error is.
pub(super) struct Screen {
    terminal: Term,
    out: File,
    /// What is drawn.
    lines: Vec<String>,
}

impl Screen {
    /// None where standard error is no terminal.
    pub(super) fn of(stderr: &Stderr) -> Option<Self> {
        let (out, read, write) = (stderr.handle().ok()?, stderr.handle().ok()?, stderr.handle().ok()?);
        let terminal = Term::read_write_pair(read, write);
        terminal.is_term().then_some(Self { terminal, out, lines: Vec::new() })
    }

    /// Its columns.
    pub(super) fn columns(&self) -> usize {
        self.size().1
    }

    /// Draws lines in place of those before. Where they are more than the terminal has, the last ones.
    pub(super) fn draw(&mut self, lines: Vec<String>) {
        let (rows, columns) = self.size();
        // One is for the cursor.
        let hidden = lines.len().saturating_sub(rows.saturating_sub(1));
        let before = rows_of(&self.lines, columns);
        let mut text = up(before);
        for line in &lines[hidden..] {
            text = text + line + CLEAR + "\n";
        }
        let spare = before.saturating_sub(lines.len() - hidden);
        // Also what was typed where the cursor rests.
        text = text + &format!("{CLEAR}\n").repeat(spare) + CLEAR + &up(spare);
        self.write(&text);
        self.lines = lines.into_iter().skip(hidden).collect();
    }

    /// Says something above the lines.
    pub(super) fn above(&mut self, say: impl FnOnce()) {
        let lines = self.lines.clone();
        self.draw(Vec::new());
        say();
        self.draw(lines);
    }

    /// Rows and columns. A terminal that does not say has the usual ones.
    fn size(&self) -> (usize, usize) {
        self.terminal.size_checked().map_or((24, 80), |(rows, columns)| (rows.into(), columns.into()))
    }

    fn write(&mut self, text: &str) {
        // Nobody fails for what is only shown.
        let _ = self.out.write_all(text.as_bytes());
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if !self.lines.is_empty() {
            self.draw(Vec::new());
        }
    }
}

/// Clears to the end of the line. (To the end of the screen, tmux would keep the screen as history first.)
const CLEAR: &str = "\x1b[K";

/// Goes so many rows up, to the first column.
fn up(rows: usize) -> String {
    if rows == 0 { "\r".into() } else { format!("\r\x1b[{rows}A") }
}

/// Rows that these lines take. A terminal that has become narrower has broken them.
fn rows_of(lines: &[String], columns: usize) -> usize {
    lines.iter().map(|line| measure_text_width(line).div_ceil(columns).max(1)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_were_broken_are_drawn_over_whole() {
        let lines = ["x".repeat(79), "夏".repeat(30), String::new()];
        assert_eq!([80, 40].map(|columns| rows_of(&lines, columns)), [3, 5]);
        assert_eq!((up(0), up(5)), ("\r".into(), "\r\u{1b}[5A".into()));
    }
}
