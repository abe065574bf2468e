//! Files that have no end, or not the size that a result can have: they are refused in a line, and take neither memory nor
//! time.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::spawn;

use framerace::batch::JOURNAL_FILE;

use crate::common::child::{BINARY, piped};
use crate::common::{CLIP, framerace, stderr, stdout};

/// It is refused with one line that has these words, in this much memory.
fn refused(command: &mut Command, words: &str) {
    // A shell counts in kB.
    let limited = format!("ulimit -v {}; exec \"$0\" \"$@\"", 1_500_000);
    let mut shell = Command::new("bash");
    shell.args(["-c", &limited]).arg(command.get_program()).args(command.get_args());
    let output = piped(shell.stdin(Stdio::null())).output().expect("it ends");
    let said = stderr(&output);
    assert_eq!((output.status.code(), said.lines().count()), (Some(1), 1), "{command:?}: {said}");
    assert!(said.starts_with("error: ") && said.contains(words), "{command:?}: {said}");
}

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    command.args(arguments);
    command
}

fn named(folder: &Path, name: &str) -> String {
    folder.join(name).to_str().expect("text").to_owned()
}

#[test]
fn what_has_no_end_is_not_read_to_its_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let (link, sparse, pipe) =
        (named(folder.path(), "link"), named(folder.path(), "sparse"), named(folder.path(), "pipe"));
    std::os::unix::fs::symlink("/dev/zero", &link).expect("a link");
    File::create(&sparse).and_then(|file| file.set_len(300 << 20)).expect("a file");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    let good = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/result-3.json");
    for (path, words) in [
        ("/dev/zero", "is too large"),
        (&link, "is too large"),
        (&sparse, "is too large"),
        ("/dev/full", "is too large"),
        ("/dev/null", "is empty"),
        (&pipe, "is a pipe to which nobody writes"),
        (folder.path().to_str().expect("text"), "is a directory"),
    ] {
        refused(&mut program(&["report", path]), words);
        refused(&mut program(&["diff", good, path]), words);
    }
    let endless =
        Command::new("bash").args(["-c", "exec \"$0\" report - </dev/zero", BINARY]).output().expect("it ends");
    assert!(stderr(&endless).contains("standard input is too large"), "{}", stderr(&endless));
}

#[test]
fn what_is_large_takes_little_more_than_its_size() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = named(folder.path(), "x.json");
    let large = |size: usize, begin: &str, again: &str, words: &str| {
        let text = begin.to_owned() + &again.repeat((size << 20) / again.len());
        fs::write(&path, text).expect("a file");
        refused(&mut program(&["report", &path]), words);
    };
    large(90, "{\"schema\":1,\"x\":[", "0,", "ends in the middle");
    large(5, "", "[", "ends in the middle");
    large(5, "{\"schema\":1,", "\"a\":{},", "ends in the middle");
}

#[test]
fn pipes_and_devices_are_neither_images_nor_twins() {
    let folder = tempfile::tempdir().expect("a folder");
    let image = |at: u32| named(folder.path(), &format!("{at}.pgm"));
    for at in [1, 3] {
        fs::write(image(at), [&b"P5 4 3 255\n"[..], &[7; 12]].concat()).expect("an image");
    }
    assert!(Command::new("mkfifo").arg(image(2)).status().expect("mkfifo").success());
    std::os::unix::fs::symlink("/dev/zero", image(4)).expect("a link");
    let output = framerace(&["run", &named(folder.path(), "%d.pgm"), "-f", "blur"]);
    assert!(stderr(&output).contains("2.pgm"), "{}", stderr(&output));
    // The first one says what they all are.
    fs::rename(image(2), image(0)).expect("another name");
    refused(&mut program(&["run", &named(folder.path(), "%d.pgm")]), "0.pgm");
    refused(&mut program(&["run", &format!("twin:{}", image(0))]), "0.pgm");
    refused(&mut program(&["run", &format!("twin:{}", image(4))]), "4.pgm");
}

#[test]
fn a_ledger_is_read_in_pieces_whatever_its_size() {
    let folder = tempfile::tempdir().expect("a folder");
    let (out, ledger) = (named(folder.path(), "out"), folder.path().join("out").join(JOURNAL_FILE));
    let batch = ["batch", CLIP, "-o", &out, "-f", "resize=width=32:height=18"];
    let output = framerace(&batch);
    assert!(output.status.success(), "{}", stderr(&output));
    let before = fs::read(&ledger).expect("a ledger");
    fs::write(&ledger, [&before[..], &b"no line of a ledger\n".repeat(1 << 20), &before].concat()).expect("a file");
    let output = framerace(&batch);
    assert!(output.status.success() && stdout(&output).contains("1 skipped"), "{output:?}");
    assert!(stderr(&output).contains("of the ledger could not be read"), "{}", stderr(&output));
    OpenOptions::new().write(true).open(&ledger).and_then(|file| file.set_len(1 << 40)).expect("a file");
    refused(&mut program(&batch), "is no ledger of a batch: it has a line without end");
}

#[test]
fn a_pipe_to_which_somebody_writes_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = named(folder.path(), "pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    let result = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/result-3.json")).expect("a result");
    let to = pipe.clone();
    let writer = spawn(move || {
        let mut file = OpenOptions::new().write(true).open(to).expect("a reader");
        // Longer than one wait.
        std::thread::sleep(std::time::Duration::from_millis(100));
        file.write_all(&result)
    });
    let output = framerace(&["report", &pipe]);
    writer.join().expect("it wrote").expect("all of it");
    assert!(output.status.success() && stdout(&output).contains("threads"), "{}", stderr(&output));
}
