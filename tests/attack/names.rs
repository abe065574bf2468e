//! Names and texts that mean harm to who looks at them: wherever the program shows them, a terminal gets no more than text,
//! a line stays a line, and a spreadsheet gets no formula.

use std::fs;
use std::process::{Command, Output};

use framerace::lab::report::{Detail, FORMATS, Report, ResultFile, Width, to_table};
use serde_json::Value;

use crate::common::child::BINARY;
use crate::common::{CLIP, framerace, stderr, stdout};

/// A title, a screen that is cleared (by seven and by eight bits), text that runs backwards, a line and a formula of its own.
const HOSTILE: &str = "=x\u{1b}]0;title\u{7}\u{1b}[2J\u{9b}2J\u{202e}4pm\u{2066}\r\nerror: \u{1b}[8m\u{7f}\u{85}y";

/// The colors that framerace gives its own marks; no hostile text has them.
const COLORS: [&str; 6] = ["\u{1b}[32m", "\u{1b}[1;32m", "\u{1b}[31m", "\u{1b}[33m", "\u{1b}[1m", "\u{1b}[0m"];

/// It must hold nothing but text, line ends and marks in color.
fn is_text(what: &str, shown: &str) {
    let shown = COLORS.iter().fold(shown.to_owned(), |text, color| text.replace(color, ""));
    let misleads = |c: char| {
        c.is_control() && c != '\n'
            || matches!(c, '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let at = shown.find(misleads);
    assert!(at.is_none(), "{what}: {:?}", at.map(|at| &shown[at..shown.len().min(at + 40)]));
    assert!(!shown.lines().any(|line| line.starts_with("error: \\u{1b}")), "{what}: it made a line of its own");
}

fn says_text(what: &str, output: &Output) {
    is_text(what, &stdout(output));
    is_text(what, &stderr(output));
}

/// Every text in a value, by its path.
fn texts(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::String(_) => found.push(path.to_owned()),
        Value::Array(values) => {
            values.iter().enumerate().for_each(|(at, one)| texts(one, &format!("{path}/{at}"), found));
        }
        Value::Object(fields) => {
            fields.iter().for_each(|(name, one)| texts(one, &format!("{path}/{name}"), found));
        }
        _ => {}
    }
}

/// A result with this in place of every text that may be anything.
fn hostile_result() -> Value {
    let kept =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/result-3.json")).expect("a result");
    let mut result: Value = serde_json::from_str(&kept).expect("JSON");
    let mut paths = Vec::new();
    texts(&result, "", &mut paths);
    for path in paths {
        let text = result.pointer_mut(&path).expect("a text");
        let before = std::mem::replace(text, HOSTILE.into());
        // Some are words of a list.
        if Report::from_json(&result.to_string(), "it").is_err() {
            *result.pointer_mut(&path).expect("a text") = before;
        }
    }
    result
}

#[test]
fn no_text_of_a_result_is_more_than_text() {
    let text = hostile_result().to_string();
    assert!(text.matches("title").count() > 20, "{text}");
    let report = Report::from_json(&text, "it").expect("a result");
    for detail in [Detail::Brief, Detail::Full] {
        is_text("the table", &to_table(&report, detail, Width::default()));
    }
    for format in FORMATS.iter().filter(|format| !format.shows_spans && format.name != "html") {
        let rendered = format.render(&report).expect(format.name);
        is_text(format.name, &rendered);
        let formula = |field: &str| field.trim_start_matches('"').starts_with(['=', '@', '+']);
        assert!(format.name != "csv" || !rendered.split(',').any(formula), "{rendered}");
    }
    let again = Report::from_json(&report.to_json().expect("JSON"), "it").expect("a result");
    assert_eq!(again, report, "JSON keeps what it cannot show");
    // As the program prints them.
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("result.json");
    fs::write(&path, &text).expect("a file");
    let path = path.to_str().expect("text");
    for arguments in [
        &["report", path][..],
        &["report", path, "-v", "--color", "always"],
        &["report", path, "--markdown", "-"],
        &["report", path, "--csv", "-"],
        &["report", path, "--json", "-"],
        &["diff", path, path, "--force"],
    ] {
        let output = framerace(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
        let shown = stdout(&output).replace("\u{1b}[1;32m▸", "▸").replace("\u{1b}[0m\n", "\n");
        is_text(&format!("{arguments:?}"), &shown);
        is_text(&format!("{arguments:?}"), &stderr(&output));
    }
    // A page is for a browser, but may be looked at, too.
    let page = stdout(&framerace(&["report", path, "--html", "-"]));
    is_text("the page", &page.replace("\nerror: ", "\n"));
}

#[test]
fn what_is_typed_is_shown_as_text() {
    let folder = tempfile::tempdir().expect("a folder");
    let nowhere = format!("{}/{HOSTILE}.mp4", folder.path().display());
    let filter = format!("blur={HOSTILE}");
    for arguments in [
        &["run", &nowhere][..],
        &["compare", &nowhere],
        &["run", HOSTILE],
        &[HOSTILE],
        &["run", CLIP, "-f", HOSTILE],
        &["run", CLIP, "-f", &filter],
        &["run", CLIP, "-s", HOSTILE],
        &["run", CLIP, "-w", HOSTILE],
        &["run", CLIP, HOSTILE],
        &["run", CLIP, "--json", &format!("{nowhere}/x")],
        &["run", "--", &format!("rtsp://127.0.0.1:9/{HOSTILE}")],
        &["run", &format!("camera:{HOSTILE}")],
        &["run", &format!("synthetic:{HOSTILE}")],
        &["run", &format!("twin:{nowhere}")],
        &["report", &nowhere],
        &["diff", &nowhere, &nowhere],
        &["batch", &nowhere, "-o", &nowhere],
        &["demo", HOSTILE],
    ] {
        let output = framerace(arguments);
        assert!(!output.status.success(), "{arguments:?}");
        says_text(&format!("{arguments:?}"), &output);
        assert_eq!(stderr(&output).lines().count(), 1, "{arguments:?}: {}", stderr(&output));
    }
}

#[test]
fn a_file_of_any_name_is_shown_as_text() {
    let folder = tempfile::tempdir().expect("a folder");
    // Not longer than a name can be, and no folders.
    let input = folder.path().join(format!("{HOSTILE}.mp4"));
    fs::copy(CLIP, &input).expect("a copy");
    let (input, output) = (input.to_str().expect("text"), folder.path().join("out"));
    let damaged = folder.path().join(format!("{HOSTILE} damaged.mp4"));
    fs::write(&damaged, &fs::read(CLIP).expect("the clip")[..90_000]).expect("a file");
    let output = output.to_str().expect("text");
    let runs = [
        &["run", input, "--frames", "5", "-v"][..],
        &["run", input, "--frames", "5", "--json", "-"],
        &["run", input, "--frames", "5", "--markdown", "-"],
        &["compare", input, "--frames", "5", "--rounds", "1", "-s", "threads", "--csv", "-"],
        &["batch", input, damaged.to_str().expect("text"), "-o", output, "-f", "resize=width=64:height=36"],
    ];
    for arguments in runs {
        let output = framerace(arguments);
        says_text(&format!("{arguments:?}"), &output);
        assert_ne!(output.status.code(), Some(2), "{arguments:?}: {}", stderr(&output));
    }
    // The command in Markdown is the same again in a shell.
    let output =
        Command::new(BINARY).args(["run", input, "--frames", "5", "--markdown", "-"]).output().expect("it runs");
    let markdown = stdout(&output);
    let line = markdown.lines().find(|line| line.contains(" run ")).expect("the command");
    let script = format!(
        "printf %s {}",
        line.split_once(" run ").expect("its words").1.split(" --frames").next().expect("a word")
    );
    let shell = Command::new("bash").args(["-c", &script]).env("LC_ALL", "C.UTF-8").output().expect("bash");
    assert_eq!(stdout(&shell), input, "{line}");
}
