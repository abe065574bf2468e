//! `run --window` on a screen that nobody sees: it shows, listens to keys, and ends in good order. Without a screen it says
//! so. Left out, loudly, where there is no Xvfb.

use std::process::Command;

use crate::common::child::{BINARY, Running, piped, wait_for, wait_until};
use crate::common::display::Display;
use crate::common::skipped;
use framerace::host::libraries::opencv_windows;
use rustix::process::Signal;
use serde_json::Value;

const TITLE: &str = "framerace: ";
const ESCAPE: u32 = 0xff1b;

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    command.args(arguments).env_remove("WAYLAND_DISPLAY").env_remove("QT_QPA_PLATFORM");
    piped(&mut command);
    command
}

/// A screen to look at; none where OpenCV can show nothing on it.
fn screen() -> Option<Display> {
    if opencv_windows().expect("OpenCV") == "NONE" {
        skipped("windows: this OpenCV was built without");
        return None;
    }
    Display::start()
}

/// A run that only its user ends.
fn start(display: &Display) -> Running {
    let arguments = ["run", "synthetic:320x240@30x1000000", "-f", "grayscale", "--window", "--json", "-"];
    Running::start(command(&arguments).env("DISPLAY", &display.name))
}

/// How it ended: exit code, result, and what it said.
fn end_of(child: Running) -> (Option<i32>, Value, String) {
    let output = child.output();
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
    let Some(display) = screen() else { return };
    let child = start(&display);
    let window = display.window(TITLE);
    wait_until("large enough", || display.size(window) == (640, 480));
    let first = wait_for(|| Some(display.picture(window)).filter(|picture| shades(picture) > 20).ok_or("a picture"));
    wait_until("another picture", || display.picture(window) != first);
    display.press(window, u32::from('b'));
    wait_until("side by side", || display.size(window) == (1280, 480));
    display.press(window, u32::from('b'));
    wait_until("alone again", || display.size(window) == (640, 480));
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
    let Some(display) = screen() else { return };
    for (way, expected) in [("escape", 0), ("close", 0), ("interrupt", 130)] {
        let child = start(&display);
        let window = display.window(TITLE);
        wait_until("a picture", || shades(&display.picture(window)) > 20);
        match way {
            "escape" => display.press(window, ESCAPE),
            "close" => display.close(window),
            _ => child.signal(Signal::INT),
        }
        let (code, result, said) = end_of(child);
        assert_eq!(code, Some(expected), "{way}: {said}");
        accounts_for_its_frames(&result);
    }
}

#[test]
fn a_run_that_ends_by_itself_closes_its_window() {
    let Some(display) = screen() else { return };
    let arguments = ["run", "synthetic:320x240@30x20", "-f", "copy", "--window", "--json", "-"];
    let child = Running::start(command(&arguments).env("DISPLAY", &display.name));
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
        let child = Running::start(command(&run).env_remove("DISPLAY").env(variable, value));
        let (code, result, words) = end_of(child);
        assert_eq!((code, words.lines().count(), result), (Some(1), 1, Value::Null), "{variable}={value}: {words}");
        let without = words.contains("this OpenCV was built without windows") && opencv_windows().unwrap() == "NONE";
        assert!(words.starts_with("error: ") && (without || words.contains(said)), "{variable}={value}: {words}");
    }
}
