//! Result files as a user meets them: written beside a race, shown again, compared, and what is refused.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::common::child::{BINARY, Running, piped};
use crate::common::{framerace, golden, stderr, stdout};
use framerace::host::machine::{OpenCvBuild, OpenCvFacts};
use framerace::lab::diff::{diff, to_table};
use framerace::lab::report::{Report, ResultFile, Spread, Width};

const OLD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/old-result.json");
const INPUT: &str = "synthetic:64x48@0x20";

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
    let (json, markdown, csv, html) = (at("a.json"), at("a.md"), at("a.csv"), at("a.html"));
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
        "--html",
        &html,
    ]);
    let (again_json, again_markdown, again_csv, again_html) = (at("b.json"), at("b.md"), at("b.csv"), at("b.html"));
    let files = ["--json", &again_json, "--markdown", &again_markdown, "--csv", &again_csv, "--html", &again_html];
    assert_eq!(prints(&[&["report", &json], &files[..]].concat()), shown, "the table is the same");
    let pairs = [(&json, &again_json), (&markdown, &again_markdown), (&csv, &again_csv), (&html, &again_html)];
    for (one, other) in pairs {
        assert_eq!(fs::read_to_string(one).unwrap(), fs::read_to_string(other).unwrap());
    }
    assert_eq!(prints(&["report", &html]), shown, "a page has the result within");
    let rows = fs::read_to_string(&csv).unwrap();
    assert_eq!(rows.lines().count(), 1 + 2 * 2, "two rounds of two strategies: {rows}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 8, "nothing but the files");
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
    for format in ["--json", "--markdown", "--csv", "--html"] {
        ends(&["run", slow, format, "/nowhere/result"], 1, &["/nowhere/result", "no folder /nowhere"]);
        ends(&["compare", slow, format, "/tmp"], 1, &["/tmp", "directory"]);
    }
    ends(&["run", slow, "--json", "-", "--csv", "-"], 2, &["--json and --csv", "-"]);
    ends(&["compare", slow, "--markdown", "x", "--csv", "x"], 2, &["--markdown and --csv", "its own file"]);
    ends(&["report", OLD, "--markdown", "-", "--csv", "-"], 2, &["--markdown and --csv"]);
}

#[test]
fn a_result_is_shown_from_standard_input_too() {
    let mut command = Command::new(BINARY);
    command.args(["report", "-", "-v", "--color", "always"]).stdin(Stdio::piped());
    let mut child = Running::start(piped(&mut command));
    child.stdin().write_all(&fs::read(OLD).unwrap()).unwrap();
    let text = stdout(&child.output());
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
    for command in [&["report"][..], &["diff", OLD]] {
        let ends = |file: &str, words: &[&str]| ends(&[command, &[file]].concat(), 1, words);
        ends("no/such.json", &["no file no/such.json"]);
        ends("/tmp", &["cannot read /tmp"]);
        ends(&half, &["half.json", "not a whole result"]);
        ends(&bytes, &["bytes.json", "not text"]);
        ends(&later, &["later.json", "form 9", "form 3"]);
        ends(
            concat!(env!("CARGO_MANIFEST_DIR"), "/assets/report.schema.json"),
            &["report.schema.json", "not a result"],
        );
    }
}

/// The old result, edited, in a file.
fn other(folder: &Path, name: &str, edit: impl FnOnce(&mut Report)) -> String {
    let mut report = Report::from_json(&fs::read_to_string(OLD).expect("a file"), OLD).expect("a result");
    edit(&mut report);
    let path = path(folder, name);
    fs::write(&path, report.to_json().expect("JSON")).expect("a file");
    path
}

/// A report whose threads have these rounds, and this p95.
fn threads(report: &mut Report, fps: [f64; 3], p95: f64) {
    let threads = report.strategies.iter_mut().find(|s| s.name() == "threads").expect("it raced");
    threads.fps = Spread::over(fps.into());
    threads.run.latency_ms.p95 = p95;
}

