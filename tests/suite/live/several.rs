//! Several inputs on the command line: what is said of each, in every form, and what becomes of the others when one is lost.

use std::sync::atomic::Ordering::SeqCst;
use std::thread::sleep;
use std::time::Duration;

use crate::common::child::{balances, start, strategy, wait_until};
use crate::common::server::{Camera, Manner};
use crate::common::{CLIP, framerace, stderr, stdout};
use serde_json::Value;

const FRAMES: Manner = Manner::Frames { width: 64, height: 48, count: 1_000_000, then_silent: false };

#[test]
fn a_camera_that_is_cut_off_and_comes_back_does_not_disturb_the_other() {
    let (lost, kept) = (Camera::start(FRAMES), Camera::start(FRAMES));
    let (address, urls) = (lost.address, [lost.url(), kept.url()]);
    // The queue has room for what a busy machine holds up.
    let child = start(&["run", &urls[0], &urls[1], "-f", "grayscale", "--duration", "6", "-q", "64", "--json", "-"]);
    wait_until("frames", || lost.sent.load(SeqCst) > 30 && kept.sent.load(SeqCst) > 30);
    drop(lost);
    sleep(Duration::from_millis(700));
    let lost = Camera::at(address, FRAMES);
    let output = child.output();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let run = strategy(&output);
    assert!(balances(&run["ledger"]) && lost.sent.load(SeqCst) > 0, "{}", run["ledger"]);
    let [first, second] = &run["inputs"].as_array().expect("inputs")[..] else { panic!("{}", run["inputs"]) };
    assert!(balances(&first["ledger"]) && balances(&second["ledger"]), "{run}");
    assert!(first["outages"]["count"] == 1 && first["outages"]["for_good"] == false, "{}", first["outages"]);
    assert_eq!(second["outages"]["count"], 0, "{}", second["outages"]);
    assert!(second["ledger"]["delivered"].as_u64() > first["ledger"]["delivered"].as_u64(), "{run}");
    let said = stderr(&output);
    assert!(said.contains(&format!("note: {} was lost for ", urls[0])), "{said}");
}

#[test]
fn every_form_has_a_row_for_each_input() {
    let inputs = ["synthetic:64x48@0x30", "synthetic:32x24@0x40"];
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let arguments = ["run", inputs[0], "-f", "edges", inputs[1], "-f", "grayscale,blur", "--csv"];
    let files = [file("a.csv"), file("a.md"), file("a.html"), file("a.json")];
    let rest = [&files[0], "--markdown", &files[1], "--html", &files[2], "--json", &files[3]];
    let output = framerace(&[&arguments[..], &rest].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    let text = stdout(&output);
    assert!(text.contains("2 inputs") && text.contains("fairness"), "{text}");
    assert!(text.contains(&format!("next: framerace compare {} -f edges", inputs[0])), "{text}");
    for file in &files {
        let text = std::fs::read_to_string(file).expect("a file");
        assert!(inputs.iter().all(|input| text.contains(input)), "{file}: {text}");
    }
    let json: Value = serde_json::from_str(&std::fs::read_to_string(&files[3]).expect("a file")).expect("JSON");
    let rows = json["strategies"][0]["inputs"].as_array().expect("inputs");
    let chains: Vec<_> = rows.iter().map(|row| row["chain"].as_str().expect("a chain")).collect();
    assert!(chains[0].starts_with("edges") && chains[1].starts_with("grayscale,blur"), "{chains:?}");
    assert_eq!(json["strategies"][0]["ledger"]["delivered"], 70);
    let again = framerace(&["report", &files[3], "--markdown", "-"]);
    assert_eq!(stdout(&again), std::fs::read_to_string(&files[1]).expect("a file"), "{}", stderr(&again));
}

#[test]
fn a_comparison_of_several_files_proves_the_same_pixels() {
    let arguments = ["compare", CLIP, CLIP, "-f", "grayscale", "--frames", "10", "--rounds", "1", "--warmup", "0"];
    let output = framerace(&[&arguments[..], &["-w", "2", "--json", "-"]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let strategies = json["strategies"].as_array().expect("strategies");
    let names: Vec<_> = strategies.iter().map(|strategy| strategy["name"].as_str().expect("a name")).collect();
    for name in ["sequential", "threads", "segments", "processes", "process-per-input"] {
        assert!(names.contains(&name), "{name}: {names:?}, {}", json["left_out"]);
    }
    for strategy in strategies {
        assert_eq!(strategy["same_pixels"], true, "{}", strategy["name"]);
        assert_eq!(strategy["inputs"].as_array().map(Vec::len), Some(2), "{}", strategy["name"]);
    }
}

#[test]
fn what_cannot_be_done_with_several_inputs_says_so() {
    let two = ["synthetic:64x48@0x30", "synthetic:32x24@0x40"];
    for (more, word) in [
        (&["-o", "a.mp4"][..], "-o writes one file"),
        (&["--window"], "--window shows one input"),
        (&["--preload"], "--preload is for one input"),
        (&["-s", "auto"], "-s auto tries out one input"),
        (&["synthetic:64x48@30x30"], "--as-camera"),
    ] {
        let output = framerace(&[&["run", two[0], two[1]], more].concat());
        assert_eq!(output.status.code(), Some(2), "{more:?}");
        assert!(stderr(&output).contains(word), "{more:?}: {}", stderr(&output));
    }
    let output = framerace(&["run", two[0], "-s", "process-per-input"]);
    assert!(stderr(&output).contains("several inputs"), "{}", stderr(&output));
}
