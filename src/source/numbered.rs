//! Numbered images: which files have a number, and which numbers between them have no file.

use std::fs::read_dir;
use std::ops::Range;
use std::path::PathBuf;

/// A path with a place for a number, as in `frames/%04d.png`.
pub(super) struct Numbered {
    before: String,
    digits: usize,
    after: String,
}

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

    /// The numbers that have a file, in order.
    pub(super) fn numbers(&self) -> Vec<u64> {
        let (folder, before) = self.before.rsplit_once('/').unwrap_or((".", &self.before));
        let entries = read_dir(format!("{folder}/")).into_iter().flatten().flatten();
        let number = |name: &str| {
            let rest = name.strip_prefix(before)?;
            let digits = &rest[..rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())];
            digits.parse().ok().filter(|number| format!("{number:0width$}", width = self.digits) == digits)
        };
        let named = entries.filter_map(|entry| number(entry.file_name().to_str()?));
        let mut numbers: Vec<u64> = named.filter(|number| self.file(*number).exists()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// What a user should know of numbers that have no file between others that have: none of `numbers`.
    pub(super) fn gaps(&self, numbers: &[u64]) -> Option<String> {
        let gaps: Vec<Range<u64>> =
            numbers.windows(2).map(|pair| pair[0] + 1..pair[1]).filter(|gap| !gap.is_empty()).collect();
        let first = self.file(gaps.first()?.start);
        let others = gaps.iter().map(|gap| gap.end - gap.start).sum::<u64>() - 1;
        let (others, are) = match others {
            0 => (String::new(), "is"),
            1 => (" and 1 other".into(), "are"),
            _ => (format!(" and {others} others"), "are"),
        };
        Some(format!(
            "{}{others} {are} missing: what comes after was put right behind what was before",
            first.display()
        ))
    }
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
