//! A few lines at the bottom of the terminal that are drawn again and again, while other lines are printed above them.
//! Knows nothing of their contents.
//!
//! indicatif could draw as well, but it fills lines to the last column. Then an echoed `^C` starts a new line, and resizing
//! the terminal joins or breaks lines; both leave remains on the screen. These lines end before the last column, and the
//! cursor stays below them.

use std::fs::File;
use std::io::Write;

use console::{Term, measure_text_width};

use crate::app::terminal::stderr::Stderr;

/// The terminal that standard error is.
pub struct DrawnLines {
    terminal: Term,
    out: File,
    lines: Vec<String>,
}

impl DrawnLines {
    /// None if standard error is no terminal.
    pub fn of(stderr: &Stderr) -> Option<Self> {
        let (out, read, write) = (stderr.handle().ok()?, stderr.handle().ok()?, stderr.handle().ok()?);
        let terminal = Term::read_write_pair(read, write);
        terminal.is_term().then_some(Self { terminal, out, lines: Vec::new() })
    }

    pub fn columns(&self) -> usize {
        self.size().1
    }

    /// Replaces the lines. If there are more than the terminal has rows, only the last ones are drawn.
    pub fn draw(&mut self, lines: Vec<String>) {
        let (rows, columns) = self.size();
        // One row is for the cursor.
        let hidden = lines.len().saturating_sub(rows.saturating_sub(1));
        let before = rows_of(&self.lines, columns);
        let mut text = up(before);
        for line in &lines[hidden..] {
            text = text + line + CLEAR + "\n";
        }
        let spare = before.saturating_sub(lines.len() - hidden);
        // Also clears what the user has typed at the cursor.
        text = text + &format!("{CLEAR}\n").repeat(spare) + CLEAR + &up(spare);
        // Progress that cannot be shown is no reason to fail.
        let _ = self.out.write_all(text.as_bytes());
        self.lines = lines.into_iter().skip(hidden).collect();
    }

    /// Prints something above the lines.
    pub fn above(&mut self, print: impl FnOnce()) {
        let lines = self.lines.clone();
        self.draw(Vec::new());
        print();
        self.draw(lines);
    }

    /// Rows and columns; 24 and 80 if the terminal does not say.
    fn size(&self) -> (usize, usize) {
        self.terminal.size_checked().map_or((24, 80), |(rows, columns)| (rows.into(), columns.into()))
    }
}

impl Drop for DrawnLines {
    fn drop(&mut self) {
        if !self.lines.is_empty() {
            self.draw(Vec::new());
        }
    }
}

/// Clears to the end of the line. Clearing to the end of the screen would make tmux add the screen to its history.
const CLEAR: &str = "\x1b[K";

/// Moves the cursor up by this number of rows, to the first column.
fn up(rows: usize) -> String {
    if rows == 0 { "\r".into() } else { format!("\r\x1b[{rows}A") }
}

/// The rows that these lines take. A terminal that has become narrower has broken them into several.
fn rows_of(lines: &[String], columns: usize) -> usize {
    lines.iter().map(|line| measure_text_width(line).div_ceil(columns).max(1)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_were_broken_take_several_rows() {
        let lines = ["x".repeat(79), "夏".repeat(30), String::new()];
        assert_eq!([80, 40].map(|columns| rows_of(&lines, columns)), [3, 5]);
        assert_eq!((up(0), up(5)), ("\r".into(), "\r\u{1b}[5A".into()));
    }
}
