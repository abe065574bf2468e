//! `run --tui` in a real terminal: that of tmux, with keys that are pressed and a screen that is read. Nothing here is about
//! speed; what should be on the screen is waited for.

use std::process::Command;
use std::sync::atomic::Ordering::SeqCst;

use crate::common::child::{signal, wait_until};
use crate::common::server::{Camera, Manner};
use crate::common::tmux::Terminal;
use crate::common::{CLIP, framerace, stderr};
use rustix::process::Signal;

const SLOW: &str = "synthetic:64x48@50x1000000 -f grayscale,delay=30 -s threads -w 1 --overflow block";

#[test]
fn keys_change_the_pipeline_as_it_runs() {
    let Some(terminal) = Terminal::new(80, 24) else { return };
    terminal.run(SLOW);
    terminal.shows(&[
        "running",
        "strategy threads   workers 1   queue 4   overflow block",
        "verdict delay: waiting for I/O",
    ]);
    for (keys, words) in [
        (&["w"][..], &["workers 2"][..]),
        (&["U", "U"], &["queue 2"]),
        (&["s"], &["strategy stages", "] "]),
        (&["o", "o"], &["overflow drop-oldest"]),
        (&["Right", "Up"], &["+50 %"]),
        (&["?"], &["keys: ? closes this", "what a full queue does"]),
        (&["Space"], &["paused"]),
    ] {
        terminal.keys(keys);
        terminal.shows(words);
    }
    terminal.keys(&["Space", "q"]);
    terminal.shows(&["delay", "sink", "\ncode 0"]);
    terminal.is_given_back(0);
}

#[test]
fn what_is_delivered_can_be_recorded() {
    let Some(terminal) = Terminal::new(80, 24) else { return };
    terminal.run(SLOW);
    terminal.shows(&["running", "verdict delay"]);
    terminal.keys(&["r"]);
    terminal.shows(&["recording", "framerace-1.mkv", "verdict delay"]);
    terminal.keys(&["r"]);
    terminal.shows(&["running", "recorded ", " frames: framerace-1.mkv"]);
    terminal.keys(&["q"]);
    terminal.is_given_back(0);
    let video = terminal.folder.path().join("framerace-1.mkv");
    let again = framerace(&["run", video.to_str().unwrap(), "-f", "grayscale"]);
    assert!(again.status.success(), "{}", stderr(&again));
}

#[test]
fn the_terminal_is_given_back_after_ctrl_c_and_signals() {
    let Some(terminal) = Terminal::new(80, 24) else { return };
    terminal.run(SLOW);
    terminal.shows(&["running"]);
    terminal.keys(&["C-c"]);
    terminal.is_given_back(130);
    // By a signal, from outside.
    terminal.keys(&[&format!("clear; sh -c 'echo $$ > pid; exec $FRAMERACE run {SLOW} --tui'; echo code $?"), "Enter"]);
    terminal.shows(&["running"]);
    let pid = std::fs::read_to_string(terminal.folder.path().join("pid")).unwrap();
    signal(pid.trim().parse().unwrap(), Signal::TERM);
    terminal.is_given_back(130);
}

#[test]
fn the_terminal_is_given_back_after_errors_and_panics_of_filters() {
    let Some(terminal) = Terminal::new(80, 24) else { return };
    for kind in ["error", "panic"] {
        terminal.run(&format!("synthetic:64x48@50x1000 -f grayscale,fault=kind={kind}:at=20 -s threads -w 1"));
        terminal.shows(&["error: synthetic:64x48@50x1000: ", "fault"]);
        terminal.is_given_back(1);
    }
    terminal.run("none.mp4");
    terminal.shows(&["error: ", "none.mp4"]);
    terminal.is_given_back(1);
}

#[test]
fn a_file_is_played_again_and_what_ends_says_so() {
    let Some(terminal) = Terminal::new(80, 24) else { return };
    terminal.run(&format!("{CLIP} -f grayscale --loop 1"));
    terminal.shows(&["is over; any change begins it anew"]);
    terminal.keys(&["q"]);
    terminal.is_given_back(0);
}

#[test]
fn a_small_terminal_is_told_what_is_needed() {
    let Some(terminal) = Terminal::new(60, 10) else { return };
    terminal.run(SLOW);
    terminal.shows(&["too small: 80x24 is needed, this is 60x10"]);
    terminal.resize(80, 24);
    terminal.shows(&["running", "workers 1"]);
    terminal.resize(79, 24);
    terminal.shows(&["too small: 80x24 is needed, this is 79x24"]);
    terminal.keys(&["q"]);
    terminal.shows(&["code 0"]);
    terminal.resize(60, 10);
    terminal.is_given_back(0);
}

