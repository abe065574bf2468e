//! The lists are whole: every file of a family is in its list under its own name, so that the true cost of one more
//! is a file, a `mod` line and a line in the list.

use std::collections::BTreeSet;
use std::fs::read_dir;
use std::path::Path;

use framerace::filter::FILTERS;
use framerace::lab::lessons::LESSONS;
use framerace::lab::report::{CHECKS, FORMATS};
use framerace::strategy::STRATEGIES;

/// The names of the files and folders of a family, as they are written on the command line.
fn names(folder: &str, inner: &[&str]) -> BTreeSet<String> {
    let files = read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(folder)).expect("a folder");
    files
        .map(|file| file.expect("a file").path().file_stem().expect("a name").to_string_lossy().replace('_', "-"))
        .filter(|name| !inner.contains(&name.as_str()))
        .collect()
}

#[test]
fn every_filter_file_is_listed_under_its_name() {
    let files = names("filter", &["mod", "chain", "context", "kind", "options", "registry"]);
    let listed: BTreeSet<_> = FILTERS.iter().map(|filter| filter.name.to_owned()).collect();
    assert_eq!(files, listed);
}

#[test]
fn every_strategy_file_is_listed_under_its_name() {
    let mut files = names("strategy", &["mod"]);
    // One folder holds both ways of carrying frames to processes.
    files.insert("processes-pipe".into());
    let listed: BTreeSet<_> = STRATEGIES.iter().map(|strategy| strategy.name().to_owned()).collect();
    assert_eq!(files, listed);
}

#[test]
fn every_format_file_is_listed_under_its_name() {
    let listed: BTreeSet<_> = FORMATS.iter().map(|format| format.name.to_owned()).collect();
    assert_eq!(names("lab/report/format", &["mod"]), listed);
}

#[test]
fn every_check_file_is_listed_under_its_name() {
    let listed: BTreeSet<_> = CHECKS.iter().map(|check| check.name.to_owned()).collect();
    assert_eq!(names("lab/report/verdict", &["mod", "case", "evidence", "finding"]), listed);
}

#[test]
fn every_lesson_file_is_listed_under_its_name_and_explained() {
    let files = names(
        "lab/lessons",
        &["mod", "html", "about", "arm", "lab", "lesson", "measured", "report", "text", "judgment", "words"],
    );
    let listed: BTreeSet<_> = LESSONS.iter().map(|lesson| lesson.about().name.to_owned()).collect();
    assert_eq!(files, listed);
}

#[test]
fn names_are_unique_and_every_entry_says_what_it_is() {
    for strategy in STRATEGIES {
        let about = strategy.about();
        assert!(
            [about.joined, about.several, about.wins, about.loses].iter().all(|text| text.len() > 10),
            "{}",
            strategy.name()
        );
        assert_eq!(STRATEGIES.iter().filter(|other| other.name() == strategy.name()).count(), 1);
        assert!(strategy.name().chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", strategy.name());
    }
    for check in CHECKS {
        assert!(check.asks.ends_with('?'), "{}", check.name);
        assert_eq!(CHECKS.iter().filter(|other| other.name == check.name).count(), 1);
    }
    for format in FORMATS {
        assert!(format.summary.len() > 10, "{}", format.name);
        assert_eq!(FORMATS.iter().filter(|other| other.name == format.name).count(), 1);
    }
}
