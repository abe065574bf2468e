//! `framerace batch` as a user meets it: what it makes, what it skips, what it says, and what is left when it is
//! stopped, killed, or given files that are none.

mod common;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use common::{stderr, stdout};
use framerace::batch::LEDGER;
use serde_json::Value;
use tempfile::TempDir;

/// A folder with an input and an output folder.
struct Place(TempDir);

impl Place {
    /// With videos of these names and so many frames.
    fn new(videos: &[(&str, u32)]) -> Self {
        let place = Self(tempfile::tempdir().expect("a folder"));
        fs::create_dir(place.input("")).expect("a folder");
        for (name, frames) in videos {
            video(&place.input(name), *frames);
        }
        place
    }

    fn input(&self, name: impl AsRef<OsStr>) -> PathBuf {
        self.0.path().join("in").join(Path::new(name.as_ref()))
    }

    fn output(&self, name: &str) -> PathBuf {
        self.0.path().join("out").join(name)
    }

    /// `framerace batch in -o out` and so on.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_framerace"));
        command.current_dir(self.0.path()).args(["batch", "in", "-o", "out"]).args(arguments);
        command
    }

    fn batch(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("it starts")
    }

    /// Runs to its end, which must be this exit code; gives what was printed and said.
    fn ends(&self, arguments: &[&str], code: i32) -> (String, String) {
        let output = self.batch(arguments);
        let (table, said) = (stdout(&output), stderr(&output));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {table}{said}");
        (table, said)
    }

    fn begin(&self, arguments: &[&str]) -> Child {
        self.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts")
    }

    /// What is in the output folder, but for the ledger.
    fn outputs(&self) -> BTreeSet<String> {
        let entries = fs::read_dir(self.output("")).into_iter().flatten();
        let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
        names.filter(|name| name != LEDGER).collect()
    }

    fn ledger(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.output(LEDGER)).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    /// Ends of this kind in the ledger.
    fn count(&self, state: &str) -> usize {
        self.ledger().iter().filter(|line| line["state"] == state).count()
    }

    /// Waits until so many files are done.
    fn wait_until_done(&self, files: usize) {
        let since = Instant::now();
        while self.count_quickly() < files {
            assert!(since.elapsed() < Duration::from_secs(60), "{:?}", self.ledger());
            sleep(Duration::from_millis(5));
        }
    }
}

/// Makes a small video of so many frames.
fn video(path: &Path, frames: u32) {
    let source = format!("testsrc=s=64x48:r=25:d={}", f64::from(frames) / 25.0);
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", &source, "-pix_fmt", "yuv420p", "-y", "-f", "matroska"])
        .arg(path)
        .status();
    assert!(made.expect("scripts/setup installs ffmpeg").success());
}

/// Frames that ffprobe decodes.
fn frames(path: &Path) -> u32 {
    let arguments =
        ["-v", "error", "-count_frames", "-select_streams", "v:0", "-show_entries", "stream=nb_read_frames"];
    let output = Command::new("ffprobe").args(arguments).args(["-of", "csv=p=0"]).arg(path).output().expect("ffprobe");
    stdout(&output).trim().parse().unwrap_or_else(|_| panic!("{}: {}", path.display(), stderr(&output)))
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().expect("kill").success());
}

const GRAY: &[&str] = &["-f", "grayscale"];
/// Slow enough to be interrupted.
const SLOW: &[&str] = &["-f", "grayscale,delay=20"];

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn a_folder_is_done_once_and_what_changes_is_done_again() {
    let place = Place::new(&[("a.mkv", 5), ("b.mkv", 9), ("c.mkv", 3)]);
    let (table, said) = place.ends(GRAY, 0);
    assert!(table.contains("done       3") && table.contains("frames       17"), "{table}{said}");
    assert_eq!(place.outputs(), names(&["a.mkv", "b.mkv", "c.mkv"]));
    assert_eq!(frames(&place.output("b.mkv")), 9);
    let first: Vec<_> =
        place.ledger().iter().filter(|line| line["state"] == "begun").map(|line| line["output"].clone()).collect();
    assert_eq!(first[0], "b.mkv", "the longest first");
    let again = |arguments: &[&str], done: usize| {
        let before = place.count("done");
        let (table, _) = place.ends(arguments, 0);
        assert_eq!(place.count("done") - before, done, "{table}");
        assert!(done == 3 || table.contains(&format!("skipped    {}", 3 - done)), "{table}");
    };
    again(GRAY, 0);
    video(&place.input("a.mkv"), 6);
    again(GRAY, 1);
    assert_eq!(frames(&place.output("a.mkv")), 6);
    fs::remove_file(place.output("b.mkv")).unwrap();
    again(GRAY, 1);
    fs::File::options().write(true).open(place.output("c.mkv")).unwrap().set_len(99).unwrap();
    again(GRAY, 1);
    assert_eq!(frames(&place.output("c.mkv")), 3);
    again(&["-f", "blur"], 3);
    again(&["-f", "blur", "-s", "sequential", "--jobs", "1"], 0);
}

