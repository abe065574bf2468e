//! What a user finds by asking: help in groups that fit a screen, filters and strategies in full, manual pages.

use std::process::{Command, Output};

use framerace::filter::{Chain, FILTERS};
use framerace::strategy::STRATEGIES;

use crate::common::{framerace, golden, skipped, stderr, stdout};

const COMMANDS: &[&str] = &[
    "compare",
    "run",
    "batch",
    "plan",
    "work",
    "merge",
    "status",
    "record",
    "report",
    "diff",
    "capacity",
    "price",
    "crash-lab",
    "demo",
    "devices",
    "doctor",
    "filters",
    "strategies",
    "completions",
];

/// Runs the program as in a usual terminal.
fn at_80_columns(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_framerace")).args(arguments).env("COLUMNS", "80").output().expect("it starts")
}

#[test]
fn help_texts_are_as_they_are_kept() {
    golden("tests/golden/help.txt", &stdout(&at_80_columns(&["--help"])));
    for command in COMMANDS {
        let (help, asked) = (at_80_columns(&[command, "--help"]), at_80_columns(&["help", command]));
        assert!(help.status.success() && asked.status.success(), "{command}: {}", stderr(&asked));
        golden(&format!("tests/golden/help-{command}.txt"), &stdout(&help));
        assert_eq!(stdout(&help), stdout(&asked), "{command}");
    }
    for command in ["run", "compare", "batch"] {
        golden(&format!("tests/golden/short-help-{command}.txt"), &stdout(&at_80_columns(&[command, "-h"])));
    }
}

#[test]
fn each_group_of_options_fits_a_screen() {
    for command in COMMANDS {
        let help = stdout(&at_80_columns(&[command, "--help"]));
        for group in help.split("\n\n") {
            assert!(group.lines().count() <= 24, "{command}: {group}");
            assert!(group.lines().all(|line| line.chars().count() <= 80), "{command}: {group}");
        }
    }
    let run = stdout(&at_80_columns(&["run", "--help"]));
    let groups: Vec<_> = run.lines().filter(|line| line.ends_with(':') && !line.starts_with(' ')).collect();
    let expected = ["Arguments", "What to run", "Parallelism", "Measuring", "Live input", "Writing video", "Reports"];
    assert_eq!(groups, [&expected.map(|name| format!("{name}:"))[..], &["Examples:".to_owned()]].concat());
}

#[test]
fn the_short_help_shows_a_dozen_options_and_where_the_others_are() {
    for command in ["run", "compare"] {
        let short = stdout(&at_80_columns(&[command, "-h"]));
        let options = short.lines().filter(|line| line.trim_start().starts_with('-')).count();
        assert!((10..=15).contains(&options), "{command}: {options} options");
        assert!(short.trim_end().ends_with(&format!("framerace {command} --help")), "{short}");
    }
    // Of few options none is left out.
    let [short, long] = ["-h", "--help"].map(|flag| stdout(&at_80_columns(&["report", flag])));
    assert_eq!(short, long);
}

/// Text without the ends of its lines.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_filter_and_a_strategy_are_shown_in_full() {
    golden("tests/golden/filters.txt", &stdout(&framerace(&["filters"])));
    golden("tests/golden/strategies.txt", &stdout(&framerace(&["strategies"])));
    golden("tests/golden/filters-blur.txt", &stdout(&framerace(&["filters", "blur"])));
    golden("tests/golden/strategies-tiles.txt", &stdout(&framerace(&["strategies", "tiles"])));
    for filter in FILTERS.iter().filter(|filter| !filter.hidden) {
        let shown = in_one_line(&stdout(&framerace(&["filters", filter.name])));
        assert!(filter.example.parse::<Chain>().is_ok() && filter.example.contains(filter.name), "{}", filter.example);
        assert!(shown.contains(filter.summary) && shown.contains(filter.example), "{shown}");
        for option in filter.options {
            let facts = [option.name, option.default, option.help, &option.values.in_full()];
            assert!(facts.iter().all(|fact| shown.contains(fact)), "{}: {shown}", option.name);
        }
    }
    for strategy in STRATEGIES {
        let shown = stdout(&framerace(&["strategies", strategy.name()]));
        assert!(shown.starts_with(strategy.name()) && shown.contains("\n    framerace "), "{shown}");
        let drawing = shown.lines().filter(|line| line.contains('→') || line.contains('▶'));
        assert!(drawing.clone().count() > 0, "{shown}");
        assert!(drawing.clone().all(|line| line.chars().count() < 80), "{shown}");
    }
    for list in ["filters", "strategies"] {
        let output = framerace(&[list, "none-such"]);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains("none-such"), "{}", stderr(&output));
        let two = framerace(&[list, "blur", "tiles"]);
        assert_eq!(two.status.code(), Some(2));
    }
}

#[test]
fn several_lessons_are_explained_at_once() {
    let [queue, bottleneck] = ["queue", "bottleneck"].map(|name| stdout(&framerace(&["demo", name, "--explain"])));
    let both = stdout(&framerace(&["demo", "queue", "bottleneck", "queue", "--explain"]));
    assert!(both.starts_with(queue.trim_end()) && both.ends_with(&bottleneck), "{both}");
    assert_eq!(both.len(), queue.len() + bottleneck.len() + 2, "each once: {both}");
    assert!(stdout(&framerace(&["demo"])).contains("bottleneck"));
}

#[test]
fn every_command_has_a_manual_page_without_a_fault() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = framerace(&["man-pages", folder.path().to_str().expect("UTF-8")]);
    assert!(output.status.success(), "{}", stderr(&output));
    let pages = COMMANDS.iter().map(|command| format!("framerace-{command}.1")).chain(["framerace.1".into()]);
    for name in pages {
        let page = folder.path().join(&name);
        let text = std::fs::read_to_string(&page).expect("a page");
        assert!(text.contains("\n.SH NAME\n") && text.contains("\n.SH SYNOPSIS\n"), "{name}");
        let Ok(groff) = Command::new("groff").args(["-man", "-Tutf8", "-ww", "-z"]).arg(&page).output() else {
            return skipped("the look of manual pages: no groff here");
        };
        assert!(groff.status.success() && groff.stderr.is_empty(), "{name}: {}", stderr(&groff));
    }
    let count = std::fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(count, COMMANDS.len() + 1, "a command is missing in COMMANDS");
    let run = std::fs::read_to_string(folder.path().join("framerace-run.1")).expect("a page");
    for section in ["PARALLELISM", "WRITING VIDEO", "EXAMPLES"] {
        assert!(run.contains(section), "{section}: {run}");
    }
    assert!(!framerace(&["man-pages", "/nowhere"]).status.success());
}
