//! What `framerace batch` keeps, what it would do, which lists of inputs it takes, and what it tells programs.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::process::{Output, Stdio};

use framerace::batch::{EventLine, JOURNAL_FILE};
use serde_json::Value;

use crate::common::place::{GRAY, Place, ended, frames, names};
use crate::common::{golden, stderr, stdout};

/// Everything below a folder with its size and time.
fn state(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.expect("an entry").path());
    let one = |path: std::path::PathBuf| {
        let meta = path.metadata().expect("there");
        format!("{} {} {:?}", path.display(), meta.len(), meta.modified().expect("a time"))
    };
    entries.map(one).collect()
}

#[test]
fn what_other_options_have_made_is_kept_until_somebody_asks() {
    let place = Place::new(&[("a.mkv", 30), ("b.mkv", 30)]);
    place.ends(GRAY, 0);
    fs::remove_file(place.output("b.mkv")).expect("it was made");
    // What is not there can be made by any options.
    let (table, said) = place.ends(&["-f", "grayscale", "--frames", "5"], 1);
    assert!(table.contains("1 done") && table.contains("1 kept"), "{table}{said}");
    assert!(said.contains("kept: a.mkv, made with -f grayscale; --redo"), "{said}");
    assert!(said.contains("error: 1 of 2 files kept"), "{said}");
    let next = "\nnext: framerace batch in -o out -f grayscale --frames 5 --redo\n";
    assert!(table.ends_with(next), "{table}");
    assert_eq!((frames(&place.output("a.mkv")), frames(&place.output("b.mkv"))), (30, 5));
    // The options of the first batch have made one of them still.
    let (table, _) = place.ends(GRAY, 1);
    assert!(table.contains("1 skipped (done before)") && table.contains("1 kept"), "{table}");
    // What was done by these options is not done again, so that a batch that was stopped goes on.
    let (table, _) = place.ends(&["-f", "grayscale", "--frames", "5", "--redo"], 0);
    assert!(table.contains("1 done,") && table.contains("1 skipped (done before)"), "{table}");
    assert_eq!(frames(&place.output("a.mkv")), 5);
    // A file that is not whole any more is of no use to anybody.
    fs::File::options().write(true).open(place.output("a.mkv")).and_then(|file| file.set_len(99)).expect("torn");
    let (table, _) = place.ends(GRAY, 1);
    assert!(table.contains("1 done,") && table.contains("1 kept"), "{table}");
    assert_eq!(frames(&place.output("a.mkv")), 30);
}

#[test]
fn what_failed_with_other_options_does_not_cost_what_was_made_before() {
    let place = Place::new(&[("a.mkv", 9)]);
    place.ends(GRAY, 0);
    place.ends(&["-f", "grayscale,fault=at=3", "--redo"], 1);
    let (_, said) = place.ends(&["-f", "blur"], 1);
    assert!(said.contains("kept: a.mkv, made with -f grayscale;"), "{said}");
    assert_eq!(frames(&place.output("a.mkv")), 9);
}

#[test]
fn a_ledger_of_an_earlier_version_keeps_its_files_too() {
    let place = Place::new(&[("a.mkv", 9)]);
    place.ends(GRAY, 0);
    let text = fs::read_to_string(place.output(JOURNAL_FILE)).expect("a ledger");
    let old: Vec<_> = text.lines().map(|line| line.replace("\"made_with\":\"-f grayscale\",", "")).collect();
    assert!(!old.iter().any(|line| line.contains("made_with")));
    fs::write(place.output(JOURNAL_FILE), old.join("\n") + "\n").expect("written");
    let (table, _) = place.ends(GRAY, 0);
    assert!(table.contains("1 skipped (done before)"), "{table}");
    let (_, said) = place.ends(&["-f", "blur"], 1);
    assert!(said.contains("kept: a.mkv, made with other options;"), "{said}");
}

