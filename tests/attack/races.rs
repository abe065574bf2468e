//! Somebody else swaps names in a loop while framerace works in the folder: for some seconds, and no file is lost.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::fs::{FileExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::scope;
use std::time::{Duration, Instant};

use framerace::batch::JOURNAL_FILE;
use framerace::transcode::atomic_file::AtomicFile;
use framerace::transcode::folder::{FileState, Folder};
use framerace::transcode::temporary::temporary_name;
use rustix::fs::{CWD, RenameFlags, renameat_with};

use crate::common::place::{GRAY, Place};
use crate::common::{framerace, stderr};
use crate::folders::mine;

/// Swaps the names in a folder in a tight loop until it is told to end: each is moved away and back, and meanwhile it is that
/// of a link to a file of the user, of a hard link, or of a file of the user that has no other name. Hidden names are
/// those of links only: what has such a name is framerace's to sweep. Returns how often.
fn swap(folder: &Path, film: &Path, only: &Path, ended: &AtomicBool) -> usize {
    let aside = |number: usize| film.with_file_name(format!("aside-{number}"));
    let mut swaps = 0;
    while !ended.load(Relaxed) {
        for name in fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()) {
            let hidden = name.to_string_lossy().contains("/.framerace-");
            if name.ends_with(JOURNAL_FILE) || fs::rename(&name, aside(swaps)).is_err() {
                continue;
            }
            let _ = match swaps % if hidden { 2 } else { 3 } {
                // One that `run -o` is given is the user's, and is followed.
                0 if !name.ends_with("run.mkv") => symlink(film, &name).and_then(|()| fs::remove_file(&name)),
                0 | 1 => fs::hard_link(film, &name).and_then(|()| fs::remove_file(&name)),
                _ => fs::rename(only, &name).and_then(|()| fs::rename(&name, only)),
            };
            // Never in place of what has come meanwhile.
            let _ = fs::hard_link(aside(swaps), &name).and_then(|()| fs::remove_file(aside(swaps)));
            swaps += 1;
        }
    }
    swaps
}

/// All files below a folder that hold this.
fn holding(folder: &Path, text: &str) -> usize {
    let paths = fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
    let is_it = |path: &PathBuf| !path.is_symlink() && fs::read(path).is_ok_and(|bytes| bytes == text.as_bytes());
    paths.map(|path| if path.is_dir() { holding(&path, text) } else { usize::from(is_it(&path)) }).sum()
}

const RACE: Duration = Duration::from_secs(5);

/// Gives a name, in turn, to a file of the user that has no other, in a loop of four steps, until it is told to end.
/// Replaces nothing itself. Returns how many such files there are.
fn take_turns(name: &Path, mine: &Path, ended: &AtomicBool) -> usize {
    let give = |from: &Path, to: &Path| renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE).is_ok();
    let (only, mut files, mut turns) = (mine.join("only"), 0, 0);
    while !ended.load(Relaxed) {
        let aside = mine.join(format!("aside-{turns}"));
        if !only.exists() {
            fs::write(&only, "only here").expect("a file");
            files += 1;
        }
        let away = give(name, &aside);
        _ = give(&only, name) && give(name, &only);
        _ = away && give(&aside, name);
        turns += 1;
    }
    files
}

#[test]
fn nothing_but_what_was_meant_is_replaced_however_quick_the_swaps() {
    // In memory nothing waits for a disk.
    let memory = Path::new("/dev/shm");
    let root = tempfile::tempdir_in(if memory.is_dir() { memory } else { Path::new("/tmp") }).expect("a folder");
    let [out, mine] = ["out", "mine"].map(|name| root.path().join(name));
    fs::create_dir(&out).and_then(|()| fs::create_dir(&mine)).expect("folders");
    let (folder, name) = (Folder::open(&out).expect("a folder"), OsStr::new("x"));
    let is_ours = |file: &File| {
        let mut bytes = [0; 9];
        file.read_at(&mut bytes, 0).is_ok_and(|length| &bytes[..length] == b"ours")
    };
    let (ended, begun) = (AtomicBool::new(false), Instant::now());
    let (mut placed, mut refused) = (0, 0);
    let files = scope(|s| {
        let swapper = s.spawn(|| take_turns(&out.join(name), &mine, &ended));
        while begun.elapsed() < RACE {
            let file = AtomicFile::create(&folder, temporary_name()).expect("a file");
            file.file().write_all_at(b"ours", 0).expect("written");
            let there = folder.read(name).ok().filter(is_ours).and_then(|file| FileState::of(&file).ok());
            *(if file.persist(name, there).is_ok() { &mut placed } else { &mut refused }) += 1;
            let kept = OsStr::new("x.unplaced");
            if folder.read(kept).is_ok_and(|file| is_ours(&file)) {
                folder.remove(kept).expect("it is there");
            }
        }
        ended.store(true, Relaxed);
        swapper.join().expect("it ends")
    });
    assert!(placed > 0 && refused > 0, "{placed} placed, {refused} refused");
    assert_eq!(holding(root.path(), "only here"), files, "{placed} placed, {refused} refused");
}

#[test]
fn whoever_swaps_names_in_a_loop_loses_no_file() {
    let place = Place::new(&[("a.mkv", 2), ("b.mkv", 2), ("c.mkv", 2)]);
    let (film, only) = (mine(&place), place.root().join("mine/only.mkv"));
    fs::write(&only, "only here").expect("a file");
    place.ends(GRAY, 0);
    let (ended_now, begun) = (AtomicBool::new(false), Instant::now());
    let (mut batches, mut replaced) = (0, 0);
    let swaps = scope(|s| {
        let swapper = s.spawn(|| swap(&place.output(""), &film, &only, &ended_now));
        while begun.elapsed() < RACE {
            let chain = ["blur", "grayscale", "edges"][batches % 3];
            let output = place.batch(&["-f", chain, "--retry", "--redo", "-s", "sequential", "--jobs", "3"]);
            let said = stderr(&output);
            assert!([Some(0), Some(1)].contains(&output.status.code()) && !said.contains("bug"), "{said}");
            replaced += said.matches("done: ").count();
            let name = place.output("run.mkv");
            let output = framerace(&["run", "synthetic:64x48@0x2", "-f", "copy", "-o", name.to_str().expect("text")]);
            assert!([Some(0), Some(1)].contains(&output.status.code()), "{}", stderr(&output));
            batches += 1;
        }
        ended_now.store(true, Relaxed);
        swapper.join().expect("it ends")
    });
    assert!(swaps > 500 && batches > 1 && replaced > 0, "{swaps} swaps, {batches} batches, {replaced} files");
    assert_eq!(fs::read_to_string(&film).expect("text"), "mine", "{swaps} swaps, {batches} batches");
    assert_eq!(holding(place.root(), "only here"), 1, "{swaps} swaps, {batches} batches");
    // Whatever was left there is in nobody's way once it is moved.
    for name in fs::read_dir(place.output("")).expect("a folder").flatten().map(|entry| entry.path()) {
        fs::remove_file(name).expect("it is there");
    }
    place.ends(GRAY, 0);
}
