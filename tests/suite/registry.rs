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
    let files = names("filter", &["mod", "altered", "chain", "live", "options", "parse"]);
    let listed: BTreeSet<_> = FILTERS.iter().map(|filter| filter.name().to_owned()).collect();
    assert_eq!(files, listed);
}

#[test]
fn every_strategy_file_is_listed_under_its_name() {
    let mut files = names("strategy", &["mod", "job", "policies", "team", "watch"]);
    // One folder holds both ways of carrying frames to processes.
    files.insert("processes-pipe".into());
    let listed: BTreeSet<_> = STRATEGIES.iter().map(|strategy| strategy.name().to_owned()).collect();
    assert_eq!(files, listed);
}

#[test]
fn every_format_file_is_listed_under_its_name() {
    let listed: BTreeSet<_> = FORMATS.iter().map(|format| format.name().to_owned()).collect();
    assert_eq!(names("report/format", &["mod"]), listed);
}

#[test]
fn every_check_file_is_listed_under_its_name() {
    let listed: BTreeSet<_> = CHECKS.iter().map(|check| check.name.to_owned()).collect();
    assert_eq!(names("report/verdict", &["mod", "case", "evidence", "kind", "pace"]), listed);
}

#[test]
fn every_lesson_file_is_listed_under_its_name_and_explained() {
    let files = names("lesson", &["mod", "html", "lab", "measured", "report", "scene", "tests", "text", "verdict"]);
    let listed: BTreeSet<_> = LESSONS.iter().map(|lesson| lesson.about().name.to_owned()).collect();
    assert_eq!(files, listed);
}

/// The text of every file below a folder or of one file, without its comments.
fn code(place: &str) -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(place);
    if path.is_dir() {
        let inner = |entry: std::io::Result<std::fs::DirEntry>| {
            code(&format!("{place}/{}", entry.expect("an entry").file_name().to_string_lossy()))
        };
        return read_dir(path).expect("a folder").flat_map(inner).collect();
    }
    let text = std::fs::read_to_string(path).expect("a file");
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    vec![(place.to_owned(), lines.collect::<Vec<_>>().join("\n"))]
}

