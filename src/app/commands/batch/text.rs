//! Parts of the texts of a batch.

use framerace::batch::Ended;

/// A number of things: `1 file`, `2 files`.
pub fn plural(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// A message about a file, with its name in front unless the message contains it.
pub fn named(ended: &Ended, why: &str) -> String {
    let input = ended.input.display().to_string();
    if why.contains(&input) { why.to_owned() } else { format!("{input}: {why}") }
}
