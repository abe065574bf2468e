//! The lessons as a user meets them: every one can be given and explained, its figures are in the result, and the
//! command it ends with works.

use std::fs::{read, read_to_string};

use crate::common::{CLIP, framerace, stderr, stdout};
use framerace::filter::Chain;
use framerace::lab::lessons::{DemoReport, LESSONS, Outcome};
use framerace::lab::report::ResultFile;
use framerace::strategy;
use serde_json::Value;

/// Gives lessons, and reads what came of them.
fn given(arguments: &[&str]) -> DemoReport {
    let output = framerace(&[&["demo"], arguments, &["--json", "-"]].concat());
    assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
    serde_json::from_slice(&output.stdout).expect("nothing but JSON on standard output")
}

#[test]
fn what_does_not_depend_on_the_machine_holds() {
    let report = given(&["crash", "--rounds", "2"]);
    let lesson = &report.lessons[0];
    assert_ne!(lesson.verdict.outcome, Outcome::DoesNotHold, "{lesson:#?}");
    for fault in ["panic", "kill"] {
        assert_eq!(lesson.measured.samples(&format!("{fault}, processes: lost")), [0.0; 2], "{lesson:#?}");
    }
    assert!(lesson.measured.samples("panic, threads: lost").iter().all(|lost| *lost >= 1.0), "{lesson:#?}");
}

#[test]
fn what_waits_is_not_refuted_by_a_busy_machine() {
    for name in ["overlap", "join-in-the-loop", "bottleneck"] {
        let report = given(&[name, "--rounds", "2"]);
        assert_ne!(report.lessons[0].verdict.outcome, Outcome::DoesNotHold, "{:#?}", report.lessons[0]);
    }
}

/// What makes a command another kind of command.
const KINDS: [&str; 7] = ["compare", "run", "price", "crash-lab", "--sweep", "--prove", "latest"];

#[test]
fn a_command_is_read_even_if_help_is_asked_for() {
    for wrong in
        [&["compare", "synthetic:320x240@0x9", "--sweep", "nothing=1"][..], &["run", "x.mp4", "--workerz", "3"]]
    {
        let output = framerace(&[wrong, &["--help"]].concat());
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
    }
}

#[test]
fn lessons_are_listed_and_explained() {
    let list = stdout(&framerace(&["demo", "list"]));
    assert_eq!(list, stdout(&framerace(&["demo"])));
    for lesson in LESSONS {
        let about = lesson.about();
        assert!(list.lines().any(|line| line.starts_with(&format!("{} ", about.name))), "{}: {list}", about.name);
        let explained = stdout(&framerace(&["demo", about.name, "--explain"]));
        let words = explained.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.starts_with(about.claim) && explained.ends_with(about.explanation), "{explained}");
    }
    let all = stdout(&framerace(&["demo", "all", "--explain"]));
    assert!(LESSONS.iter().all(|lesson| all.contains(lesson.about().explanation)));
}

#[test]
fn a_lesson_is_given_on_the_users_own_frames() {
    let report = given(&["sequential", "--rounds", "1", "--input", CLIP]);
    assert_eq!(report.lessons[0].input.as_deref(), Some(CLIP));
    let output = framerace(&["demo", "join-in-the-loop", "--rounds", "1", "--input", "synthetic:64x48@0x3"]);
    assert!(output.status.success());
    assert_eq!(stderr(&output), "note: join-in-the-loop works without frames; --input is not used\n");
    let quiet = framerace(&["demo", "sequential", "--rounds", "1", "--input", "synthetic:64x48@0x3", "--quiet"]);
    assert!(quiet.status.success() && quiet.stdout.is_empty() && quiet.stderr.is_empty());
}

#[test]
fn what_cannot_be_taught_is_refused() {
    for (arguments, code, words) in [
        (&["overlapp"][..], 2, &["overlapp", "did you mean overlap?", "demo list"][..]),
        (&["overlap", "--rounds", "0"], 2, &["--rounds"]),
        (&["overlap", "--explain", "--json", "-"], 2, &["--explain", "--json"]),
        (&["overlap", "--json", "one", "--html", "one"], 2, &["--json and --html", "one"]),
        (&["overlap", "--html", "/nowhere/lesson.html"], 1, &["no folder /nowhere"]),
        (&["overlap", "--input", "camera:0"], 1, &["camera:0", "no frame twice"]),
        (&["overlap", "--input", "no/such.mp4"], 1, &["no file no/such.mp4"]),
        (&["all", "--input", "no/such.mp4"], 1, &["no file no/such.mp4"]),
        (&["overlap", "--input", "synthetic:64x48@0x0"], 1, &["no frames"]),
        (&["overlap", "--json", "/nowhere/lesson.json"], 1, &["no folder /nowhere"]),
    ] {
        let output = framerace(&[&["demo"], arguments].concat());
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.lines().count() == 1 && said.starts_with("error: "), "{arguments:?}: {said}");
        assert!(words.iter().all(|word| said.contains(word)) && output.stdout.is_empty(), "{arguments:?}: {said}");
    }
}

