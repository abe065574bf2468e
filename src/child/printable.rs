//! Texts that a child process sent, on their way to a person.

/// The longest text that is passed on, in characters.
const LONGEST: usize = 2000;

/// A text as one line: cut where it is too long, and with nothing in it that a terminal would obey.
pub(crate) fn printable(text: &str) -> String {
    let obeyed = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.trim_end().chars().map(|c| if obeyed(c) { ' ' } else { c }).take(LONGEST).collect()
}
