//! Text as a page needs it.

use anyhow::Result;
use serde::Serialize;

/// A sentence that begins like one.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// Text in which a number stays with its sign.
pub(crate) fn tied(text: &str) -> String {
    text.replace(" %", "\u{a0}%")
}

/// The result as JSON that cannot end the element it stands in.
pub(crate) fn embedded(report: &impl Serialize) -> Result<String> {
    Ok(serde_json::to_string(report)?.replace('<', "\\u003c"))
}
