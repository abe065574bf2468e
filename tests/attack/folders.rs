//! Folders in which somebody else puts links, or swaps names while framerace works there: what is not its own stays as it
//! is.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::Signal;

use crate::common::child::{BINARY, Running, piped, start, wait_for};
use crate::common::place::{ended, frames};

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
        assert!(said.contains("is not what was there before; it is kept as") && said.contains("x.unplaced"), "{said}");
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