#[test]
fn a_dry_run_says_what_would_be_done_and_writes_nothing() {
    let place = Place::new(&[("a.mkv", 5), ("b.mkv", 5), ("c.mkv", 5)]);
    let (said, _) = place.ends(&["-f", "grayscale", "--dry-run"], 0);
    assert!(said.starts_with("would be converted  in/a.mkv -> out/a.mkv\n"), "{said}");
    assert!(said.ends_with("3 files: 3 would be converted; nothing was written\n"), "{said}");
    assert!(!place.output("").exists());
    fs::remove_file(place.input("c.mkv")).expect("it is there");
    place.ends(GRAY, 0);
    place.ends(&["-f", "grayscale", "--frames", "2", "--redo", "--name", "{stem}-short.{ext}"], 0);
    fs::write(place.input("c.mkv"), "no video").expect("a file");
    place.ends(GRAY, 1);
    fs::write(place.output("d.mkv"), "mine").expect("a file");
    fs::copy(place.input("a.mkv"), place.input("d.mkv")).expect("a copy");
    fs::copy(place.input("a.mkv"), place.input("e.mkv")).expect("a copy");
    let before = state(&place.output(""));
    let (said, _) = place.ends(&["-f", "grayscale", "--dry-run"], 0);
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines[0], "done already        in/a.mkv -> out/a.mkv");
    assert!(lines[2].starts_with("failed before       in/c.mkv -> out/c.mkv (in/c.mkv is not a video"), "{said}");
    assert!(lines[3].starts_with("refused             in/d.mkv -> out/d.mkv (out/d.mkv is there already"), "{said}");
    assert_eq!(lines[4], "would be converted  in/e.mkv -> out/e.mkv");
    assert_eq!(
        lines[5],
        "5 files: 2 done already, 1 failed before, 1 refused, 1 would be converted; nothing was written"
    );
    let (said, _) = place.ends(&["-f", "blur", "--dry-run"], 0);
    assert!(
        said.contains("kept                in/a.mkv -> out/a.mkv (made with -f grayscale; --redo replaces it)"),
        "{said}"
    );
    assert_eq!(state(&place.output("")), before);
}

#[test]
fn options_that_no_output_can_have_are_refused_before_anything_is_opened() {
    let place = Place::new(&[("a.mkv", 3)]);
    for (arguments, words) in [
        (&["--crf", "200"][..], "h264 takes --crf 0 (best) to 51, not 200"),
        (&["--name", "{stem}.webm", "--codec", "h264"], "webm cannot hold h264"),
        (&["--codec", "ffv1", "--preset", "fast"], "ffv1 takes no --preset"),
    ] {
        let (_, said) = place.ends(&[&["-f", "grayscale"], arguments].concat(), 2);
        assert!(said.contains(words) && said.lines().count() == 1 && !place.output("").exists(), "{said}");
    }
    // Of several containers each has its own scale.
    fs::copy(place.input("a.mkv"), place.input("b.webm")).expect("a copy");
    let (table, said) = place.ends(&["-f", "grayscale", "--crf", "60"], 1);
    assert!(table.contains("1 done, 1 failed") && said.contains("in/a.mkv: h264 takes --crf"), "{table}{said}");
    assert_eq!(place.outputs(), names(&["b.webm"]));
}

