//! `run --window` on a screen that nobody sees: it shows, listens to keys, and ends in good order. Without a screen it says
//! so. Left out, loudly, where there is no Xvfb.

use std::process::{Child, Command, Stdio};

use crate::common::display::{Display, until};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

const TITLE: &str = "framerace: ";
const ESCAPE: u32 = 0xff1b;

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_framerace"));
    command.args(arguments).env_remove("WAYLAND_DISPLAY").env_remove("QT_QPA_PLATFORM");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A run that only its user ends.
fn start(display: &Display) -> Child {
    let arguments = ["run", "synthetic:320x240@30x1000000", "-f", "grayscale", "--window", "--json", "-"];
    command(&arguments).env("DISPLAY", &display.name).spawn().expect("it starts")
}

/// How it ended: exit code, result, and what it said.
fn end_of(mut child: Child) -> (Option<i32>, Value, String) {
    until("over", || child.try_wait().expect("a child"));
    let output = child.wait_with_output().expect("its output");
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or_default(), said)
}

fn accounts_for_its_frames(result: &Value) {
    let ledger = &result["strategies"][0]["ledger"];
    let count = |name: &str| ledger[name].as_u64().expect("a number");
    assert!(count("delivered") > 0, "{ledger}");
    assert_eq!(count("captured"), count("delivered") + count("dropped") + count("failed"), "{ledger}");
}

#[test]
fn it_shows_pictures_and_before_beside_after_until_q() {
    let Some(display) = Display::start() else { return };
    let child = start(&display);
    let window = display.window(TITLE);
    until("large enough", || (display.size(window) == (640, 480)).then_some(()));
    let first = until("a picture", || Some(display.picture(window)).filter(|picture| shades(picture) > 20));
    until("another picture", || (display.picture(window) != first).then_some(()));
    display.press(window, u32::from('b'));
    until("side by side", || (display.size(window) == (1280, 480)).then_some(()));
    display.press(window, u32::from('b'));
    until("alone again", || (display.size(window) == (640, 480)).then_some(()));
    display.press(window, u32::from('q'));
    let (code, result, said) = end_of(child);
    assert_eq!((code, said.as_str()), (Some(0), ""));
    accounts_for_its_frames(&result);
    let writer = result["settings"]["writer"].as_str().unwrap_or_default();
    assert!(writer.starts_with("OpenCV window (") && writer.contains(" more thread"), "{writer}");
    assert!(!display.has(TITLE));
}

/// Different values among the bytes of a picture.
fn shades(picture: &[u8]) -> usize {
    picture.iter().collect::<std::collections::HashSet<_>>().len()
}

#[test]
fn escape_or_closing_ends_it_in_good_order_and_ctrl_c_as_everywhere() {
    let Some(display) = Display::start() else { return };
    for (way, expected) in [("escape", 0), ("close", 0), ("interrupt", 130)] {
        let child = start(&display);
        let window = display.window(TITLE);
        until("a picture", || (shades(&display.picture(window)) > 20).then_some(()));
        match way {
            "escape" => display.press(window, ESCAPE),
            "close" => display.close(window),
            _ => kill_process(Pid::from_child(&child), Signal::INT).expect("it listens"),
        }
        let (code, result, said) = end_of(child);
        assert_eq!(code, Some(expected), "{way}: {said}");
        accounts_for_its_frames(&result);
    }
}

#[test]
fn a_run_that_ends_by_itself_closes_its_window() {
    let Some(display) = Display::start() else { return };
    let arguments = ["run", "synthetic:320x240@30x20", "-f", "copy", "--window", "--json", "-"];
    let child = command(&arguments).env("DISPLAY", &display.name).spawn().expect("it starts");
    let (code, result, said) = end_of(child);
    assert_eq!((code, said.as_str()), (Some(0), ""));
    let ledger = &result["strategies"][0]["ledger"];
    assert_eq!((&ledger["captured"], &ledger["failed"]), (&20.into(), &0.into()), "{ledger}");
}

#[test]
fn without_a_display_there_is_one_line_and_nothing_runs() {
    let run = ["run", "synthetic:64x48@0x9", "--window", "--json", "-"];
    for (variable, value, said) in [
        ("DISPLAY", "", "there is no display here (DISPLAY is not set); leave --window out"),
        ("DISPLAY", ":65432", "the display :65432 (DISPLAY) cannot be reached"),
        ("DISPLAY", "nonsense", "the display nonsense (DISPLAY) cannot be reached"),
        ("QT_QPA_PLATFORM", "nonsense", "--window shows on X, but QT_QPA_PLATFORM is nonsense; unset it"),
    ] {
        let child = command(&run).env_remove("DISPLAY").env(variable, value).spawn().expect("it starts");
        let (code, result, words) = end_of(child);
        assert_eq!((code, words.lines().count(), result), (Some(1), 1, Value::Null), "{variable}={value}: {words}");
        assert!(words.starts_with("error: ") && words.contains(said), "{variable}={value}: {words}");
    }
}
