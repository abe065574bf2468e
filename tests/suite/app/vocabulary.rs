//! One word for one thing: words that have a plainer or more usual name are used nowhere, in code, output or documentation.
//! `tests/golden/words-not-used.txt` has them, each with the word to use instead.

use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Where words are read by people. The changelog tells of old names, and a name in an old result file stays what it is.
const READ: &[&str] = &["src", "templates", "scripts", "examples", "benches", "docs", "README.md"];

/// The file that knows names of old results.
const OLD_NAMES: &str = "stage_name.rs";

/// A line that names a field of old files.
fn reads_old_files(line: &str) -> bool {
    line.contains("alias = \"")
}

/// Whether a line has this word: as a whole, in lower case or at the begin of a sentence.
fn has(line: &str, word: &str) -> bool {
    let line = line.to_lowercase();
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        !line[..at].chars().next_back().is_some_and(is_part)
            && !line[at + word.len()..].chars().next().is_some_and(is_part)
    })
}

/// Every file below a folder, or the file itself.
fn files_below(place: &Path) -> Vec<PathBuf> {
    match fs::read_dir(place) {
        Ok(entries) => entries.flat_map(|entry| files_below(&entry.expect("an entry").path())).collect(),
        Err(_) => vec![place.to_owned()],
    }
}

#[test]
fn words_that_have_a_better_name_are_not_used() {
    let list = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/words-not-used.txt"));
    let words: Vec<_> = list.lines().filter_map(|line| line.split_once(" → ")).collect();
    assert!(words.len() >= 20, "the list is read");
    let mut found = Vec::new();
    for path in READ.iter().flat_map(|from| files_below(&Path::new(ROOT).join(from))) {
        let Some(text) = fs::read_to_string(&path).ok().filter(|_| !path.ends_with(OLD_NAMES)) else { continue };
        let is_page = path.extension().is_some_and(|extension| extension == "md");
        let mut shown = false;
        for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !reads_old_files(line)) {
            // What a page shows was printed by the program, whose words are read in its source.
            shown ^= is_page && line.starts_with("```");
            if shown {
                continue;
            }
            let used = words.iter().filter(|(word, _)| has(line, word));
            found.extend(used.map(|(word, better)| format!("{}:{number}: {word} → {better}", path.display())));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_word_is_found_only_as_a_whole() {
    assert!(has("It is Surely so", "surely") && has("made-up frames", "made-up") && has("a hand-over", "hand-over"));
    assert!(!has("measurely", "surely") && !has("unmissed", "missed"));
}
