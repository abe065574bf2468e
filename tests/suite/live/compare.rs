//! Comparisons and preloading on a live input that is lost, silent or never ends, and Ctrl-C meanwhile: what was measured
//! until then is kept, and nobody waits for ever.

use std::process::{Command, Output};
use std::sync::atomic::Ordering::SeqCst;
use std::thread::sleep;
use std::time::Duration;

use crate::common::child::{BINARY, Running, piped, wait_until};
use crate::common::server::{Camera, Manner};
use crate::common::stderr;
use rustix::process::Signal;
use serde_json::Value;

fn frames(count: u64, then_silent: bool) -> Manner {
    Manner::Frames { width: 64, height: 48, count, then_silent }
}

/// How long a camera is away: long enough to lose frames.
const OUTAGE: Duration = Duration::from_millis(700);

/// A comparison of two, in one round of short turns unless something else is said.
fn start(url: &str, more: &[&str]) -> Running {
    let mut framerace = Command::new(BINARY);
    framerace.args(["compare", url, "-f", "grayscale", "-s", "threads", "--warmup", "0", "--json", "-"]).args(more);
    for (option, usual) in [("--duration", "0.6"), ("--rounds", "1")] {
        if !more.contains(&option) {
            framerace.args([option, usual]);
        }
    }
    Running::start(piped(&mut framerace))
}

fn compare(url: &str, more: &[&str]) -> Output {
    start(url, more).output()
}

fn result(output: &Output, code: i32) -> Value {
    assert_eq!(output.status.code(), Some(code), "{}", stderr(output));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(output)))
}

/// Who had how many turns.
fn turns(result: &Value) -> Vec<(&str, usize)> {
    let strategies = result["strategies"].as_array().expect("strategies").iter();
    let samples = |strategy: &Value| strategy["fps"]["samples"].as_array().expect("rounds").len();
    strategies.map(|strategy| (strategy["name"].as_str().expect("a name"), samples(strategy))).collect()
}

/// The note that says which turns were whole.
fn note<'a>(result: &'a Value, words: &str) -> &'a str {
    let notes = result["notes"].as_array().expect("notes").iter().filter_map(Value::as_str);
    notes
        .clone()
        .find(|note| note.contains(words))
        .unwrap_or_else(|| panic!("no {words}: {:?}", notes.collect::<Vec<_>>()))
}

#[test]
fn a_camera_that_is_gone_between_two_turns_ends_the_comparison_with_what_was_whole() {
    let camera = Camera::for_connections(1, frames(1_000_000, false));
    let output = compare(&camera.url(), &["--reconnect", "0.5"]);
    let result = result(&output, 1);
    let had = turns(&result);
    let [(first, 1)] = had[..] else { panic!("{had:?}") };
    let other = if first == "threads" { "sequential" } else { "threads" };
    let told = note(&result, "whole turns: ");
    let expected = format!("{} was lost in round 1, in the turn of {other}; whole turns: {first} 1; ", camera.url());
    assert!(told.starts_with(&expected) && told.contains("refused"), "{told}");
    assert_eq!(result["left_out"][0]["name"], other);
    let said = stderr(&output);
    assert!(
        said.contains(&format!("note: {expected}")) && said.contains("was lost; what was measured until"),
        "{said}"
    );
}

#[test]
fn a_turn_that_was_cut_short_counts_only_if_there_is_no_other() {
    // A part of the only turn there is, which ends while the camera is looked for.
    let camera = Camera::for_connections(1, frames(15, false));
    let output = compare(&camera.url(), &["--reconnect", "3"]);
    let only = result(&output, 1);
    assert_eq!(turns(&only).len(), 1);
    assert!(note(&only, "whole turns: none").contains("was lost in round 1"));
    assert_eq!(only["strategies"][0]["ledger"]["captured"].as_u64().map(|frames| frames <= 15), Some(true));
    // Neither over nor lost, but silent.
    let camera = Camera::start(frames(45, true));
    let output = compare(&camera.url(), &["--duration", "3", "--timeout", "1000"]);
    let silent = result(&output, 1);
    assert!(note(&silent, "whole turns: none").contains("gave nothing in the last"), "{}", stderr(&output));
}

#[test]
fn a_camera_that_is_away_between_turns_is_waited_for() {
    let camera = Camera::for_connections(1, frames(1_000_000, false));
    let (address, url) = (camera.address, camera.url());
    let child = start(&url, &["--no-race"]);
    wait_until("the end of the first turn", || camera.is_over());
    drop(camera);
    sleep(OUTAGE);
    let _back = Camera::at(address, frames(1_000_000, false));
    let result = result(&child.output(), 0);
    let mut had = turns(&result);
    had.sort_unstable();
    assert_eq!(had, [("sequential", 1), ("threads", 1)]);
}

#[test]
fn a_camera_that_is_gone_before_the_race_at_full_speed_leaves_the_turns() {
    let camera = Camera::for_connections(2, frames(1_000_000, false));
    let output = compare(&camera.url(), &["--reconnect", "0.5"]);
    let result = result(&output, 1);
    assert_eq!((turns(&result).len(), &result["recorded"]), (2, &Value::Null));
    let said = stderr(&output);
    assert!(said.contains("no race at full speed: ") && said.contains("refused"), "{said}");
}

#[test]
fn ctrl_c_tells_which_turns_were_whole() {
    let camera = Camera::start(frames(1_000_000, false));
    let child = start(&camera.url(), &["--rounds", "1000"]);
    // More than the two turns of a round.
    wait_until("frames are sent", || camera.sent.load(SeqCst) >= 90);
    child.signal(Signal::INT);
    let output = child.output();
    let result = result(&output, 130);
    let told = note(&result, "interrupted in round ");
    for (name, whole) in turns(&result) {
        assert!(told.contains(&format!("{name} {whole}")), "{told}");
    }
    assert!(stderr(&output).contains("error: interrupted; what was measured until then"), "{}", stderr(&output));
}

#[test]
fn what_never_ends_is_preloaded_for_some_seconds_and_is_the_same_for_all() {
    let camera = Camera::start(frames(1_000_000, false));
    let result = result(&compare(&camera.url(), &["--preload"]), 0);
    let few = result["input"]["frames"].as_u64().expect("a count");
    assert!((1..=60).contains(&few), "{few}");
    for strategy in result["strategies"].as_array().expect("strategies") {
        let ledger = &strategy["ledger"];
        assert_eq!((&ledger["delivered"], &ledger["dropped"]), (&few.into(), &0.into()), "{strategy}");
        assert_eq!(strategy["same_pixels"], true);
    }
    // Without a word about it, three seconds are read.
    let output = Command::new(BINARY)
        .args(["run", &camera.url(), "--preload", "-f", "grayscale", "--json", "-"])
        .output()
        .expect("it starts");
    let result: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(&output)));
    assert!(result["input"]["frames"].as_u64() <= Some(160), "{}", result["input"]);
}

#[test]
fn silence_does_not_keep_who_preloads() {
    let camera = Camera::start(frames(12, true));
    let result = result(&compare(&camera.url(), &["--preload", "--timeout", "1000"]), 0);
    assert!(result["input"]["frames"].as_u64() <= Some(12), "{}", result["input"]);
    let child = start(&camera.url(), &["--preload", "--timeout", "1000", "--duration", "1000"]);
    let before = camera.sent.load(SeqCst);
    wait_until("frames are sent", || camera.sent.load(SeqCst) >= before + 12);
    child.signal(Signal::INT);
    let output = child.output();
    assert_eq!((output.status.code(), stderr(&output).lines().count()), (Some(130), 1), "{}", stderr(&output));
}
