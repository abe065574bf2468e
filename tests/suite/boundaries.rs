//! The architecture, read from the sources: what a folder or a file may not reach, and which one file reaches a crate.

use std::collections::BTreeSet;
use std::fs::read_dir;
use std::path::Path;

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
        ("filter", &["crate::pipeline::queue", "crate::strategy", "crate::source", "crate::sink", "crossbeam"]),
        ("source", &["crate::pipeline::queue", "crate::strategy", "crate::sink", "crate::filter"]),
        // What a source is must be known to whoever writes what came of it; sources themselves are not.
        (
            "sink",
            &[
                "crate::pipeline::queue",
                "crate::strategy",
                "crate::source::open",
                "dyn Source",
                "source::Input",
                "crate::filter",
            ],
        ),
        // It shows what it is given, and is asked to end by keys only.
        ("sink/window", &["crate::source", "crate::transcode", "ffmpeg_next", "videoio"]),
        (
            "transcode/mod.rs",
            &["crate::pipeline::queue", "crate::lab::compare", "crate::lab::report", "ffmpeg_next", "opencv::"],
        ),
        (
            "transcode/record.rs",
            &["crate::pipeline::queue", "crate::lab::compare", "crate::lab::report", "ffmpeg_next", "opencv::"],
        ),
        // They play and keep times; how a picture is read or written is not their business.
        ("source/live/paced.rs", &["ffmpeg_next", "super::file"]),
        ("source/live/reconnect.rs", &["ffmpeg_next", "super::file", "videoio"]),
        ("source/recording", &["ffmpeg_next", "crate::sink"]),
        ("strategy", &["crate::lab::compare", "crate::lab::report", "crate::lab::microbench", "crate::lab::sweep"]),
        ("lab/compare", &["crate::predict", "crate::lab::report", "crate::lab::microbench", "crate::lab::sweep"]),
        // It decides who races and reads what came of it; it measures nothing.
        (
            "lab/sweep",
            &[
                "crate::metrics",
                "crate::pipeline::queue",
                "crate::sink",
                "crate::lab::microbench",
                "crate::lab::diff",
                "opencv::",
            ],
        ),
        ("lab/diff", &["crate::metrics", "crate::strategy", "std::fs", "opencv::"]),
        (
            "lab/report",
            &[
                "crate::lab::diff",
                "crate::strategy",
                "crate::filter",
                "crate::source",
                "crate::lab::microbench",
                "crate::lab::sweep",
                "opencv::",
            ],
        ),
        // It draws what it is given.
        ("lab/report/format/html/chart.rs", &["crate::metrics", "crate::lab::report::Report", "StrategyReport"]),
        // It hands files to a conversion and keeps the books; how they are filtered and encoded is not its business.
        (
            "batch",
            &[
                "opencv::",
                "ffmpeg_next",
                "crate::pipeline::queue",
                "crate::lab::report",
                "crate::lab::compare",
                "println!",
            ],
        ),
        ("transcode/atomic_file.rs", &["crate::"]),
        ("transcode/folder.rs", &["crate::"]),
        ("transcode/temporary.rs", &["crate::"]),
        // It runs what anybody could run; it neither reports nor knows how a strategy is joined.
        (
            "tune",
            &[
                "crate::lab::report",
                "crate::pipeline::queue",
                "crate::lab::microbench",
                "crate::lab::sweep",
                "opencv::",
            ],
        ),
        // It puts strategies to the test as any program could; only the lab lets something run, and nobody prints.
        (
            "lab/lessons",
            &[
                "crate::pipeline::queue",
                "crate::lab::compare::race",
                "crate::lab::microbench",
                "crate::tune",
                "println!",
                "unsafe",
            ],
        ),
        ("lab/lessons/measured.rs", &["crate::strategy", "crate::metrics", "super::lab"]),
        ("lab/lessons/judgment.rs", &["crate::strategy", "crate::metrics::", "super::lab"]),
        // It draws what it is given.
        ("lab/lessons/html", &["crate::strategy", "crate::metrics::", "super::lab", "kuva", "dyn Lesson"]),
        ("lab/lessons/text.rs", &["crate::strategy", "crate::metrics::", "super::lab"]),
        // A user of the library as any other.
        ("lab/microbench", &["opencv::", "procfs", "rustix", "libc", "unsafe"]),
        ("predict", &["crate::lab::report", "crate::pipeline::queue", "crate::lab::microbench"]),
        // Only this machine and child processes are below it.
        (
            "metrics",
            &[
                "crate::frame",
                "crate::filter",
                "crate::source",
                "crate::sink",
                "crate::pipeline",
                "crate::strategy",
                "crate::run",
                "crate::lab",
            ],
        ),
        ("host", &["crate::strategy", "crate::lab::report", "crate::lab::compare", "crate::frame", "crate::source"]),
        ("pipeline/reorder.rs", &["crate::"]),
        ("statistics.rs", &["crate::"]),
        // What is shown is worked out first, and drawn after.
        ("app/tui/model.rs", &["ratatui", "crate::"]),
        ("lab/lessons/about.rs", &["crate::metrics", "super::lab", "crate::predict"]),
        ("app/tui/predictor.rs", &["ratatui", "framerace::lab::lessons", "framerace::lab::report", "crate::"]),
        ("app/tui/walkthrough.rs", &["ratatui", "framerace::metrics", "framerace::pipeline::Watch", "crate::"]),
        ("app/tui/show.rs", &["ratatui", "crossterm", "crate::"]),
        ("app/tui/keys.rs", &["framerace::metrics", "framerace::lab::report", "crate::"]),
        ("app/tui/desired.rs", &["ratatui", "framerace::metrics", "framerace::lab::report", "crate::"]),
        ("app/args", &["crate::app::commands", "crate::app::results", "crate::app::tui"]),
        ("app/results", &["crate::app::commands", "crate::app::tui"]),
        ("app/terminal", &["crate::app::args", "crate::app::commands", "crate::app::results"]),
        ("app/tui/screen.rs", &["crossterm", "framerace::metrics", "framerace::lab::report", "crate::"]),
        ("app/tui/background_run.rs", &["ratatui", "framerace::lab::report", "crate::"]),
        ("frame", &["crate::pipeline::queue", "crate::strategy", "crate::source", "crate::sink", "crate::filter"]),
    ];
    let mut reached = Vec::new();
    for (room, forbidden) in nevers {
        for (file, code) in code(room) {
            reached.extend(
                forbidden.iter().filter(|word| code.contains(**word)).map(|word| format!("{file} reaches {word}")),
            );
        }
    }
    assert!(reached.is_empty(), "{reached:#?}");
    let doors = [
        ("clap", "/args"),
        ("ctrlc", "/app/interrupt.rs"),
        ("glob", "/batch/inputs.rs"),
        ("console", "/app/terminal/"),
        ("indicatif", "/app/terminal/pace.rs"),
        ("linuxvideo", "/source/camera/"),
        ("opencv::highgui", "/sink/window/viewer.rs"),
        ("x11rb", "/sink/window/display.rs"),
        ("ratatui", "/app/tui/"),
        ("crossbeam_channel", "/pipeline/queue.rs"),
        ("kuva", "/html/chart.rs"),
        ("askama", "/html/"),
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
    let measured = ["./lab/lessons/shared_write.rs", "./strategy/global_lock.rs"];
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
