//! `framerace batch` into places that do not take it: a full disk, a limit on the length of files, a folder that may not
//! be written, and inputs that may not be read. The machine must let a test make such places; where it does not, that is
//! said.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use crate::common::place::{Place, ended, frames, names};
use crate::common::{skipped, stderr};

/// Without these root may do anything.
const NO_OVERRIDE: &[&str] =
    &["setpriv", "--inh-caps=-dac_override,-dac_read_search", "--bounding-set=-dac_override,-dac_read_search"];

/// Whether what a program like this starts can be tried here.
fn possible(program: &[&str]) -> bool {
    let output = Command::new(program[0]).args(&program[1..]).arg("true").output();
    let possible = output.is_ok_and(|output| output.status.success());
    if !possible {
        skipped(&format!("this machine does not let anybody run {}", program.join(" ")));
    }
    possible
}

/// What makes permissions bind, whoever runs the tests.
fn bound() -> Option<&'static [&'static str]> {
    let root = fs::metadata("/proc/self").is_ok_and(|meta| std::os::unix::fs::MetadataExt::uid(&meta) == 0);
    if !root {
        return Some(&["env"]);
    }
    possible(NO_OVERRIDE).then_some(NO_OVERRIDE)
}

fn allow(place: &Place, path: &str, mode: u32) {
    fs::set_permissions(place.root().join(path), Permissions::from_mode(mode)).expect("it is ours");
}

/// Runs a script within a mount namespace of its own, with a small disk at `out`. None where that cannot be.
fn on_a_small_disk(place: &Place, script: &str) -> Option<Output> {
    const ALONE: &[&str] = &["unshare", "--user", "--map-root-user", "--mount"];
    fs::create_dir_all(place.output("")).expect("a folder");
    let disk = "mount -t tmpfs -o size=160k small out";
    let mut tried = ALONE.to_vec();
    tried.extend(["sh", "-c", "mount -t tmpfs none /mnt && exec \"$@\"", "sh"]);
    if !possible(&tried) {
        return None;
    }
    let script = format!("set -e; {disk}; batch() {{ $FRAMERACE batch in -o out -f grayscale \"$@\"; }}; {script}");
    let mut command = Command::new(ALONE[0]);
    command.current_dir(place.root()).args(&ALONE[1..]).args(["sh", "-c", &script]);
    Some(command.env("FRAMERACE", env!("CARGO_BIN_EXE_framerace")).output().expect("it starts"))
}