#[test]
fn a_gate_that_trips_has_an_exit_code_and_a_line_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let before = other(folder.path(), "a.json", |report| threads(report, [240.0, 242.0, 238.0], 10.0));
    let slower = other(folder.path(), "b.json", |report| threads(report, [200.0, 203.0, 199.0], 12.0));
    let table = prints(&["diff", &before, &slower]);
    assert!(table.contains("-16.4 %") && table.contains("+20.0 %"), "{table}");
    ends(&["diff", &before, &slower, "--fail-if", "fps<-5%"], 3, &["threads: FPS 240 to 201", "-16.4 %", "fps<-5%"]);
    let both = ["diff", &before, &slower, "--fail-if", "fps<-5%,p95>+10%"];
    ends(&both, 3, &["threads: FPS", "threads: p95 ms 10.0 to 12.0 (+20.0 %)", "p95>+10%"]);
    prints(&["diff", &before, &slower, "--fail-if", "fps<-20%, p95 > +25%, memory>+0%,cpu>+0%"]);
    prints(&["diff", &before, &before, "--fail-if", "fps<-0%,p95>+0%"]);
    // As far from each other, but the rounds scatter as much.
    let noisy = other(folder.path(), "c.json", |report| threads(report, [140.0, 250.0, 220.0], 10.0));
    assert!(prints(&["diff", &before, &noisy, "--fail-if", "fps<-5%"]).contains("within noise"));
}

#[test]
fn a_gate_that_cannot_be_told_does_not_look_open() {
    let folder = tempfile::tempdir().unwrap();
    let none = other(folder.path(), "a.json", |report| report.strategies[0].peak_memory_mb = 0.0);
    ends(&["diff", OLD, &none, "--fail-if", "memory>+10%"], 1, &["memory>+10%", "MB of threads", "not measured"]);
    prints(&["diff", OLD, &none, "--fail-if", "cpu>+10%"]);
    let others = other(folder.path(), "b.json", |report| report.strategies.retain(|s| s.name() == "rayon"));
    let threads = other(folder.path(), "c.json", |report| report.strategies.retain(|s| s.name() == "threads"));
    ends(&["diff", &others, &threads, "--force"], 1, &["no strategy is in both"]);
}

#[test]
fn results_of_other_work_are_not_compared_unless_forced() {
    let folder = tempfile::tempdir().unwrap();
    type Edit = fn(&mut Report);
    let edits: [(&str, Edit); 6] = [
        ("Other CPU", |report| report.machine.cpu = "Other CPU".into()),
        ("96 cores", |report| report.machine.cores = 96),
        ("another chain", |report| report.chain = "grayscale".into()),
        ("another input", |report| report.input.name = "other.mp4".into()),
        ("640x720", |report| report.input.width = 640),
        ("sequential made other frames", |report| {
            report.strategies.iter_mut().for_each(|strategy| strategy.run.hash = Some("feed".into()));
        }),
    ];
    for (reason, edit) in edits {
        let other = other(folder.path(), "other.json", edit);
        ends(&["diff", OLD, &other], 1, &["error: the two are not comparable", reason, "--force"]);
        ends(&["diff", OLD, &other, "--force"], 0, &["warning: the two are not comparable", reason]);
    }
    let later = other(folder.path(), "later.json", |report| {
        report.framerace = "9.9.9".into();
        report.settings.workers = 2;
    });
    prints(&["diff", OLD, &later]);
}

/// An OpenCV 5 with IPP.
fn newest_opencv() -> OpenCvFacts {
    let build = OpenCvBuild {
        ipp: Some("2026.1.0".into()),
        hal: Some("ipp (ver 0.0.1)".into()),
        instructions: "SSE SSE2 SSE3 *SSE4.1 *AVX2 *AVX512-SKX?".into(),
    };
    OpenCvFacts { version: "5.0.0".into(), parallel: "pthreads".into(), threads: 1, build: Some(build) }
}

