//! What a process of ours says on standard error: only the end of it is kept, for when it dies. Knows nothing of what
//! the process is for.

use std::os::fd::OwnedFd;

/// What a process says on standard error: only the end of it is kept.
pub(crate) struct Hearing {
    stderr: OwnedFd,
    end: Vec<u8>,
}

impl Hearing {
    /// Hears the end of a pipe that does not wait.
    pub(crate) fn new(stderr: OwnedFd) -> Self {
        Self { stderr, end: Vec::new() }
    }

    /// Listens to what has been said since the last time.
    pub(crate) fn listen(&mut self) {
        const KEPT: usize = 4 << 10;
        let mut bytes = [0; KEPT];
        // As much as a pipe holds: who talks without end must not keep us from our work.
        for _ in 0..(64 << 10) / KEPT {
            match rustix::io::read(&self.stderr, &mut bytes) {
                Ok(0) | Err(_) => break,
                Ok(length) => self.end.extend_from_slice(&bytes[..length]),
            }
        }
        self.end.drain(..self.end.len().saturating_sub(KEPT));
    }

    /// The end of what was said, in one line.
    pub(crate) fn last_words(&mut self) -> String {
        self.listen();
        to_last_words(&String::from_utf8_lossy(&self.end))
    }
}

fn to_last_words(text: &str) -> String {
    const LINES: usize = 3;
    const LONGEST: usize = 300;
    let text = text.replace(|c: char| c.is_control() && c != '\n', " ");
    let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    // Our own errors are one line and say it all.
    if let Some(error) = lines.last().and_then(|line| line.strip_prefix("error: ")) {
        return error.chars().take(LONGEST).collect();
    }
    let words = lines[lines.len().saturating_sub(LINES)..].join(" | ");
    words.chars().skip(words.chars().count().saturating_sub(LONGEST)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_words_are_few() {
        assert_eq!(to_last_words(""), "");
        assert_eq!(to_last_words("noise\nthread panicked\nerror: filter x failed\n"), "filter x failed");
        assert_eq!(to_last_words("one\n\n two\nthree\nterminate called\n"), "two | three | terminate called");
        assert_eq!(to_last_words(&"a".repeat(9000)).len(), 300);
    }
}