#[test]
fn the_schema_is_that_of_the_types() {
    crate::common::golden("assets/demo.schema.json", &DemoReport::schema().unwrap());
}

/// All lessons.
mod thorough {
    use super::*;

    #[test]
    fn all_lessons_can_be_given() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lessons.json");
        let page = folder.path().join("lessons.html");
        let files = ["--json", path.to_str().unwrap(), "--html", page.to_str().unwrap()];
        let output = framerace(&[&["demo", "all", "--rounds", "1"], &files[..]].concat());
        let (text, said) = (stdout(&output), stderr(&output));
        assert!(output.status.success() && said.is_empty(), "{said}");
        assert!(!text.contains('\x1b'), "no color, no bar");
        for line in text.lines() {
            assert!(line.chars().count() <= 80 && line.trim_end() == line, "{line:?}");
        }
        let result: Value = serde_json::from_slice(&read(&path).unwrap()).unwrap();
        let kept = read(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo.schema.json")).unwrap();
        let validator = jsonschema::validator_for(&serde_json::from_slice(&kept).unwrap()).expect("a schema");
        assert!(validator.is_valid(&result), "{:?}", validator.iter_errors(&result).map(|e| e.to_string()).next());
        let report: DemoReport = serde_json::from_value(result).unwrap();
        assert_eq!(report.lessons.len(), LESSONS.len());
        for (lesson, given) in LESSONS.iter().zip(&report.lessons) {
            let name = lesson.about().name;
            assert_eq!(given.name, name);
            assert!(text.contains(&format!("{name}\n{}\n", "=".repeat(name.len()))), "{name}");
            assert!(given.seconds < 30.0, "{name} took {} s", given.seconds);
            assert_eq!(given.verdict.outcome, Outcome::NotDecided, "{name}: one round says nothing about chance");
            assert!(
                !given.claim.is_empty() && !given.prediction.law.is_empty() && given.measured.rounds == 1,
                "{name}"
            );
            for figure in &given.measured.figures {
                assert!(figure.samples.len() == 1 && figure.median.is_finite(), "{name}: {figure:?}");
            }
            for figure in &given.prediction.figures {
                let of = given.measured.figures.iter().find(|measured| measured.name == figure.name);
                assert!(of.is_some(), "{name} predicts {} and does not measure it", figure.name);
            }
            // Each check looked at something that was measured, though one round has no spread.
            assert_eq!(lesson.judge(&given.measured), given.verdict, "{name}");
        }
        assert!(text.contains(&format!("not decided ({})", LESSONS.len())), "{text}");
        let page = read_to_string(page).unwrap();
        assert_eq!(crate::common::browser::result_in::<DemoReport>(&page), report, "the page holds the same result");
        for lesson in LESSONS {
            let name = lesson.about().name;
            assert_eq!(page.matches(&format!("<article class=\"card lesson\" id=\"{name}\">")).count(), 1, "{name}");
        }
    }

    #[test]
    fn the_command_at_the_end_works() {
        let folder = tempfile::tempdir().unwrap();
        let mut tried = Vec::new();
        for lesson in LESSONS {
            let command = lesson.about().next;
            let mut words = command.split(' ').skip(1);
            // All are read by the command line, one of each kind is run.
            let read = framerace(&command.split(' ').skip(1).chain(["--help"]).collect::<Vec<_>>());
            assert!(read.status.success(), "{command}: {}", stderr(&read));
            // Chains and strategies are read by the library.
            let pairs: Vec<_> = command.split(' ').zip(command.split(' ').skip(1)).collect();
            for (flag, value) in pairs {
                match flag {
                    "-f" => drop(value.parse::<Chain>().expect(command)),
                    "-s" => assert!(value.split(',').all(|name| strategy::find(name).is_some()), "{command}"),
                    _ => {}
                }
            }
            let kind: Vec<&str> = command.split(' ').filter(|word| KINDS.contains(word)).collect();
            if tried.contains(&kind) {
                continue;
            }
            tried.push(kind);
            // As it stands, only shorter.
            let shorter: &[&str] = match words.next() {
                Some("compare") => &["--frames", "6", "--rounds", "1", "--warmup", "2"],
                Some("run") => &["--frames", "6"],
                Some("price") => &["--rounds", "1", "--duration", "0.01", "--workers", "1"],
                Some("crash-lab") => &["--frames", "8", "--faults", "panic", "-s", "threads"],
                other => panic!("{command}: {other:?}"),
            };
            let words =
                command.split(' ').skip(1).map(|word| if word.starts_with("--prove") { "--prove=1" } else { word });
            let mut framerace = std::process::Command::new(env!("CARGO_BIN_EXE_framerace"));
            let output = framerace.args(words).args(shorter).current_dir(folder.path()).output().expect("it starts");
            assert!(output.status.success(), "{command}: {}", stderr(&output));
        }
    }
}