#[test]
fn what_is_no_terminal_is_refused_in_a_line() {
    for (arguments, option) in [
        (&["run", "synthetic:64x48@0x10", "--tui"][..], "--tui"),
        (&["demo", "--live"], "--live"),
        (&["demo", "overlap", "--tour"], "--tour"),
    ] {
        let output = framerace(arguments);
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(stderr(&output).lines().count(), 1);
        assert!(stderr(&output).starts_with(&format!("error: {option} needs a terminal")), "{}", stderr(&output));
    }
}

/// What is on the line with the books: it changes with every frame.
fn books(terminal: &Terminal) -> String {
    terminal.screen().lines().find(|line| line.contains("under way")).unwrap_or_default().to_owned()
}

#[test]
fn a_camera_that_stalls_freezes_neither_screen_nor_keys() {
    let Some(terminal) = Terminal::new(80, 24) else { return };
    let camera = Camera::start(Manner::Frames { width: 64, height: 48, count: 60, then_silent: true });
    for (keys, code) in [("q", 0), ("C-c", 130)] {
        let before = camera.sent.load(SeqCst);
        terminal.run(&format!("{} -f grayscale -s threads -w 1 --timeout 1000", camera.url()));
        terminal.shows(&["running", "workers 1", " delivered"]);
        wait_until("all frames are sent", || camera.sent.load(SeqCst) >= before + 60);
        // Nothing more comes, and the screen says so.
        terminal.shows(&["FPS         0.0"]);
        let stalled = books(&terminal);
        terminal.keys(&["w"]);
        terminal.shows(&["workers 2", "running"]);
        terminal.keys(&["o", "Space"]);
        terminal.shows(&["overflow block", "paused"]);
        assert!(stalled.contains(" delivered"), "{stalled}");
        terminal.keys(&[keys]);
        terminal.is_given_back(code);
    }
}

#[test]
fn who_does_not_answer_does_not_keep_anybody() {
    let Some(terminal) = Terminal::new(80, 24) else { return };
    let silent = Camera::start(Manner::Silent);
    let pipe = terminal.folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for input in [silent.url(), pipe.to_str().unwrap().to_owned()] {
        for (keys, code, words) in [("q", 1, "error: stopped before "), ("C-c", 130, "error: interrupted")] {
            terminal.run(&format!("{input} -f grayscale --timeout 1000"));
            terminal.shows(&["opening", "[q]uit"]);
            terminal.keys(&[keys]);
            terminal.shows(&[words]);
            terminal.is_given_back(code);
        }
    }
}

#[test]
fn who_waits_for_the_frames_in_hand_leaves_with_a_second_ctrl_c() {
    let Some(terminal) = Terminal::new(80, 24) else { return };
    terminal.run("synthetic:64x48@50x1000 -f grayscale,delay=60000 -s threads -w 1");
    terminal.shows(&["running", "under way"]);
    // One of them is in the worker's hands for a minute.
    wait_until("a frame under way", || !books(&terminal).contains(" 0 under way"));
    terminal.keys(&["C-c"]);
    terminal.shows(&["ending"]);
    terminal.keys(&["C-c"]);
    terminal.is_given_back(130);
}

#[test]
fn a_camera_that_is_gone_leaves_the_screen_and_says_so_at_the_end() {
    let Some(terminal) = Terminal::new(80, 24) else { return };
    let camera = Camera::start(Manner::Frames { width: 64, height: 48, count: 1_000_000, then_silent: false });
    terminal.run(&format!("{} -f grayscale --reconnect 1", camera.url()));
    terminal.shows(&["running", " delivered"]);
    wait_until("frames are sent", || camera.sent.load(SeqCst) >= 20);
    let url = camera.url();
    drop(camera);
    terminal.shows(&["is over; any change begins it anew"]);
    terminal.keys(&["w"]);
    terminal.shows(&["cannot open", "over"]);
    terminal.keys(&["q"]);
    terminal.shows(&["\ncode "]);
    assert!(terminal.all().contains("ended after"), "{}", terminal.all());
    assert!(terminal.screen().contains(&url[..20]));
    terminal.is_given_back(0);
}

#[test]
fn a_terminal_that_is_closed_ends_the_program() {
    let Some(terminal) = Terminal::new(80, 24) else { return };
    terminal.keys(&[&format!("clear; sh -c 'echo $$ > pid; exec $FRAMERACE run {SLOW} --tui'; echo code $?"), "Enter"]);
    terminal.shows(&["running"]);
    let pid = std::fs::read_to_string(terminal.folder.path().join("pid")).unwrap();
    drop(terminal);
    let process = std::path::PathBuf::from(format!("/proc/{}", pid.trim()));
    wait_until("its end without a terminal", || !process.exists());
}
