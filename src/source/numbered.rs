//! Numbered images: which file has which number, and what lies behind the last one that could be read.

use std::path::{Path, PathBuf};

/// A path with a place for a number, as in `frames/%04d.png`.
pub(super) struct Numbered {
    before: String,
    digits: usize,
    after: String,
}

/// How far the numbers are searched: for the first, and for the next behind a gap.
const FARTHEST: u64 = 100_000;

impl Numbered {
    /// Reads a pattern; none if it has no place for a number.
    pub(super) fn new(pattern: &str) -> Option<Self> {
        pattern.match_indices('%').find_map(|(at, _)| {
            let rest = &pattern[at + 1..];
            let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            let width = &rest[..rest.len() - after.len()];
            let digits = if width.is_empty() { 0 } else { width.parse().ok().filter(|digits| *digits < 20)? };
            let after = after.strip_prefix('d')?.to_owned();
            Some(Self { before: pattern[..at].to_owned(), digits, after })
        })
    }

    /// The file with a number.
    pub(super) fn file(&self, number: u64) -> PathBuf {
        let Self { before, digits, after } = self;
        PathBuf::from(format!("{before}{number:0digits$}{after}"))
    }

    /// The lowest number that has a file.
    pub(super) fn first(&self) -> Option<u64> {
        (0..FARTHEST).find(|number| self.file(*number).exists())
    }

    /// What a user should know when reading stopped before `number`: that there is more.
    pub(super) fn complaint(&self, number: u64) -> Option<String> {
        let file = self.file(number);
        if file.exists() {
            return Some(format!("{} cannot be read; it and all images after it were left out", file.display()));
        }
        let next = (number..number + FARTHEST).map(|number| self.file(number)).find(|file| file.exists())?;
        Some(format!("{} is missing; {} and all images after it were left out", file.display(), shown(&next)))
    }
}

fn shown(file: &Path) -> String {
    file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_take_their_place() {
        let file = |pattern: &str, number| Numbered::new(pattern).unwrap().file(number).display().to_string();
        assert_eq!(file("a/%04d.png", 7), "a/0007.png");
        assert_eq!(file("a/%d.png", 7), "a/7.png");
        assert_eq!(file("100%/b%03dx.png", 12345), "100%/b12345x.png");
        assert!(Numbered::new("a%s.png").is_none());
    }
}
