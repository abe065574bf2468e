//! What a terminal shows while a batch or a run is on, and that nothing of it stays. The terminal is that of the program
//! `script`.

use std::process::Command;

use crate::common::place::{Place, ended};
use crate::common::skipped;

/// Runs a command on a terminal of 80 columns, through a shell; everything it wrote there. None where there is no
/// `script`.
fn on_a_terminal(place: &Place, command: &str, code: i32) -> Option<String> {
    let command = format!("stty columns 80 rows 24; {command}");
    let mut script = Command::new("script");
    script.current_dir(place.root()).args(["--quiet", "--return", "--command", &command, "/dev/null"]);
    script.env("FRAMERACE", env!("CARGO_BIN_EXE_framerace")).env("SHELL", "/bin/sh");
    match script.output() {
        Ok(output) => Some(ended(&output, code).0),
        Err(error) => {
            skipped(&format!("there is no terminal: script: {error}"));
            None
        }
    }
}

/// What such a terminal shows in the end.
fn what_stays(written: &str) -> String {
    let mut terminal = vt100::Parser::new(24, 80, 0);
    terminal.process(written.as_bytes());
    terminal.screen().contents()
}

#[test]
fn a_batch_has_a_bar_for_each_file_and_one_for_all_and_takes_them_away() {
    let place = Place::new(&[("a.mkv", 60), ("b\u{1b}[2J夏.mkv", 60), ("bad.mkv", 60)]);
    std::fs::write(place.input("bad.mkv"), "x").unwrap();
    let batch = "$FRAMERACE batch in -o out -f grayscale,delay=20 -s sequential --jobs 2";
    let Some(written) = on_a_terminal(&place, batch, 1) else { return };
    for words in ["a.mkv  ", r"b\u{1b}[2J夏", "0/2 files", "/60 ·", "/120 ·", " FPS", "×", " left"] {
        assert!(written.contains(words), "{words}: {written:?}");
    }
    assert!(!written.contains("\u{1b}[2J"), "{written:?}");
    let stays = what_stays(&written);
    assert!(stays.contains("2 done") && stays.contains("error: 1 of 3 files failed"), "{written:?}");
    assert!(!stays.contains("/60 ·") && !written.contains("begun: "), "{written:?}");
}

#[test]
fn what_a_batch_says_fits_the_terminal_and_its_answer_comes_last() {
    let place = Place::new(&[("a.mkv", 6), ("b.mkv", 6)]);
    std::fs::write(place.input("bad.mkv"), "x").unwrap();
    place.ends(&["-f", "resize=32:24,grayscale", "--frames", "5"], 1);
    let batch = "$FRAMERACE batch in -o out -f resize=32:24 -s threads";
    let Some(written) = on_a_terminal(&place, batch, 1) else { return };
    let stays = what_stays(&written);
    let lines: Vec<_> = stays.lines().filter(|line| !line.is_empty()).collect();
    assert!(lines.iter().all(|line| line.chars().count() < 80), "{stays}");
    let kept = "kept: a.mkv and 1 more, made with -f resize=32:24,grayscale --frames 5; --redo\nreplaces them\n";
    assert!(stays.contains(kept), "{stays}");
    let next = "next: framerace batch in -o out -f resize=32:24 -s threads --retry --redo";
    assert!(lines[lines.len() - 3].ends_with(": 2 kept, 1 failed") && lines[lines.len() - 2] == next, "{stays}");
    assert!(lines[lines.len() - 1].starts_with("error: 1 of 3 files failed; "), "{stays}");
}

#[test]
fn a_conversion_has_a_bar_and_takes_it_away() {
    let place = Place::new(&[("a.mkv", 60)]);
    let run = "$FRAMERACE run in/a.mkv -o b.mkv -f grayscale,delay=20 -s sequential";
    let Some(written) = on_a_terminal(&place, run, 0) else { return };
    for words in ["█", "/60 ·", " FPS", "×", " left"] {
        assert!(written.contains(words), "{words}: {written:?}");
    }
    assert!(!what_stays(&written).contains("/60 ·"), "{written:?}");
}

#[test]
fn a_choice_is_told_in_lines_that_fit() {
    let place = Place::new(&[("a.mkv", 400)]);
    let Some(written) = on_a_terminal(&place, "$FRAMERACE batch in -o out -f grayscale,delay=4", 0) else { return };
    let told: Vec<_> = written.lines().filter_map(|line| line.split("auto: ").nth(1)).collect();
    assert!(!told.is_empty() && told.iter().all(|line| line.trim().chars().count() <= 74), "{told:?}: {written:?}");
}

#[test]
fn without_bars_there_are_lines() {
    let place = Place::new(&[("a.mkv", 10)]);
    let batch = "$FRAMERACE batch in -o out -f grayscale,delay=20 -s sequential --no-progress --color never";
    let Some(written) = on_a_terminal(&place, batch, 0) else { return };
    assert!(written.contains("begun: in/a.mkv") && written.contains("done: a.mkv: 10 frames"), "{written:?}");
    assert!(!written.contains('\u{1b}'), "{written:?}");
}
