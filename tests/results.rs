//! Result files as a user meets them: written beside a race, shown again, compared, and what is refused.

mod common;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use common::golden;

const OLD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/old-result.json");
const INPUT: &str = "synthetic:64x48@0x20";

fn framerace(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_framerace")).args(arguments).output().expect("it starts")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

/// What it prints when all goes well.
fn prints(arguments: &[&str]) -> String {
    let output = framerace(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
    stdout(&output)
}

/// It must end with this code and one line on standard error that has these words.
fn ends(arguments: &[&str], code: i32, words: &[&str]) {
    let output = framerace(arguments);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    assert_eq!(said.lines().count(), 1, "{arguments:?}: {said}");
    assert!(words.iter().all(|word| said.contains(word)), "{arguments:?}: {said}");
}

/// The path of a file in a folder, as text.
fn path(folder: &Path, name: &str) -> String {
    folder.join(name).to_string_lossy().into_owned()
}

#[test]
fn a_race_writes_every_format_and_a_report_writes_them_again() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| path(folder.path(), name);
    let (json, markdown, csv) = (at("a.json"), at("a.md"), at("a.csv"));
    let shown = prints(&[
        "compare",
        INPUT,
        "-s",
        "threads",
        "--rounds",
        "2",
        "--json",
        &json,
        "--markdown",
        &markdown,
        "--csv",
        &csv,
    ]);
    let (again_json, again_markdown, again_csv) = (at("b.json"), at("b.md"), at("b.csv"));
    let files = ["--json", &again_json, "--markdown", &again_markdown, "--csv", &again_csv];
    assert_eq!(prints(&[&["report", &json], &files[..]].concat()), shown, "the table is the same");
    for (one, other) in [(&json, &again_json), (&markdown, &again_markdown), (&csv, &again_csv)] {
        assert_eq!(fs::read_to_string(one).unwrap(), fs::read_to_string(other).unwrap());
    }
    let rows = fs::read_to_string(&csv).unwrap();
    assert_eq!(rows.lines().count(), 1 + 2 * 2, "two rounds of two strategies: {rows}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 6, "nothing but the files");
}

#[test]
fn one_file_goes_to_standard_output_in_place_of_the_table() {
    let csv = prints(&["run", INPUT, "--csv", "-"]);
    assert!(csv.starts_with("strategy,round,fps,") && csv.lines().count() == 2, "{csv}");
    golden("tests/golden/result.markdown", &prints(&["report", OLD, "--markdown", "-"]));
}

#[test]
fn files_that_cannot_be_written_cost_no_race() {
    let slow = "synthetic:64x48@1x30";
    for format in ["--json", "--markdown", "--csv"] {
        ends(&["run", slow, format, "/nowhere/result"], 1, &["/nowhere/result", "no folder /nowhere"]);
        ends(&["compare", slow, format, "/tmp"], 1, &["/tmp", "directory"]);
    }
    ends(&["run", slow, "--json", "-", "--csv", "-"], 2, &["--json and --csv", "-"]);
    ends(&["compare", slow, "--markdown", "x", "--csv", "x"], 2, &["--markdown and --csv", "its own file"]);
    ends(&["report", OLD, "--markdown", "-", "--csv", "-"], 2, &["--markdown and --csv"]);
}

#[test]
fn a_result_is_shown_from_standard_input_too() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_framerace"))
        .args(["report", "-", "-v", "--color", "always"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&fs::read(OLD).unwrap()).unwrap();
    let text = stdout(&child.wait_with_output().unwrap());
    assert!(text.contains("\x1b[1;32m▸ threads") || text.contains("\x1b[1;32m▸  threads"), "{text}");
    assert!(text.contains("page faults a frame"), "{text}");
}

#[test]
fn what_is_no_result_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let half = path(folder.path(), "half.json");
    let text = fs::read_to_string(OLD).unwrap();
    fs::write(&half, &text[..text.len() / 2]).unwrap();
    let bytes = path(folder.path(), "bytes.json");
    fs::write(&bytes, b"\xff\xfe").unwrap();
    let later = path(folder.path(), "later.json");
    fs::write(&later, text.replacen("\"schema\": 1", "\"schema\": 9", 1)).unwrap();
    for command in [&["report"][..], &["report", "-v"]] {
        let ends = |file: &str, words: &[&str]| ends(&[command, &[file]].concat(), 1, words);
        ends("no/such.json", &["cannot read no/such.json"]);
        ends("/tmp", &["cannot read /tmp"]);
        ends(&half, &["half.json", "not a whole result"]);
        ends(&bytes, &["bytes.json", "not text"]);
        ends(&later, &["later.json", "form 9", "form 1"]);
        ends(
            concat!(env!("CARGO_MANIFEST_DIR"), "/assets/report.schema.json"),
            &["report.schema.json", "not a result"],
        );
    }
}
