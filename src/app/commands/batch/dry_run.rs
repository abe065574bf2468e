//! `--dry-run`: what would be done, a line a file.

use framerace::batch::{Outcome, Planned, Preview};
use framerace::lab::report::counted;

/// The lines, and one that sums them up.
pub fn lines(preview: &Preview, folder: &str) -> String {
    let mut text = String::new();
    for Planned { task, outcome } in &preview.files {
        let (input, output) = (task.input.display(), task.output.display());
        let why = outcome.as_ref().map_or(String::new(), why);
        text += &format!("{:<18}  {input} -> {folder}/{output}{why}\n", word(outcome.as_ref()));
    }
    for left_out in &preview.left_out {
        text += &format!("left out: {}\n", counted(left_out.files.len(), left_out.what));
    }
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for planned in &preview.files {
        let word = word(planned.outcome.as_ref());
        match counts.iter_mut().find(|(other, _)| *other == word) {
            Some((_, count)) => *count += 1,
            None => counts.push((word, 1)),
        }
    }
    let counts: Vec<_> = counts.into_iter().map(|(word, count)| format!("{count} {word}")).collect();
    text + &format!("{}: {}; nothing was written\n", counted(preview.files.len(), "file"), counts.join(", "))
}

fn word(outcome: Option<&Outcome>) -> &'static str {
    match outcome {
        None => "would be converted",
        Some(Outcome::Skipped | Outcome::Damaged(_)) => "done already",
        Some(Outcome::Kept(_)) => "kept",
        Some(Outcome::FailedBefore(_)) => "failed before",
        Some(Outcome::Elsewhere(_)) => "elsewhere",
        Some(_) => "refused",
    }
}

/// Why, behind the names.
fn why(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Kept(with) => format!(" (made with {with}; --redo replaces it)"),
        Outcome::FailedBefore(why) => format!(" ({why}; --retry tries it again)"),
        outcome => outcome.reason().map_or(String::new(), |why| format!(" ({why})")),
    }
}