/// Runs a batch of what a list on standard input names.
fn of_list(place: &Place, arguments: &[&str], list: &[u8]) -> Output {
    let mut command = std::process::Command::new(crate::common::child::BINARY);
    command.current_dir(place.root()).arg("batch").args(arguments).args(["-o", "out", "-f", "grayscale"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    child.stdin.take().expect("a pipe").write_all(list).expect("it reads");
    child.wait_with_output().expect("it ends")
}

#[test]
fn inputs_are_read_from_standard_input() {
    let place = Place::new(&[("a.mkv", 3), ("b c.mkv", 3), ("d.mkv", 3)]);
    ended(&of_list(&place, &["-"], b"in/a.mkv\r\n\nin/b c.mkv\n"), 0);
    assert_eq!(place.outputs(), names(&["a.mkv", "b c.mkv"]));
    let odd = OsString::from_vec(b"new\nline \xff.mkv".to_vec());
    fs::copy(place.input("a.mkv"), place.input(&odd)).expect("a copy");
    let list = [b"in/a.mkv\0in/".as_slice(), b"new\nline \xff.mkv", b"\0"].concat();
    for null in ["-0", "--null"] {
        let (table, said) = ended(&of_list(&place, &["-", null, "in/d.mkv"], &list), 0);
        assert!(table.contains("3 files in "), "{table}{said}");
    }
    assert!(place.0.path().join("out").join(&odd).exists());
    let none = of_list(&place, &["-"], b"\n");
    assert!(none.status.code() == Some(1) && stderr(&none).contains("lists no inputs"), "{none:?}");
    let without = of_list(&place, &["-0", "in"], b"");
    assert!(without.status.code() == Some(2) && stderr(&without).contains("add it"), "{without:?}");
    let negative = of_list(&place, &["in", "-w", "-1"], b"");
    assert!(stderr(&negative).contains("--workers takes a whole number from 1 to 1024, not '-1'"), "{negative:?}");
}

/// The lines of JSON, each of which must hold to the schema.
fn lines(text: &str) -> Vec<Value> {
    let schema: Value = serde_json::from_str(&EventLine::schema().expect("a schema")).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let parse = |line: &str| {
        let value: Value = serde_json::from_str(line).expect("JSON");
        assert!(validator.is_valid(&value), "{line}");
        value
    };
    text.lines().map(parse).collect()
}

fn kinds(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["event"].as_str().expect("a kind")).collect()
}

#[test]
fn the_schema_of_events_is_that_of_the_types() {
    let text = EventLine::schema().expect("a schema");
    golden("assets/batch-events.schema.json", &text);
    let validator = jsonschema::validator_for(&serde_json::from_str(&text).expect("JSON")).expect("a schema");
    for wrong in [r#"{"event":"begun","at_s":1}"#, r#"{"event":"danced","at_s":1}"#, r#"{"event":"note","text":"x"}"#] {
        assert!(!validator.is_valid(&serde_json::from_str(wrong).expect("JSON")), "{wrong}");
    }
}

#[test]
fn programs_are_told_what_happens_in_lines_of_json() {
    let place = Place::new(&[("a.mkv", 40), ("b.mkv", 4)]);
    fs::write(place.input("bad.mkv"), "x").expect("a file");
    fs::write(place.input("cover.jpg"), "x").expect("a file");
    let slow = ["-f", "grayscale,delay=20", "-s", "sequential", "--jobs", "1", "--json", "-"];
    let output = place.batch(&slow);
    assert_eq!(output.status.code(), Some(1));
    let lines = lines(&stdout(&output));
    let kinds = kinds(&lines);
    assert_eq!((kinds[0], kinds[1], kinds[kinds.len() - 1]), ("started", "left-out", "summary"), "{kinds:?}");
    assert_eq!(lines[0]["options"], "-f grayscale,delay=20");
    let of = |kind: &str| lines.iter().filter(|line| line["event"] == kind).collect::<Vec<_>>();
    assert_eq!((of("begun").len(), of("ended").len()), (2, 3));
    let a = *of("ended").iter().find(|line| line["input"] == "in/a.mkv").expect("its end");
    assert_eq!((&a["outcome"], &a["frames_out"], &a["output"]), (&"done".into(), &40.into(), &"a.mkv".into()));
    let progress = of("progress");
    assert!(!progress.is_empty() && progress.len() <= 20, "{}", progress.len());
    assert!(progress.iter().all(|line| line["of"].is_u64() && line["frames"].as_u64() > Some(0)));
    let summary = &lines[lines.len() - 1];
    assert_eq!((&summary["files"], &summary["frames"]), (&3.into(), &44.into()));
    assert_eq!(summary["outcomes"], serde_json::json!({"done": 2, "failed": 1}));
    let (file, folder) = (place.root().join("events.jsonl"), place.root().join("out"));
    let (table, _) = place.ends(&["-f", "grayscale,delay=20", "--json", "events.jsonl", "--dry-run"], 0);
    let text = fs::read_to_string(&file).expect("events");
    let would = self::lines(&text);
    assert_eq!(self::kinds(&would), ["started", "left-out", "would-do", "would-do", "would-do"]);
    assert!(would[2]["outcome"] == "skipped" && would[4]["outcome"] == "failed-before", "{text}");
    assert!(table.contains("3 files: 2 done already, 1 failed before"), "{table}");
    // What cannot be done at all is told, too.
    fs::remove_dir_all(&folder).expect("it is there");
    fs::write(&folder, "a file").expect("a file");
    place.ends(&["-f", "grayscale", "--json", "events.jsonl"], 1);
}