#[test]
fn bad_files_among_good_ones_are_told_and_tried_again_when_asked() {
    let place = Place::new(&[("a.mkv", 5), ("z.mkv", 5)]);
    fs::write(place.input("bad.mp4"), "this is not a video").unwrap();
    fs::write(place.input("empty.mp4"), "").unwrap();
    std::os::unix::fs::symlink("nowhere", place.input("gone.mp4")).unwrap();
    fs::write(place.input("cover.jpg"), "x").unwrap();
    let sound = ["-v", "error", "-f", "lavfi", "-i", "sine=d=1"];
    assert!(Command::new("ffmpeg").args(sound).arg(place.input("sound.mp4")).status().unwrap().success());
    let (table, said) = place.ends(GRAY, 1);
    assert!(table.contains("done       2") && table.contains("failed     4"), "{table}{said}");
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
        table.contains("skipped    2") && said.matches("failed before: ").count() == 3 && said.contains("--retry"),
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
fn nothing_is_overwritten_that_is_not_its_own() {
    let place = Place::new(&[("a.mkv", 5), ("a.avi", 5), ("b.mkv", 5), ("c.mkv", 5)]);
    fs::create_dir(place.output("")).unwrap();
    fs::write(place.output("c.mkv"), "mine").unwrap();
    let (_, said) = place.ends(GRAY, 1);
    assert_eq!(place.outputs(), names(&["b.mkv", "c.mkv"]));
    assert_eq!(fs::read_to_string(place.output("c.mkv")).unwrap(), "mine");
    assert!(
        said.contains("in/a.avi has the same output name a.mkv") && said.contains("c.mkv is there already"),
        "{said}"
    );
    let before = fs::read(place.input("b.mkv")).unwrap();
    let (_, said) = place.ends(&["-f", "grayscale", "-o", "in"], 2);
    assert!(said.contains("--output"), "{said}");
    let own = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_framerace"));
        command
            .current_dir(place.0.path())
            .args(["batch", "in", "-f", "grayscale", "-o", "in"])
            .args(arguments)
            .output()
            .unwrap()
    };
    let output = own(&[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("would overwrite its own input"), "{}", stderr(&output));
    assert_eq!(fs::read(place.input("b.mkv")).unwrap(), before);
    // Beside its inputs it does not eat what it has made.
    for done in [2, 0] {
        fs::remove_file(place.input("a.avi")).ok();
        let output = own(&["--name", "{stem}-{chain}.{ext}"]);
        assert!(output.status.success(), "{}", stderr(&output));
        assert_eq!(stdout(&output).contains("done"), done > 0, "{}", stdout(&output));
    }
    assert!(place.input("b-grayscale.mkv").exists() && !place.input("b-grayscale-grayscale.mkv").exists());
    // Another input of the same name is not the same input.
    fs::create_dir(place.0.path().join("other")).unwrap();
    video(&place.0.path().join("other/b.mkv"), 7);
    let output = place.command(GRAY).arg("other").output().unwrap();
    assert!(stderr(&output).contains("the same output name b.mkv"), "{}", stderr(&output));
}

#[test]
fn folders_below_keep_their_places_and_the_output_folder_is_not_searched() {
    let place = Place::new(&[("a.mkv", 3)]);
    fs::create_dir_all(place.input("one/two")).unwrap();
    video(&place.input("one/two/a.mkv"), 4);
    let mut command = Command::new(env!("CARGO_BIN_EXE_framerace"));
    command.current_dir(place.input("")).args(["batch", ".", "-r", "-f", "grayscale", "-o", "made"]);
    for done in [true, false] {
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        assert_eq!(stdout(&output).contains("done       2"), done, "{}", stdout(&output));
    }
    assert_eq!((frames(&place.input("made/a.mkv")), frames(&place.input("made/one/two/a.mkv"))), (3, 4));
}

#[test]
fn a_file_that_ends_early_is_done_as_far_as_it_goes_and_that_is_said() {
    let place = Place::new(&[("a.mkv", 200)]);
    let whole = fs::read(place.input("a.mkv")).unwrap();
    fs::write(place.input("a.mkv"), &whole[..whole.len() / 2]).unwrap();
    let (table, said) = place.ends(GRAY, 0);
    assert!(table.contains("done       1") && said.contains("note: in/a.mkv"), "{table}{said}");
    let notes = place.ledger().last().unwrap()["notes"].clone();
    assert!(notes[0].as_str().is_some_and(|note| note.contains("a.mkv")), "{notes}");
}

#[test]
fn a_batch_that_is_killed_goes_on_where_it_was() {
    let slow = &["-f", "grayscale,delay=20"];
    let whole = Place::new(&[]);
    let files: Vec<String> = (0..6).map(|n| format!("{n}.mkv")).collect();
    for (n, name) in files.iter().enumerate() {
        video(&whole.input(name), 6 + n as u32);
    }
    whole.ends(slow, 0);
    for ms in [20u64, 90, 150, 210, 280, 400] {
        let place = Place::new(&[]);
        for name in &files {
            fs::hard_link(whole.input(name), place.input(name)).unwrap();
        }
        let mut child = place.begin(slow);
        sleep(Duration::from_millis(ms));
        child.kill().and_then(|()| child.wait()).unwrap();
        for name in place.outputs().iter().filter(|name| !name.starts_with('.')) {
            assert_eq!(
                fs::read(place.output(name)).unwrap(),
                fs::read(whole.output(name)).unwrap(),
                "{name} after {ms} ms"
            );
        }
        let done = place.count("done");
        let (table, said) = place.ends(slow, 0);
        assert!(done == 0 || table.contains(&format!("skipped    {done}")), "{ms} ms: {table}{said}");
        assert_eq!(place.outputs(), whole.outputs(), "{ms} ms");
        for name in &files {
            assert_eq!(
                fs::read(place.output(name)).unwrap(),
                fs::read(whole.output(name)).unwrap(),
                "{name} after {ms} ms"
            );
        }
    }
}

#[test]
fn ctrl_c_ends_in_good_order_and_a_second_one_at_once() {
    let place = Place::new(&[("a.mkv", 5), ("b.mkv", 500), ("c.mkv", 500)]);
    let slow = ["-f", "grayscale,delay=20", "--jobs", "2"];
    let child = place.begin(&slow);
    sleep(Duration::from_millis(800));
    let since = Instant::now();
    signal(&child, "-INT");
    let output = child.wait_with_output().unwrap();
    let (took, said) = (since.elapsed(), stderr(&output));
    assert_eq!(output.status.code(), Some(130), "{said}");
    // A bound on what hangs, not a measurement.
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert!(said.contains("interrupted with 3 files left") && said.contains("goes on"), "{said}");
    assert!(place.outputs().is_empty(), "{:?}", place.outputs());
    assert_eq!((place.count("begun"), place.count("stopped")), (2, 2));
    // The second one does not wait for a filter that does not come back.
    let stuck = place.begin(&["-f", "delay=60000"]);
    sleep(Duration::from_millis(800));
    signal(&stuck, "-INT");
    sleep(Duration::from_millis(200));
    signal(&stuck, "-INT");
    assert_eq!(stuck.wait_with_output().unwrap().status.code(), Some(130));
    place.ends(GRAY, 0);
    assert_eq!(place.outputs(), names(&["a.mkv", "b.mkv", "c.mkv"]));
}

#[test]
fn two_batches_on_one_folder_share_the_work() {
    let place = Place::new(&[("a.mkv", 20), ("b.mkv", 20), ("c.mkv", 20), ("d.mkv", 20)]);
    let both = [place.begin(SLOW), place.begin(SLOW)].map(|child| child.wait_with_output().unwrap());
    for output in &both {
        assert!(output.status.success(), "{}", stderr(output));
    }
    assert_eq!(place.outputs(), names(&["a.mkv", "b.mkv", "c.mkv", "d.mkv"]));
    assert_eq!(place.count("done"), 4, "none is done twice: {:?}", place.ledger());
    place.ends(SLOW, 0);
}

#[test]
fn a_torn_ledger_costs_no_more_than_the_torn_lines() {
    let place = Place::new(&[("a.mkv", 3), ("b.mkv", 4)]);
    place.ends(GRAY, 0);
    let text = fs::read_to_string(place.output(LEDGER)).unwrap();
    fs::write(place.output(LEDGER), &text[..text.trim_end().len() - 40]).unwrap();
    let (table, said) = place.ends(GRAY, 0);
    assert!(table.contains("skipped    1") && table.contains("done       1"), "{table}{said}");
    let (table, said) = place.ends(GRAY, 0);
    assert!(table.contains("skipped    2") && said.contains("1 line of the ledger"), "{table}{said}");
}

#[test]
fn what_cannot_be_begun_is_refused_in_one_line() {
    let place = Place::new(&[("a.mkv", 3)]);
    fs::write(place.0.path().join("out"), "a file").unwrap();
    for (arguments, code, words) in [
        (&["batch", "in", "-f", "grayscale", "-o", "out"][..], 1, "cannot make the folder out"),
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
            Command::new(env!("CARGO_BIN_EXE_framerace")).current_dir(place.0.path()).args(arguments).output().unwrap();
        let said = stderr(&output);
        assert_eq!((output.status.code(), said.lines().count()), (Some(code), 1), "{arguments:?}: {said}");
        assert!(said.starts_with("error: ") && said.contains(words), "{arguments:?}: {said}");
    }
}

#[test]
fn names_may_hold_anything() {
    let place = Place::new(&[]);
    let odd = ["a b.mkv", "it's \"it\".mkv", "two\nlines.mkv", "[x]*?.mkv", "-dash.mkv", "%04d.mkv", "file:x.mkv"];
    let mut names: Vec<std::ffi::OsString> = odd.iter().map(Into::into).collect();
    names.push(std::ffi::OsString::from_vec(b"cl\xffip.mkv".to_vec()));
    video(&place.0.path().join("made.mkv"), 3);
    for name in &names {
        fs::copy(place.0.path().join("made.mkv"), place.input(name)).unwrap();
    }
    let (table, said) = place.ends(GRAY, 0);
    assert!(table.contains(&format!("done       {}", names.len())), "{table}{said}");
    let (table, _) = place.ends(GRAY, 0);
    assert!(table.contains(&format!("skipped    {}", names.len())), "{table}");
    assert!(names.iter().all(|name| place.0.path().join("out").join(name).exists()), "{:?}", place.outputs());
}

#[test]
fn a_thousand_files_leak_neither_descriptors_nor_memory() {
    let place = Place::new(&[("0.mkv", 3)]);
    for n in 1..1000 {
        fs::hard_link(place.input("0.mkv"), place.input(format!("{n}.mkv"))).unwrap();
    }
    let mut child = place.command(&["-f", "grayscale", "--mem", "256M", "--quiet"]).spawn().unwrap();
    let look = |what: &str| fs::read_to_string(format!("/proc/{}/{what}", child.id())).unwrap_or_default();
    let memory = || {
        look("status")
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:")?.trim().split(' ').next()?.parse::<u64>().ok())
    };
    let descriptors = || fs::read_dir(format!("/proc/{}/fd", child.id())).map_or(0, Iterator::count);
    place.wait_until_done(100);
    let (early_memory, early) = (memory().unwrap(), (0..20).map(|_| descriptors()).max().unwrap());
    let (mut late_memory, mut late) = (0, 0);
    while place.count_quickly() < 950 {
        (late_memory, late) = (memory().unwrap_or(late_memory), late.max(descriptors()));
        sleep(Duration::from_millis(20));
    }
    assert!(child.wait().unwrap().success());
    assert!(late <= early + 12, "{early} descriptors, then {late}");
    assert!(late_memory < early_memory + (40 << 10), "{early_memory} KB, then {late_memory} KB");
    assert_eq!(place.outputs().len(), 1000);
}

impl Place {
    /// Files done, from a ledger that may still be growing.
    fn count_quickly(&self) -> usize {
        fs::read_to_string(self.output(LEDGER)).unwrap_or_default().matches("\"state\":\"done\"").count()
    }
}