#[test]
fn reports_say_what_opencv_was_built_with() {
    let folder = tempfile::tempdir().unwrap();
    let newest = other(folder.path(), "newest.json", |report| report.opencv = newest_opencv());
    let table = prints(&["report", &newest, "-v"]);
    assert!(table.contains("OpenCV 5.0.0 (IPP 2026.1.0) with 1 thread"), "{table}");
    let words = "5.0.0 with 1 thread (pthreads); IPP 2026.1.0, HAL ipp (ver 0.0.1), code up to AVX2";
    assert!(prints(&["report", &newest, "--html", "-"]).contains(words));
    assert!(
        prints(&["report", &newest, "--json", "-"])
            .contains(r#""instructions": "SSE SSE2 SSE3 *SSE4.1 *AVX2 *AVX512-SKX?""#)
    );
    assert!(prints(&["doctor"]).replace("\n", " ").contains("code up to"));
}

#[test]
fn results_of_different_opencvs_are_named_as_such() {
    let folder = tempfile::tempdir().unwrap();
    // The kept result is from before it was told what OpenCV was built with.
    let newest = other(folder.path(), "newest.json", |report| report.opencv = newest_opencv());
    let table = prints(&["diff", OLD, &newest]);
    assert!(table.contains("settings differ: OpenCV 4.6.0 and 5.0.0 (IPP 2026.1.0)\n"), "{table}");
    let pixels = other(folder.path(), "pixels.json", |report| {
        report.opencv = newest_opencv();
        report.strategies.iter_mut().for_each(|strategy| strategy.run.hash = Some("feed".into()));
    });
    ends(&["diff", OLD, &pixels], 1, &["other frames", "with another OpenCV (4.6.0 and 5.0.0 (IPP 2026.1.0))"]);

    // The same version, built otherwise.
    let without = other(folder.path(), "without.json", |report| {
        report.opencv = newest_opencv();
        let build = report.opencv.build.as_mut().unwrap();
        (build.ipp, build.hal) = (None, None);
    });
    let table = prints(&["diff", &without, &newest]).replace('\n', " ");
    let words = "OpenCV 5.0.0 with no IPP, no HAL, code up to AVX2, and with IPP 2026.1.0, HAL ipp (ver 0.0.1), code up to AVX2";
    assert!(table.contains(words), "{table}");
    assert!(!prints(&["diff", &newest, &newest]).contains("differ"));
    // An old result of the same version does not tell, and so nothing is said.
    let old = other(folder.path(), "old.json", |report| {
        report.opencv = newest_opencv();
        report.opencv.build = None;
    });
    assert!(!prints(&["diff", &old, &newest]).contains("OpenCV"));
}

#[test]
fn words_that_make_no_sense_are_refused() {
    for (gate, word) in
        [("fps<5%", "--fail-if"), ("speed<-5%", "no figure 'speed'"), ("fps", "fps<-5%"), ("fps<-5%,", "fps<-5%")]
    {
        ends(&["diff", OLD, OLD, "--fail-if", gate], 2, &[word]);
    }
    ends(&["diff", "-", "-"], 2, &["standard input"]);
    ends(&["diff", OLD], 2, &["diff needs B"]);
    ends(&["report"], 2, &["report needs RESULT"]);
}

#[test]
fn figures_of_several_rounds_have_intervals_and_gates_heed_them() {
    let folder = tempfile::tempdir().unwrap();
    let with = |name: &str, p95: [f64; 4], memory: [f64; 4], queue: usize| {
        other(folder.path(), name, |report| {
            let threads = report.strategies.iter_mut().find(|s| s.name() == "threads").expect("it raced");
            (threads.p95_samples, threads.memory_samples) = (p95.into(), memory.into());
            threads.cpu_samples = vec![10.0, 10.1, 9.9, 10.0];
            report.settings.queue = queue;
        })
    };
    let before = with("a.json", [10.0, 10.2, 9.9, 10.1], [90.0, 91.0, 90.5, 90.2], 4);
    let worse = with("b.json", [12.0, 12.1, 11.9, 12.2], [90.1, 90.9, 90.6, 90.3], 64);
    let noisy = with("c.json", [7.0, 19.0, 8.0, 18.0], [60.0, 140.0, 70.0, 150.0], 4);
    let table = prints(&["diff", &before, &worse]);
    assert!(table.contains("settings differ: queue 4 and 64\n"), "{table}");
    let threads = table.lines().position(|line| line.starts_with("threads")).expect("threads");
    let figures: Vec<_> = table.lines().skip(threads).take(4).collect();
    assert!(figures.iter().all(|figure| figure.contains(" to ")), "{figures:?}");
    assert!(figures[2].contains("within noise") && !figures[1].contains("within noise"), "{figures:?}");
    ends(&["diff", &before, &worse, "--fail-if", "p95>+10%"], 3, &["threads: p95 ms 10.0 to 12.0"]);
    // As much more on the face of it, but the rounds scatter.
    prints(&["diff", &before, &noisy, "--fail-if", "p95>+10%,memory>+10%"]);
}

#[test]
fn the_changes_are_as_they_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let after = other(folder.path(), "after.json", |report| {
        threads(report, [300.0, 310.0, 305.0], 12.5);
        report.strategies.retain(|strategy| strategy.name() != "rayon");
        report.strategies[1].peak_memory_mb = 0.0;
    });
    let read = |path: &str| Report::from_json(&std::fs::read_to_string(path).unwrap(), path).unwrap();
    let text = to_table(&diff(&read(OLD), &read(&after)), ["before.json", "after.json"], Width::default());
    golden("tests/golden/diff.txt", &text);
    assert!(prints(&["diff", OLD, &after]).starts_with(text.split("\n\n").next().unwrap()));
}
