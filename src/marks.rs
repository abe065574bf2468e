//! The marks and words by which a text says what stands out, and the colors they are painted in on a terminal: the same in
//! every command, and nothing is lost where there are no colors. Knows nothing of what the text is about.

/// Stands before the winner: the fastest strategy, the value that is enough.
pub const WINNER: &str = "▸";
/// Stands before what is as it should be.
pub const RIGHT: &str = "✓";
/// Stands before what is wrong.
pub const WRONG: &str = "✗";

const GREEN: &str = "\x1b[32m";
const STRONG_GREEN: &str = "\x1b[1;32m";
const RED: &str = "\x1b[31m";
const YELLOW: &str = "\x1b[33m";
const BOLD: &str = "\x1b[1m";
const RESET: &str = "\x1b[0m";

/// Words that say what kind of line it is, before a colon or as the first column of a table.
const HEADS: &[(&str, &str)] = &[
    ("done", GREEN),
    ("error", RED),
    ("failed", RED),
    ("warning", YELLOW),
    ("note", YELLOW),
    ("unranked", YELLOW),
    ("unfair", YELLOW),
    ("disturbed", YELLOW),
    ("left out", YELLOW),
    ("not now", YELLOW),
    ("next", BOLD),
];

/// Stands between two columns of a table.
const COLUMN: &str = "  ";

/// Lines with colors.
pub fn painted(text: &str) -> String {
    text.split_inclusive('\n').map(line).collect()
}

fn line(line: &str) -> String {
    let (text, end) = line.strip_suffix('\n').map_or((line, ""), |text| (text, "\n"));
    let begin = text.len() - text.trim_start().len();
    let (indent, words) = text.split_at(begin);
    if words.starts_with(WINNER) {
        return format!("{indent}{STRONG_GREEN}{words}{RESET}{end}");
    }
    if words.starts_with("? ") {
        return format!("{indent}{YELLOW}{words}{RESET}{end}");
    }
    let is_head = |rest: &str| rest.starts_with(':') || rest.starts_with(COLUMN);
    let head = HEADS.iter().find(|(head, _)| words.strip_prefix(head).is_some_and(is_head));
    match head {
        Some((head, color)) => format!("{indent}{color}{head}{RESET}{}{end}", marks(&words[head.len()..])),
        None => format!("{indent}{}{end}", marks(words)),
    }
}

/// Text in which what a mark stands before is painted: up to the next column of the table.
fn marks(text: &str) -> String {
    let Some((at, color, mark)) = [(GREEN, RIGHT), (RED, WRONG)]
        .iter()
        .filter_map(|(color, mark)| Some((text.find(mark)?, *color, *mark)))
        .min_by_key(|found| found.0)
    else {
        return text.to_owned();
    };
    let rest = &text[at + mark.len()..];
    let length = rest.find(COLUMN).unwrap_or(rest.len());
    let (own, rest) = rest.split_at(length);
    format!("{}{color}{mark}{own}{RESET}{}", &text[..at], marks(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_heads_are_painted_and_nothing_else() {
        for (text, shown) in [
            ("plain\n", "plain\n"),
            ("▸  threads  240\n", "\u{1b}[1;32m▸  threads  240\u{1b}[0m\n"),
            ("✗  rayon  900", "\u{1b}[31m✗\u{1b}[0m  rayon  900"),
            ("stages  ✓  ✗ 59  0\n", "stages  \u{1b}[32m✓\u{1b}[0m  \u{1b}[31m✗ 59\u{1b}[0m  0\n"),
            ("  ? a: 1.00", "  \u{1b}[33m? a: 1.00\u{1b}[0m"),
            ("warning: slow", "\u{1b}[33mwarning\u{1b}[0m: slow"),
            ("  failed     1", "  \u{1b}[31mfailed\u{1b}[0m     1"),
            ("note that: this", "note that: this"),
            ("next: framerace", "\u{1b}[1mnext\u{1b}[0m: framerace"),
        ] {
            assert_eq!(painted(text), shown);
        }
    }
}
