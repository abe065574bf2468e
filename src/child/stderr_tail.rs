//! The end of what a child process writes to standard error, kept for when it fails.

use std::os::fd::OwnedFd;

use super::printable::printable;

/// Bytes that are kept.
const KEPT: usize = 4 << 10;
/// Bytes that one call reads at most, as many as a pipe holds: a child that writes without end must not hold up its
/// parent.
const READ: usize = 64 << 10;

/// Reads a child's standard error and keeps its end.
pub(crate) struct StderrTail {
    pipe: OwnedFd,
    end: Vec<u8>,
}

impl StderrTail {
    /// Reads from a pipe that does not block.
    pub(crate) fn new(pipe: OwnedFd) -> Self {
        Self { pipe, end: Vec::new() }
    }

    /// Reads what was written since the last time.
    pub(crate) fn read(&mut self) {
        let mut bytes = [0; KEPT];
        for _ in 0..READ / KEPT {
            match rustix::io::read(&self.pipe, &mut bytes) {
                Ok(0) | Err(_) => break,
                Ok(length) => self.end.extend_from_slice(&bytes[..length]),
            }
        }
        self.end.drain(..self.end.len().saturating_sub(KEPT));
    }

    /// The last line, whole.
    pub(crate) fn last_line(&mut self) -> String {
        self.read();
        printable(String::from_utf8_lossy(&self.end).lines().last().unwrap_or_default())
    }

    /// The last lines, shortened to one line.
    pub(crate) fn summary(&mut self) -> String {
        self.read();
        summary_of(&String::from_utf8_lossy(&self.end))
    }
}

fn summary_of(text: &str) -> String {
    const LINES: usize = 3;
    const LONGEST: usize = 300;
    let lines: Vec<_> = text.lines().map(printable).collect();
    let lines: Vec<_> = lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty()).collect();
    // An error of framerace itself is one line, complete.
    if let Some(error) = lines.last().and_then(|line| line.strip_prefix("error: ")) {
        return error.chars().take(LONGEST).collect();
    }
    let last = lines[lines.len().saturating_sub(LINES)..].join(" | ");
    last.chars().skip(last.chars().count().saturating_sub(LONGEST)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_one_short_line() {
        assert_eq!(summary_of(""), "");
        assert_eq!(summary_of("noise\nthread panicked\nerror: filter x failed\n"), "filter x failed");
        assert_eq!(summary_of("one\n\n two\nthree\nterminate called\n"), "two | three | terminate called");
        assert_eq!(summary_of(&"a".repeat(9000)).len(), 300);
    }
}