#[test]
fn a_full_disk_ends_the_batch_in_good_order_and_it_goes_on_once_there_is_room() {
    let place = Place::new(&[("a.mkv", 600), ("b.mkv", 600), ("c.mkv", 600), ("d.mkv", 3)]);
    let script = "
        batch --codec ffv1 && exit 9 || echo code $?
        ls -A out
        mount -o remount,size=64m small
        batch --codec ffv1 && ls -A out && cp out/* copy";
    fs::create_dir(place.root().join("copy")).unwrap();
    let Some(output) = on_a_small_disk(&place, script) else { return };
    let (printed, said) = ended(&output, 0);
    let (first, second) = printed.split_once("code 75").expect("an end for want of room");
    assert!(first.contains(" left"), "{printed}");
    assert!(said.contains("error: no room left in out") && said.contains("No space left"), "{said}");
    assert!(said.contains("make room and run it again"), "{said}");
    assert!(!printed.contains(".framerace-"), "{printed}");
    assert!(second.contains("4 done") || second.contains("skipped"), "{printed}");
    for (name, count) in [("a.mkv", 600), ("b.mkv", 600), ("c.mkv", 600), ("d.mkv", 3)] {
        assert_eq!(frames(&place.root().join("copy").join(name)), count, "{name}");
    }
}

#[test]
fn a_disk_that_is_full_from_the_start_is_told_in_a_line() {
    let place = Place::new(&[("a.mkv", 3)]);
    let script = "
        cat /dev/zero > out/filler 2>/dev/null || true
        batch && exit 9 || echo code $?
        rm out/filler; batch >&2";
    let Some(output) = on_a_small_disk(&place, script) else { return };
    let (printed, said) = ended(&output, 0);
    assert!(printed.contains("code 75") && said.contains("No space left"), "{printed}{said}");
}

#[test]
fn a_limit_on_the_length_of_files_costs_the_long_one_only() {
    let place = Place::new(&[("a.mkv", 3), ("b.mkv", 600)]);
    let limited = &["prlimit", "--fsize=60000"];
    if !possible(limited) {
        return;
    }
    let output = place.within(limited, &["-f", "grayscale", "--codec", "ffv1"]).output().unwrap();
    let (table, said) = ended(&output, 1);
    assert!(table.contains("1 done") && said.contains("File too large"), "{table}{said}");
    assert_eq!(place.outputs(), names(&["a.mkv"]));
}

#[test]
fn what_may_not_be_written_or_read_is_named() {
    let Some(bound) = bound() else { return };
    let place = Place::new(&[("a.mkv", 3), ("b.mkv", 3), ("sub/c.mkv", 3), ("secret/d.mkv", 3)]);
    fs::create_dir_all(place.output("sub")).unwrap();
    let batch = |code: i32| ended(&place.within(bound, &["-f", "grayscale", "-r"]).output().unwrap(), code);
    allow(&place, "out", 0o555);
    let (_, said) = batch(1);
    assert!(said.contains("cannot write out/") && said.contains("Permission denied"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    allow(&place, "out", 0o755);
    allow(&place, "out/sub", 0o555);
    allow(&place, "in/b.mkv", 0o000);
    allow(&place, "in/secret", 0o000);
    let (table, said) = batch(1);
    assert!(table.contains("1 done") && table.contains("2 failed"), "{table}{said}");
    assert!(said.contains("failed: cannot read in/b.mkv") && said.contains("out/sub/c.mkv"), "{said}");
    assert!(said.contains("1 unreadable folder (in/secret)"), "{said}");
    for path in ["out/sub", "in/b.mkv", "in/secret"] {
        allow(&place, path, 0o755);
    }
    // Failures by permission are tried again when asked.
    let (table, said) = ended(&place.within(bound, &["-f", "grayscale", "-r", "--retry"]).output().unwrap(), 0);
    assert!(table.contains("3 done") && table.contains("1 skipped"), "{table}{said}");
}

#[test]
fn a_disk_that_may_only_be_read_is_told_in_a_line() {
    let place = Place::new(&[("a.mkv", 3)]);
    let Some(output) = on_a_small_disk(&place, "mount -o remount,ro small; batch") else { return };
    let (_, said) = ended(&output, 1);
    assert!(said.contains("cannot write out/") && said.contains("Read-only") && said.lines().count() == 1, "{said}");
}

/// Gets the program into a folder that everybody may use, for a user without rights; none where nobody can become one.
fn as_somebody_else(place: &Place) -> Option<Vec<String>> {
    const SOMEBODY: &[&str] = &["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    if !possible(SOMEBODY) {
        return None;
    }
    let program = place.root().join("framerace");
    fs::copy(env!("CARGO_BIN_EXE_framerace"), &program).expect("room");
    for path in ["", "in", "framerace"] {
        allow(place, path, 0o777);
    }
    Some(SOMEBODY.iter().map(|word| (*word).to_owned()).collect())
}

/// How many processes that user has already differs from machine to machine, so several limits are tried.
#[test]
fn too_few_processes_are_no_failure_of_anything() {
    let place = Place::new(&[("a.mkv", 5)]);
    let Some(somebody) = as_somebody_else(&place) else { return };
    let commands = [
        "batch in -o out -f grayscale",
        "run in/a.mkv",
        "run in/a.mkv -s sequential --decode-threads 4",
        "run in/a.mkv -s rayon",
        "run in/a.mkv -s tiles",
        "run in/a.mkv -s processes",
        "run in/a.mkv -o made.mkv",
        "demo map",
        "demo amdahl",
        "demo join-in-the-loop",
    ];
    for limit in ["1", "2", "4"] {
        for command in commands {
            let script = format!("ulimit -u {limit}; exec ./framerace {command}");
            let output = Command::new(&somebody[0])
                .current_dir(place.root())
                .args(&somebody[1..])
                .args(["sh", "-c", &script])
                .output()
                .expect("it starts");
            let said = stderr(&output);
            let last = said.lines().last().unwrap_or_default();
            match output.status.code() {
                Some(0) => {}
                Some(75) => assert!(last.starts_with("error: "), "{limit}, {command}: {said}"),
                other => panic!("{limit}, {command}: {other:?}: {said}"),
            }
            assert!(!said.contains("has a bug") && !said.contains("panicked"), "{limit}, {command}: {said}");
        }
    }
    assert_eq!(place.count("failed"), 0);
}