#[test]
fn rooms_keep_to_themselves() {
    let nevers: &[(&str, &[&str])] = &[
        ("filter", &["crate::channel", "crate::strategy", "crate::source", "crate::sink", "crossbeam"]),
        ("source", &["crate::channel", "crate::strategy", "crate::sink", "crate::filter"]),
        // What a source is must be known to whoever writes what came of it; sources themselves are not.
        (
            "sink",
            &[
                "crate::channel",
                "crate::strategy",
                "crate::source::open",
                "dyn Source",
                "source::Input",
                "crate::filter",
            ],
        ),
        // It shows what it is given, and is asked to end by keys only.
        ("sink/window", &["crate::source", "crate::convert", "ffmpeg_next", "videoio"]),
        ("convert.rs", &["crate::channel", "crate::compare", "crate::report", "ffmpeg_next", "opencv::"]),
        ("record.rs", &["crate::channel", "crate::compare", "crate::report", "ffmpeg_next", "opencv::"]),
        // They play and keep times; how a picture is read or written is not their business.
        ("source/paced.rs", &["ffmpeg_next", "super::file"]),
        ("source/reconnect", &["ffmpeg_next", "super::file", "videoio"]),
        ("source/twin", &["ffmpeg_next", "crate::sink"]),
        ("strategy", &["crate::compare", "crate::report", "crate::price", "crate::sweep"]),
        ("compare.rs", &["crate::what_if", "crate::report", "crate::price", "crate::sweep"]),
        ("compare", &["crate::what_if", "crate::report", "crate::price", "crate::sweep"]),
        // It decides who races and reads what came of it; it measures nothing.
        ("sweep", &["crate::measure", "crate::channel", "crate::sink", "crate::price", "crate::diff", "opencv::"]),
        ("diff", &["crate::measure", "crate::strategy", "std::fs", "opencv::"]),
        (
            "report",
            &[
                "crate::diff",
                "crate::strategy",
                "crate::filter",
                "crate::source",
                "crate::price",
                "crate::sweep",
                "opencv::",
            ],
        ),
        // It draws what it is given.
        ("report/format/html/chart.rs", &["crate::measure", "crate::report::Report", "StrategyReport"]),
        // It hands files to a conversion and keeps the books; how they are filtered and encoded is not its business.
        ("batch", &["opencv::", "ffmpeg_next", "crate::channel", "crate::report", "crate::compare", "println!"]),
        ("temporary.rs", &["crate::"]),
        // It runs what anybody could run; it neither reports nor knows how a strategy is joined.
        ("calibrate", &["crate::report", "crate::channel", "crate::price", "crate::sweep", "opencv::"]),
        // It puts strategies to the test as any program could; only the lab lets something run, and nobody prints.
        (
            "lesson",
            &["crate::channel", "crate::compare::race", "crate::price", "crate::calibrate", "println!", "unsafe"],
        ),
        ("lesson/measured.rs", &["crate::strategy", "crate::measure", "super::lab"]),
        ("lesson/verdict.rs", &["crate::strategy", "crate::measure::", "super::lab"]),
        // It draws what it is given.
        ("lesson/html", &["crate::strategy", "crate::measure::", "super::lab", "kuva", "dyn Lesson"]),
        ("lesson/text.rs", &["crate::strategy", "crate::measure::", "super::lab"]),
        // A user of the library as any other.
        ("price", &["opencv::", "procfs", "rustix", "libc", "unsafe"]),
        ("what_if", &["crate::report", "crate::channel", "crate::price"]),
        ("measure", &["crate::"]),
        ("surroundings", &["crate::strategy", "crate::report", "crate::compare", "crate::frame", "crate::source"]),
        ("reorder.rs", &["crate::"]),
        ("statistics.rs", &["crate::"]),
        // What is shown is worked out first, and drawn after.
        ("tui/model.rs", &["ratatui", "crate::"]),
        ("lesson/scene.rs", &["crate::measure", "super::lab", "crate::what_if"]),
        ("tui/outlook.rs", &["ratatui", "framerace::lab::lessons", "framerace::lab::report", "crate::"]),
        ("tui/guide.rs", &["ratatui", "framerace::metrics", "framerace::pipeline::Watch", "crate::"]),
        ("tui/lessons.rs", &["ratatui", "crossterm", "crate::"]),
        ("tui/keys.rs", &["framerace::metrics", "framerace::lab::report", "crate::"]),
        ("tui/screen.rs", &["crossterm", "framerace::metrics", "framerace::lab::report", "crate::"]),
        ("tui/running.rs", &["ratatui", "framerace::lab::report", "crate::"]),
        ("frame", &["crate::channel", "crate::strategy", "crate::source", "crate::sink", "crate::filter"]),
    ];
    for (room, forbidden) in nevers {
        for (file, code) in code(room) {
            for word in *forbidden {
                assert!(!code.contains(word), "{file} reaches {word}");
            }
        }
    }
    let doors = [
        ("clap", "/cli/"),
        ("ctrlc", "/interrupt.rs"),
        ("glob", "/batch/inputs.rs"),
        ("console", "/progress"),
        ("indicatif", "/progress/pace.rs"),
        ("linuxvideo", "/source/camera/"),
        ("opencv::highgui", "/sink/window/viewer.rs"),
        ("x11rb", "/sink/window/display.rs"),
        ("ratatui", "/tui/"),
        ("crossbeam_channel", "/channel.rs"),
        ("kuva", "/html/chart.rs"),
        ("askama", "/html/mod.rs"),
    ];
    for door in doors {
        let others: Vec<_> = code(".")
            .into_iter()
            .filter(|(file, code)| code.contains(&format!("use {}", door.0)) && !file.contains(door.1))
            .collect();
        assert!(
            others.is_empty(),
            "{} is reached from {:?}",
            door.0,
            others.iter().map(|(file, _)| file).collect::<Vec<_>>()
        );
    }
}

#[test]
fn locks_can_be_poisoned_only_where_what_they_cost_is_measured() {
    let poisoned = code(".").into_iter().filter(|(_, code)| code.contains("PoisonError")).map(|(file, _)| file);
    let measured = ["./lesson/shared_write.rs", "./strategy/global_lock.rs"];
    assert_eq!(poisoned.collect::<BTreeSet<_>>(), measured.map(str::to_owned).into());
}

#[test]
fn every_file_says_what_it_is() {
    for place in ["src", "tests", "benches", "examples"] {
        for (file, _) in code(&format!("../{place}")) {
            if file.ends_with(".rs") {
                let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(&file))
                    .expect("a file");
                assert!(text.starts_with("//!"), "{file}");
            }
        }
    }
}

#[test]
fn names_are_unique_and_every_entry_says_what_it_is() {
    for strategy in STRATEGIES {
        let about = strategy.about();
        assert!([about.joined, about.wins, about.loses].iter().all(|text| text.len() > 10), "{}", strategy.name());
        assert_eq!(STRATEGIES.iter().filter(|other| other.name() == strategy.name()).count(), 1);
        assert!(strategy.name().chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", strategy.name());
    }
    for check in CHECKS {
        assert!(check.asks.ends_with('?'), "{}", check.name);
        assert_eq!(CHECKS.iter().filter(|other| other.name == check.name).count(), 1);
    }
    for format in FORMATS {
        assert!(format.summary().len() > 10, "{}", format.name());
        assert_eq!(FORMATS.iter().filter(|other| other.name() == format.name()).count(), 1);
    }
}
