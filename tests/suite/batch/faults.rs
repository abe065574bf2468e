//! `framerace batch` among inputs that are none, or stop being one while they are read: each is told in a line, and none
//! stops the rest.

use std::ffi::OsString;
use std::fs::{self, File};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::symlink;
use std::process::Command;

use crate::common::kept::{copy_of, kept};
use crate::common::place::{GRAY, Place, ended, frames, names, video};
use crate::common::stderr;
use framerace::batch::JOURNAL_FILE;

#[test]
fn bad_files_among_good_ones_are_told_and_tried_again_when_asked() {
    let place = Place::new(&[("a.mkv", 5), ("z.mkv", 5)]);
    fs::write(place.input("bad.mp4"), "this is not a video").unwrap();
    fs::write(place.input("empty.mp4"), "").unwrap();
    symlink("nowhere", place.input("gone.mp4")).unwrap();
    fs::write(place.input("cover.jpg"), "x").unwrap();
    made(&place, "sound.mp4", "sine=d=1");
    let (table, said) = place.ends(GRAY, 1);
    assert!(table.contains("2 done") && table.contains("4 failed"), "{table}{said}");
    assert_eq!(place.outputs(), names(&["a.mkv", "z.mkv"]));
    for words in [
        "bad.mp4 is not a video",
        "empty.mp4 is empty",
        "no file in/gone.mp4",
        "sound.mp4 has no video",
        "1 image (in/cover.jpg",
        "4 of 6 files failed",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let (table, said) = place.ends(GRAY, 1);
    assert!(
        table.contains("2 skipped") && said.matches("failed before: ").count() == 3 && said.contains("--retry"),
        "{table}{said}"
    );
    let failed = place.count("failed");
    place.ends(&["-f", "grayscale", "--retry"], 1);
    assert_eq!(place.count("failed"), failed + 4);
    // What has changed needs no asking.
    for name in ["bad.mp4", "empty.mp4", "gone.mp4", "sound.mp4"] {
        let _ = fs::remove_file(place.input(name));
        video(&place.input(name), 4);
    }
    place.ends(GRAY, 0);
    assert_eq!(place.outputs().len(), 6);
}

#[test]
fn a_file_that_ends_early_is_done_as_far_as_it_goes_and_that_is_said() {
    let place = Place::new(&[("a.mkv", 200)]);
    let whole = fs::read(place.input("a.mkv")).unwrap();
    fs::write(place.input("a.mkv"), &whole[..whole.len() / 2]).unwrap();
    let (table, said) = place.ends(GRAY, 1);
    assert!(table.contains("1 damaged") && said.contains("note: in/a.mkv"), "{table}{said}");
    let notes = place.ledger().last().unwrap()["notes"].clone();
    assert!(notes[0].as_str().is_some_and(|note| note.contains("a.mkv")), "{notes}");
}

#[test]
fn what_cannot_be_begun_is_refused_in_one_line() {
    let place = Place::new(&[("a.mkv", 3)]);
    fs::write(place.root().join("out"), "a file").unwrap();
    for (arguments, code, words) in [
        (&["batch", "in", "-f", "grayscale", "-o", "out"][..], 1, "out is a file"),
        (&["batch", "in", "-f", "grayscale", "-o", "/proc/out"], 1, "/proc/out"),
        (&["batch", "none", "-f", "grayscale", "-o", "new"], 1, "no file or folder none"),
        (&["batch", "*.mov", "-f", "grayscale", "-o", "new"], 1, "no file matches '*.mov'"),
        (&["batch", "/proc/self/fdinfo", "-f", "grayscale", "-o", "new"], 1, "no videos in"),
        (&["batch", "in", "-f", "greyscale", "-o", "new"], 2, "'greyscale'"),
        (&["batch", "in", "-f", "grayscale", "-o", "new", "--name", "{who}.mkv"], 2, "{stem}"),
        (&["batch", "in", "-f", "grayscale"], 2, "--output"),
        (&["batch", "in", "-o", "new"], 2, "--filter"),
    ] {
        let output =
            Command::new(env!("CARGO_BIN_EXE_framerace")).current_dir(place.root()).args(arguments).output().unwrap();
        let said = stderr(&output);
        assert_eq!((output.status.code(), said.lines().count()), (Some(code), 1), "{arguments:?}: {said}");
        assert!(said.starts_with("error: ") && said.contains(words), "{arguments:?}: {said}");
    }
}

#[test]
fn names_may_hold_anything() {
    let place = Place::new(&[]);
    let odd = ["a b.mkv", "it's \"it\".mkv", "two\nlines.mkv", "[x]*?.mkv", "-dash.mkv", "%04d.mkv", "file:x.mkv"];
    let mut names: Vec<OsString> = odd.iter().map(Into::into).collect();
    names.push(OsString::from_vec(b"cl\xffip.mkv".to_vec()));
    video(&place.root().join("made.mkv"), 3);
    for name in &names {
        fs::copy(place.root().join("made.mkv"), place.input(name)).unwrap();
    }
    let (table, said) = place.ends(GRAY, 0);
    assert!(table.contains(&format!("{} done", names.len())), "{table}{said}");
    let (table, _) = place.ends(GRAY, 0);
    assert!(table.contains(&format!("{} skipped", names.len())), "{table}");
    assert!(names.iter().all(|name| place.root().join("out").join(name).exists()), "{:?}", place.outputs());
}

/// How much an encoder needs differs from machine to machine, so several limits are tried.
#[test]
fn too_little_memory_is_no_failure_of_a_file() {
    let place = Place::new(&[]);
    made(&place, "large.mkv", "testsrc2=s=1280x720:d=1 -c:v ffv1");
    let mut codes = Vec::new();
    for kilobytes in ["400000", "500000", "600000", "700000", "850000"] {
        let limit = format!("ulimit -v {kilobytes}; exec \"$0\" \"$@\"");
        let ended = place.within(&["sh", "-c", &limit], &["-f", "grayscale", "--jobs", "1"]).output().unwrap();
        let said = stderr(&ended);
        assert!(!said.contains("does not take") && !said.contains("failed:"), "{kilobytes}: {said}");
        assert_eq!(place.count("failed"), 0, "{kilobytes}: {said}");
        codes.push(ended.status.code());
    }
    assert!(codes.contains(&Some(75)) && codes.iter().all(|code| [Some(0), Some(75)].contains(code)), "{codes:?}");
    place.ends(&["-f", "grayscale"], 0);
    assert_eq!(place.count("done"), 1);
}

/// A video made by the ffmpeg program.
fn made(place: &Place, name: &str, arguments: &str) {
    copy_of(&place.input(name), &kept(name, &[], &format!("ffmpeg -v error -nostdin -f lavfi -i {arguments} $OUT")));
}

#[test]
fn pipes_devices_and_videos_without_frames_are_told_and_not_waited_for() {
    let place = Place::new(&[("a.mkv", 5)]);
    assert!(Command::new("mkfifo").arg(place.input("pipe.mp4")).status().unwrap().success());
    symlink("/dev/zero", place.input("zero.mp4")).unwrap();
    symlink("/dev/null", place.input("null.mkv")).unwrap();
    made(&place, "none.mkv", "testsrc=s=64x48 -t 0 -c:v ffv1");
    made(&place, "cover.mp4", "testsrc=s=64x48 -frames:v 1");
    let (table, said) = place.ends(GRAY, 1);
    assert!(table.contains("2 done") && table.contains("4 failed"), "{table}{said}");
    for words in
        ["in/pipe.mp4 is no plain file", "in/zero.mp4 is no plain file", "in/null.mkv is no plain file", "in/none.mkv "]
    {
        assert!(said.contains(&format!("failed: {words}")), "{words}: {said}");
    }
    assert_eq!(place.outputs(), names(&["a.mkv", "cover.mp4"]));
    // Named on its own it is no different.
    let output = place.within(&["env"], &["-f", "grayscale", "in/pipe.mp4", "/dev/zero"]).output().unwrap();
    assert!(stderr(&output).contains("/dev/zero is no plain file"), "{}", stderr(&output));
}

#[test]
fn a_file_that_vanishes_after_it_was_listed_fails_alone() {
    let place = Place::new(&[("a.mkv", 60), ("b.mkv", 5), ("c.mkv", 4)]);
    let batch = place.begin(&["-f", "grayscale,delay=20", "--jobs", "1", "-s", "sequential"]);
    place.wait_until_writing();
    fs::remove_file(place.input("b.mkv")).unwrap();
    let (table, said) = ended(&batch.output(), 1);
    assert!(table.contains("2 done") && said.contains("failed: no file in/b.mkv"), "{table}{said}");
    assert_eq!(place.outputs(), names(&["a.mkv", "c.mkv"]));
}

#[test]
fn a_file_that_becomes_a_pipe_after_it_was_listed_fails_alone_and_is_not_waited_for() {
    let place = Place::new(&[("a.mkv", 60), ("b.mkv", 5), ("c.mkv", 4)]);
    let batch = place.begin(&["-f", "grayscale,delay=20", "--jobs", "1", "-s", "sequential"]);
    place.wait_until_writing();
    fs::remove_file(place.input("b.mkv")).unwrap();
    assert!(Command::new("mkfifo").arg(place.input("b.mkv")).status().unwrap().success());
    let (table, said) = ended(&batch.output(), 1);
    assert!(table.contains("2 done"), "{table}{said}");
    assert!(said.contains("failed: cannot read in/b.mkv: it is no plain file"), "{said}");
    assert_eq!(place.outputs(), names(&["a.mkv", "c.mkv"]));
}

#[test]
fn a_file_that_is_cut_while_it_is_read_is_done_as_far_as_it_goes_and_again_later() {
    let place = Place::new(&[]);
    made(&place, "a.mkv", "testsrc=s=160x120:r=25:d=6 -pix_fmt yuv420p -c:v rawvideo");
    let slow = ["-f", "grayscale,delay=20", "-s", "sequential"];
    let batch = place.begin(&slow);
    place.wait_until_writing();
    let length = fs::metadata(place.input("a.mkv")).unwrap().len();
    File::options().write(true).open(place.input("a.mkv")).unwrap().set_len(length / 2).unwrap();
    let (table, said) = ended(&batch.output(), 1);
    assert!(table.contains("1 damaged") && said.contains("note: in/a.mkv is damaged: "), "{table}{said}");
    let written = frames(&place.output("a.mkv"));
    assert!((1..150).contains(&written), "{written}");
    // It is not what it was when it was begun.
    let (table, said) = place.ends(&slow, 1);
    assert!(table.contains("1 damaged") && place.count("damaged") == 2, "{table}{said}");
}

#[test]
fn links_that_lead_round_in_a_circle_end() {
    let place = Place::new(&[("sub/a.mkv", 3)]);
    for (to, name) in [("..", "sub/up"), ("round.mkv", "round.mkv"), ("two.mp4", "one.mp4"), ("one.mp4", "two.mp4")] {
        symlink(to, place.input(name)).unwrap();
    }
    let (table, said) = place.ends(&["-f", "grayscale", "-r"], 1);
    assert!(table.contains("1 done") && table.contains("3 failed"), "{table}{said}");
    assert!(said.contains("1 linked folder (in/sub/up)"), "{said}");
    assert_eq!(said.matches("failed: cannot read in/").count(), 6, "{said}");
    assert_eq!(frames(&place.output("sub/a.mkv")), 3);
}

#[test]
fn an_output_is_never_its_input_whatever_the_way_to_it() {
    let place = Place::new(&[("a.mkv", 3)]);
    let before = fs::read(place.input("a.mkv")).unwrap();
    symlink("in", place.root().join("link")).unwrap();
    fs::create_dir(place.output("")).unwrap();
    symlink("../in/a.mkv", place.output("a.mkv")).unwrap();
    for (input, output) in [
        ("in", "link"),
        ("link", "in"),
        ("in", "in/../in"),
        ("in", "out"),
        ("link/a.mkv", "./in"),
        ("in/*.mkv", "in/."),
    ] {
        let batch = ["batch", input, "-o", output, "-f", "grayscale"];
        let mut command = Command::new(env!("CARGO_BIN_EXE_framerace"));
        let (_, said) = ended(&command.current_dir(place.root()).args(batch).output().unwrap(), 1);
        assert!(said.contains("would overwrite its own input"), "{input} to {output}: {said}");
        assert_eq!(fs::read(place.input("a.mkv")).unwrap(), before, "{input} to {output}");
    }
    fs::remove_file(place.output("a.mkv")).unwrap();
    fs::hard_link(place.input("a.mkv"), place.output("a.mkv")).unwrap();
    let (_, said) = place.ends(GRAY, 1);
    assert!(said.contains("out/a.mkv is there already"), "{said}");
    assert_eq!(fs::read(place.input("a.mkv")).unwrap(), before);
}

#[test]
fn names_of_outputs_stay_in_their_folder() {
    let place = Place::new(&[("a.mkv", 3), ("b.mkv", 3)]);
    for (pattern, words) in [
        ("../{stem}.{ext}", "without folders"),
        ("/tmp/{stem}.{ext}", "without folders"),
        ("..", "begins with a dot"),
        (".{stem}.{ext}", "begins with a dot"),
        ("{stem}", ".mp4"),
        ("{stem}{ext}", ".mp4"),
        ("{stem}.", ".mp4"),
        ("{stem}.exe", ".mp4"),
        ("", ".mp4"),
    ] {
        let (_, said) = place.ends(&["-f", "grayscale", "--name", pattern], 2);
        assert!(said.contains(words) && said.lines().count() == 1, "{pattern}: {said}");
    }
    let (_, said) = place.ends(&["-f", "grayscale", "--name", "same.mkv"], 1);
    assert_eq!(said.matches("has the same output name same.mkv").count(), 4, "{said}");
    let long = format!("{}{{stem}}.{{ext}}", "x".repeat(251));
    let (_, said) = place.ends(&["-f", "grayscale", "--name", &long], 1);
    assert!(said.contains("more than 255 bytes"), "{said}");
    assert!(place.outputs().is_empty(), "{:?}", place.outputs());
}

#[test]
fn a_name_with_a_dash_in_front_is_a_name_after_two_dashes() {
    let place = Place::new(&[("-o.mkv", 3)]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_framerace"));
    let output = command
        .current_dir(place.input(""))
        .args(["batch", "-o", "../out", "-f", "grayscale", "--", "-o.mkv"])
        .output();
    ended(&output.unwrap(), 0);
    assert_eq!(place.outputs(), names(&["-o.mkv"]));
}

#[test]
fn what_a_name_commands_does_not_reach_the_terminal() {
    let place = Place::new(&[]);
    fs::write(place.input("bad\u{1b}[2J\rx.mkv"), "x").unwrap();
    let (_, said) = place.ends(GRAY, 1);
    assert!(said.contains("bad\\u{1b}[2J x.mkv") && !said.contains('\u{1b}') && !said.contains('\r'), "{said:?}");
}

#[test]
fn an_empty_folder_is_told() {
    let place = Place::new(&[]);
    fs::create_dir(place.input("below")).unwrap();
    let (_, said) = place.ends(GRAY, 1);
    assert!(said.contains("no videos in in; --recursive") && said.lines().count() == 1, "{said}");
    let (_, said) = place.ends(&["-f", "grayscale", "-r"], 1);
    assert!(said.contains("no videos in in") && said.lines().count() == 1, "{said}");
}

#[test]
fn garbage_in_the_ledger_costs_nothing_but_itself_and_a_later_version_is_not_touched() {
    let place = Place::new(&[("a.mkv", 3), ("b.mkv", 4)]);
    place.ends(GRAY, 0);
    let text = fs::read_to_string(place.output(JOURNAL_FILE)).unwrap();
    let garbage = b"\n\n\xff\xfe\0\0 nothing\n[]\n{}\nnull\n{\"version\":1}\n{\"version\":-3}\n\"";
    fs::write(place.output(JOURNAL_FILE), [garbage.as_slice(), b"\n", text.as_bytes(), garbage].concat()).unwrap();
    let (table, said) = place.ends(GRAY, 0);
    assert!(table.contains("2 skipped") && said.contains("lines of the ledger could not be read"), "{table}{said}");
    video(&place.input("a.mkv"), 5);
    let (table, _) = place.ends(GRAY, 0);
    assert!(table.contains("1 skipped") && table.contains("1 done"), "{table}");
    let later = text.replace("\"version\":1", "\"version\":2");
    fs::write(place.output(JOURNAL_FILE), &later).unwrap();
    let (_, said) = place.ends(GRAY, 1);
    assert!(said.contains("was written by a later framerace") && said.lines().count() == 1, "{said}");
    assert_eq!(fs::read_to_string(place.output(JOURNAL_FILE)).unwrap(), later);
}

#[test]
fn either_reader_is_taken_when_asked_for() {
    let place = Place::new(&[("a.mkv", 5)]);
    let (_, said) = place.ends(&["-f", "grayscale", "--decoder", "opencv"], 0);
    assert_eq!(frames(&place.output("a.mkv")), 5, "{said}");
    for (decoder, done) in [("libav", "1 done"), ("auto", "1 skipped")] {
        let (table, _) = place.ends(&["-f", "grayscale", "--redo", "--decoder", decoder], 0);
        assert!(table.contains(done), "{decoder}: {table}");
    }
    let (_, said) = place.ends(&["-f", "grayscale", "--decoder", "gstreamer"], 2);
    assert!(said.contains("libav"), "{said}");
}

#[test]
fn a_damaged_input_is_done_as_far_as_it_goes_and_said_to_be_damaged() {
    let place = Place::new(&[("whole.mkv", 20), ("damaged.mkv", 50)]);
    let path = place.input("damaged.mkv");
    let bytes = std::fs::read(&path).expect("it was made");
    std::fs::write(&path, &bytes[..bytes.len() * 2 / 3]).expect("room");
    let (table, said) = place.ends(GRAY, 1);
    assert!(said.contains("1 of 2 files damaged") && said.contains("--accept-damaged"), "{said}");
    assert!(said.contains("done, damaged: ") && said.contains("of 50 frames could not be decoded"), "{said}");
    assert!(table.contains(": 1 done, 1 damaged\n"), "{table}");
    assert_eq!((place.count("done"), place.count("damaged")), (1, 1));
    let line = place.ledger().into_iter().find(|line| line["state"] == "damaged").expect("it is there");
    assert!(line["damage"]["lost"].as_u64() > Some(5), "{line}");
    // Nothing is done again, and damaged it stays.
    let (table, _) = place.ends(GRAY, 1);
    assert!(table.contains("damaged") && place.count("begun") == 2, "{table}");
    place.ends(&[GRAY, &["--accept-damaged"]].concat(), 0);
}
