//! Folders in which somebody else puts links, or swaps names while framerace works there: what is not its own stays as it
//! is.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use framerace::batch::JOURNAL_FILE;
use rustix::process::Signal;

use crate::common::child::{BINARY, Running, piped, start, wait_for, wait_until};
use crate::common::place::{GRAY, Place, ended, frames, names, video};

/// The files of framerace that are not whole yet.
fn temporary(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
    paths.filter(|path| path.to_string_lossy().contains("/.framerace-")).collect()
}

/// Runs into a file of this path, and does something as soon as it is written to.
fn while_written(output: &Path, act: impl FnOnce(&Path)) -> (i32, String) {
    let name = output.to_str().expect("text");
    let run = start(&["run", "synthetic:64x48@0x60", "-f", "delay=10", "-o", name, "--no-progress"]);
    act(&wait_for(|| temporary(output.parent().expect("a folder")).pop().ok_or("no file yet")));
    let output = run.output();
    (output.status.code().expect("a code"), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_file_that_takes_the_name_of_an_output_meanwhile_is_not_touched() {
    let folder = tempfile::tempdir().expect("a folder");
    let (output, mine) = (folder.path().join("x.mkv"), folder.path().join("mine"));
    fs::write(&mine, "mine").expect("a file");
    let unplaced = |number: &str| folder.path().join(format!("x.unplaced{number}.mkv"));
    type Act<'a> = &'a dyn Fn();
    let acts: [(&str, Act<'_>); 4] = [
        ("", &|| fs::write(&output, "mine").expect("a file")),
        // The name is in use now: by a file that is not the one it was.
        ("-2", &|| {
            let other = folder.path().join("y");
            fs::write(&other, "mine").and_then(|()| fs::rename(&other, &output)).expect("a file");
        }),
        ("-3", &|| fs::remove_file(&output).and_then(|()| symlink("mine", &output)).expect("a link")),
        ("-4", &|| fs::remove_file(&output).and_then(|()| fs::hard_link(&mine, &output)).expect("a link")),
    ];
    for (number, act) in acts {
        // A link that is there before is the user's, and is followed.
        if output.is_symlink() {
            fs::remove_file(&output).and_then(|()| fs::write(&output, "mine")).expect("a file");
        }
        let (code, said) = while_written(&output, |_| act());
        assert_eq!((code, said.lines().count()), (1, 1), "{said}");
        assert!(
            said.contains("is not what was there before; what was made is kept as") && said.contains("x.unplaced"),
            "{said}"
        );
        assert_eq!(frames(&unplaced(number)), 60, "{said}");
        assert_eq!([&output, &mine].map(|path| fs::read_to_string(path).expect("text")), ["mine"; 2]);
        assert!(temporary(folder.path()).is_empty());
    }
}

#[test]
fn a_link_to_a_file_is_followed_where_the_user_gives_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let (output, there) = (folder.path().join("x.mkv"), folder.path().join("there.mkv"));
    fs::write(&there, "old").and_then(|()| symlink("there.mkv", &output)).expect("a link");
    let (code, said) = while_written(&output, |_| ());
    assert_eq!((code, frames(&there)), (0, 60), "{said}");
    assert!(output.is_symlink());
}

#[test]
fn what_is_put_under_a_temporary_name_is_neither_written_nor_moved_nor_removed() {
    for link in
        [(|from: &Path, to: &Path| symlink(from, to)) as fn(&Path, &Path) -> _, |from, to| fs::hard_link(from, to)]
    {
        let folder = tempfile::tempdir().expect("a folder");
        let (output, mine) = (folder.path().join("x.mkv"), folder.path().join("mine"));
        fs::write(&mine, "mine").expect("a file");
        let mut swapped = PathBuf::new();
        let (code, said) = while_written(&output, |path| {
            fs::rename(path, folder.path().join("away")).and_then(|()| link(&mine, path)).expect("a link");
            swapped = path.to_owned();
        });
        // It was held open, and so it has its name all the same.
        assert_eq!((code, frames(&output)), (0, 60), "{said}");
        assert_eq!(fs::read_to_string(&mine).expect("text"), "mine");
        assert_eq!(fs::read_to_string(&swapped).expect("it is not framerace's"), "mine");
    }
}

#[test]
fn the_next_run_or_recording_removes_what_a_killed_one_left() {
    let folder = tempfile::tempdir().expect("a folder");
    let killed = |arguments: &[&str]| {
        let mut command = Command::new(BINARY);
        let run = Running::start(piped(command.current_dir(folder.path()).args(arguments)));
        wait_for(|| temporary(folder.path()).pop().ok_or("no file yet"));
        run.signal(Signal::KILL);
        run.output();
        assert_eq!(temporary(folder.path()).len(), 1);
    };
    let record = ["record", "synthetic:64x48@25x250", "--twin", "a.twin"];
    let run = ["run", "synthetic:64x48@0x60", "-f", "delay=50", "-o", "a.mkv"];
    for (first, then) in [(&run[..], &record[..]), (&record, &run)] {
        killed(first);
        let mut command = Command::new(BINARY);
        ended(&command.current_dir(folder.path()).args(then).args(["--frames", "3"]).output().expect("it runs"), 0);
        assert!(temporary(folder.path()).is_empty());
    }
}

/// A file of the user beside the output folder.
pub fn mine(place: &Place) -> PathBuf {
    let path = place.root().join("mine/film.mkv");
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(&path, "mine").expect("a file");
    path
}

/// Does something with an output and a file of the user.
type Take = fn(&Path, &Path);

/// Ways in which a user's file may have the name of an output that was done. What is there afterwards is "mine", too.
const TAKEN: [(&str, Take); 8] = [
    ("link", |output, _| replaced_by(output, |to| symlink("../mine/film.mkv", to))),
    ("link to nothing", |output, _| replaced_by(output, |to| symlink("../mine/new.mkv", to))),
    ("hard link", |output, mine| replaced_by(output, |to| fs::hard_link(mine, to))),
    ("new file", |output, _| replaced_by(output, |to| fs::write(to, "mine"))),
    ("moved file", |output, mine| replaced_by(output, |to| fs::copy(mine, to).map(drop))),
    ("written over", |output, _| fs::write(output, "mine").expect("written")),
    ("longer", |output, _| fs::write(output, vec![7; 1 << 20]).expect("written")),
    ("folder", |output, _| replaced_by(output, |to| fs::create_dir(to))),
];

fn replaced_by(output: &Path, make: impl FnOnce(&Path) -> std::io::Result<()>) {
    fs::remove_file(output).and_then(|()| make(output)).expect("a file");
}

/// What is at a path: where it leads, or what it holds.
fn content(path: &Path) -> (Option<PathBuf>, Option<Vec<u8>>) {
    (fs::read_link(path).ok(), fs::read(path).ok())
}

#[test]
fn what_has_taken_the_name_of_an_output_that_was_done_is_not_touched() {
    for (how, take) in TAKEN {
        let place = Place::new(&[("a.mkv", 4), ("b.mkv", 3)]);
        let mine = mine(&place);
        place.ends(GRAY, 0);
        let output = place.output("a.mkv");
        take(&output, &mine);
        let before = content(&output);
        for arguments in [GRAY, &["-f", "blur"], &["-f", "blur", "--retry"]] {
            let (_, said) = place.ends(arguments, 1);
            assert!(said.contains("failed: in/a.mkv: out/a.mkv is there already, and is not what"), "{how}: {said}");
            assert_eq!((content(&output), content(&mine).1), (before.clone(), Some(b"mine".to_vec())), "{how}");
        }
        assert_eq!(place.outputs(), names(&["a.mkv", "b.mkv"]), "{how}");
        assert_eq!(fs::read_dir(mine.parent().expect("a folder")).expect("a folder").count(), 1, "{how}");
        // Once it is out of the way, the file is done.
        let _ = fs::remove_file(&output).or_else(|_| fs::remove_dir(&output));
        place.ends(&["-f", "blur", "--redo"], 0);
        assert_eq!(frames(&output), 4, "{how}");
    }
}

#[test]
fn a_file_with_a_name_that_only_a_failed_attempt_knows_is_not_touched() {
    let place = Place::new(&[("a.mkv", 4)]);
    fs::write(place.input("bad.mkv"), "this is not a video").expect("a file");
    place.ends(GRAY, 1);
    fs::write(place.output("bad.mkv"), "mine").expect("a file");
    fs::remove_file(place.input("bad.mkv")).expect("it was there");
    video(&place.input("bad.mkv"), 3);
    for arguments in [GRAY, &["-f", "grayscale", "--retry"]] {
        let (_, said) = place.ends(arguments, 1);
        assert!(said.contains("out/bad.mkv is there already"), "{said}");
        assert_eq!(fs::read_to_string(place.output("bad.mkv")).expect("text"), "mine");
    }
}

#[test]
fn a_folder_below_that_is_a_link_is_not_written_into_and_the_output_folder_may_be_one() {
    let place = Place::new(&[("a.mkv", 4), ("sub/b.mkv", 3), ("sub/deep/c.mkv", 3)]);
    let mine = mine(&place);
    fs::create_dir_all(place.root().join("real/sub")).expect("a folder");
    symlink("real", place.output("").as_os_str().to_str().expect("text").trim_end_matches('/')).expect("a link");
    for below in ["sub/deep", "sub"] {
        let link = place.output(below);
        let _ = fs::remove_dir_all(&link);
        symlink(mine.parent().expect("a folder"), &link).expect("a link");
        let (_, said) = place.ends(&["-f", "grayscale", "-r", "--retry"], 1);
        assert!(said.contains(&format!("out/{below} is a link or a file")), "{said}");
        assert_eq!(fs::read_dir(mine.parent().expect("a folder")).expect("a folder").count(), 1);
        fs::remove_file(&link).expect("the link");
    }
    place.ends(&["-f", "grayscale", "-r", "--retry"], 0);
    assert_eq!(frames(&place.root().join("real/sub/deep/c.mkv")), 3);
    assert_eq!(fs::read_to_string(&mine).expect("text"), "mine");
}

#[test]
fn a_ledger_that_is_a_link_is_not_written_to() {
    let place = Place::new(&[("a.mkv", 4)]);
    let mine = mine(&place);
    fs::create_dir(place.output("")).expect("a folder");
    let ledger = place.output(JOURNAL_FILE);
    type Make = fn(&Path, &Path) -> std::io::Result<()>;
    let makes: [(&str, Make); 4] = [
        ("it may be a file of yours", |mine, ledger| fs::copy(mine, ledger).map(drop)),
        ("it is a link", |mine, ledger| symlink(mine, ledger)),
        ("it may be a file of yours, with 2 names", |mine, ledger| fs::hard_link(mine, ledger)),
        ("it is no plain file", |_, ledger| {
            assert!(Command::new("mkfifo").arg(ledger).status()?.success());
            Ok(())
        }),
    ];
    for (words, make) in makes {
        make(&mine, &ledger).expect("made");
        let (_, said) = place.ends(GRAY, 1);
        assert!(said.contains(words) && said.lines().count() == 1, "{said}");
        assert_eq!(fs::read_to_string(&mine).expect("text"), "mine");
        assert!(words.contains("plain") || fs::read_to_string(&ledger).expect("text") == "mine", "{words}");
        fs::remove_file(&ledger).expect("it was there");
    }
}

#[test]
fn a_ledger_that_is_removed_replaced_or_emptied_meanwhile_is_told_and_written_again_whole() {
    type Way = fn(&Path);
    let ways: [(&str, Way); 4] = [
        ("removed", |ledger| fs::remove_file(ledger).expect("it was there")),
        ("moved", |ledger| fs::rename(ledger, ledger.with_extension("old")).expect("it was there")),
        ("replaced", |ledger| fs::remove_file(ledger).and_then(|()| fs::write(ledger, "")).expect("written")),
        ("emptied", |ledger| fs::write(ledger, "").expect("written")),
    ];
    for (how, act) in ways {
        let place = Place::new(&[("a.mkv", 9), ("b.mkv", 60), ("c.mkv", 5)]);
        fs::write(place.input("bad.mkv"), "this is not a video").expect("a file");
        place.ends(&["-f", "grayscale", "--frames", "9"], 1);
        let slow = ["-f", "delay=20", "--frames", "60", "--jobs", "1", "-s", "sequential", "--redo"];
        let batch = place.begin(&slow);
        wait_until("the second", || place.count_of("begun") >= 4);
        act(&place.output(JOURNAL_FILE));
        let (table, said) = ended(&batch.output(), 1);
        assert!(table.contains("3 done"), "{how}: {table}{said}");
        assert_eq!(said.matches("was removed or cut off meanwhile; it is written again").count(), 1, "{how}: {said}");
        // What was done in the first run is known as well, and what failed.
        let ends = if how == "emptied" { (6, 1) } else { (6, 2) };
        assert_eq!((place.count("done"), place.count("failed")), ends, "{how}");
        let (table, _) = place.ends(&slow, 1);
        assert!(table.contains("3 skipped") && table.contains("1 failed"), "{how}: {table}");
        place.ends(&["-f", "blur", "--redo"], 1);
        assert_eq!(place.outputs().into_iter().filter(|name| !name.ends_with(".old")).count(), 3, "{how}");
    }
}
