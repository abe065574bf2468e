//! `framerace capacity`: what is said, in every form, and what cannot be asked. What is found is asked in
//! `tests/alone/timed/capacity.rs`.

use crate::common::{framerace, golden, stderr, stdout};
use framerace::lab::capacity::{Capacity, to_html};
use framerace::lab::report::ResultFile;

/// A search that is short: every frame waits so long that a single input fills the one worker, and a second one does not fit.
fn search(more: &[&str]) -> std::process::Output {
    let arguments = ["capacity", "synthetic:64x48@0x10", "-f", "delay=30", "--fps", "20", "-w", "1", "--p95", "10"];
    framerace(&[&arguments[..], &["--loss", "5%", "--step", "0.6", "-s", "threads"], more].concat())
}

#[test]
fn what_is_found_is_said_in_every_form() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let (json, html) = (file("a.json"), file("a.html"));
    let output = search(&["--json", &json, "--html", &html, "-v"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let text = stdout(&output);
    assert!(text.contains("threads sustains") && text.contains("sustained"), "{text}");
    assert!(text.contains("next: framerace capacity synthetic:64x48@0x10 -f delay=30"), "{text}");
    let json = std::fs::read_to_string(&json).expect("a file");
    let found = Capacity::from_json(&json, "a.json").expect("a capacity");
    let one = &found.sustained[0];
    // A machine that has much else to do may lose frames of a single input, too.
    assert!(one.most <= 2 && one.strategy == "threads" && !one.steps.is_empty(), "{one:?}");
    assert!(one.steps.iter().all(|step| step.came > 0 && step.lost_share.0 <= step.lost_share.1), "{one:?}");
    assert_eq!(found.fps, Some(20.0));
    let page = std::fs::read_to_string(&html).expect("a file");
    assert!(page.contains("Every step") && Capacity::from_json(&page, "a.html").expect("within the page") == found);
    assert_eq!(to_html(&found).expect("a page"), page);
}

#[test]
fn the_form_of_the_file_is_kept() {
    golden("assets/capacity.schema.json", &Capacity::schema().expect("a schema"));
}

#[test]
fn nothing_is_tried_that_cannot_fit() {
    let output = search(&["--mem", "1M"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("raise --mem"), "{}", stderr(&output));
    let output = search(&["--mem", "20M", "-f", "delay=0", "--json", "-", "-q", "1"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let found = Capacity::from_json(&stdout(&output), "stdout").expect("a capacity");
    let one = &found.sustained[0];
    assert!(one.steps.iter().all(|step| step.number <= 2), "{one:?}");
}

#[test]
fn what_cannot_be_asked_says_why() {
    let output = framerace(&["capacity", "twin:cam.twin", "--fps", "30"]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    let output = framerace(&["capacity", "rtsp://127.0.0.1:1/none"]);
    assert!(stderr(&output).contains("record"), "{}", stderr(&output));
}
