//! Texts that a child process sent, on their way to a person.

use crate::text::plain;

/// The longest text that is passed on, in characters.
const LONGEST: usize = 2000;

/// A text as one line: cut where it is too long, and with nothing in it that a terminal would obey.
pub(crate) fn printable(text: &str) -> String {
    plain(text.trim_end()).chars().take(LONGEST).collect()
}
