//! Shards that are stopped, killed, or have no room: what is left, and that the next attempt goes on from there.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::common::child::{Running, piped, wait_until};
use crate::common::place::{GRAY, Place, SLOW, ended, names};
use crate::common::shards::output;
use crate::common::{skipped, stderr};

/// A bound on what hangs, not a measurement; the promise is 5 seconds on a machine that is not overloaded.
const SOON: Duration = Duration::from_secs(10);

#[test]
fn a_signal_ends_it_without_a_trace_and_the_exit_code_says_which() {
    let place = Place::new(&[("a.mkv", 500), ("b.mkv", 500)]);
    place.plan(1, SLOW);
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130), (Signal::HUP, 129)] {
        let work = place.begin_work(0);
        place.wait_until_writing();
        let since = Instant::now();
        work.signal(signal);
        let (_, said) = ended(&work.output(), code);
        assert!(since.elapsed() < SOON, "{:?}", since.elapsed());
        assert!(said.contains("it goes on where it stopped"), "{said}");
        assert!(place.all_outputs().is_empty(), "{:?}", place.all_outputs());
    }
    assert_eq!(place.merge(&["--missing"], 3).0, "0\n");
}

#[test]
fn what_is_killed_costs_only_the_file_in_work() {
    let place = Place::new(&[("a.mkv", 6), ("b.mkv", 5), ("c.mkv", 4)]);
    place.plan(1, &["-f", "grayscale,delay=300", "-s", "sequential", "-j", "1"]);
    let work = place.begin_work(0);
    let done = || place.shard_ledgers().iter().filter(|line| line["state"] == "done").count();
    wait_until("a file is done", || done() >= 1);
    place.wait_until_writing();
    work.kill();
    assert!(place.merge(&["--missing"], 3).0 == "0\n");
    assert!(place.status()[0]["done"] == 1 && place.status()[0]["begun"] == 1, "{:?}", place.status());
    let (said, _) = place.work(0, 0);
    assert!(said.contains("2 done, 1 there already"), "{said}");
    place.merge(&[], 0);
    assert_eq!(place.all_outputs(), names(&["a.mkv", "b.mkv", "c.mkv"]), "nothing is left over");
}

#[test]
fn what_fails_is_recorded_and_not_tried_again() {
    let place = Place::new(&[("a.mkv", 5), ("b.mkv", 5)]);
    fs::write(place.input("c.mkv"), "no video").expect("it can be done");
    let (_, said) = place.plan(1, GRAY);
    assert!(said.contains("c.mkv") && said.contains("its shard will fail at it"), "{said}");
    assert!(place.work(0, 1).0.contains("2 done, 1 failed"));
    let begun = place.shard_ledgers().len();
    assert!(place.work(0, 1).0.contains("2 there already, 1 failed"));
    assert_eq!(place.shard_ledgers().len(), begun, "nothing was begun");
    let (table, why) = place.merge(&[], 1);
    assert!(table.contains("2 done, 1 failed") && why.contains("c.mkv"), "{table}{why}");
}

#[test]
fn what_somebody_else_has_put_there_is_not_touched_and_that_is_recorded() {
    let place = Place::new(&[("a.mkv", 5), ("b.mkv", 5)]);
    place.plan(1, GRAY);
    fs::create_dir_all(place.output("")).and_then(|()| fs::write(place.output("a.mkv"), "mine")).expect("written");
    assert!(place.work(0, 1).0.contains("1 done, 1 failed"));
    let (table, why) = place.merge(&[], 1);
    assert!(table.contains("1 done, 1 failed") && why.contains("is there already"), "{table}{why}");
    assert_eq!(fs::read_to_string(place.output("a.mkv")).expect("it is there"), "mine");
    // Once it is out of the way, the next attempt makes it.
    fs::remove_file(place.output("a.mkv")).expect("it can be done");
    assert!(place.work(0, 0).0.contains("1 done, 1 there already"));
    place.merge(&[], 0);
}

#[test]
fn an_output_that_is_gone_or_cut_off_is_missing_and_made_again() {
    let place = Place::new(&[("a.mkv", 5), ("b.mkv", 5)]);
    place.plan(2, GRAY);
    (0..2).for_each(|shard| _ = place.work(shard, 0));
    fs::remove_file(place.output("a.mkv")).expect("it can be done");
    fs::File::options().write(true).open(place.output("b.mkv")).and_then(|file| file.set_len(100)).expect("cut");
    assert_eq!(place.merge(&["--missing"], 3).0, "0,1\n");
    (0..2).for_each(|shard| assert!(place.work(shard, 0).0.contains("1 done")));
    place.merge(&[], 0);
}

/// Runs `work` on a file system of two megabytes that it cannot see the outside of; the plan, the inputs and the output folder
/// are within.
#[test]
fn a_full_disk_is_to_be_tried_again_and_leaves_nothing() {
    let place = Place::new(&[("a.mkv", 400), ("b.mkv", 5)]);
    let possible = output(Command::new("unshare").args(["--user", "--map-root-user", "--mount", "true"]));
    if !possible.status.success() {
        skipped("this machine lets nobody make a mount namespace, so no disk can be full");
        return;
    }
    place.plan(1, &["-f", "copy", "--codec", "ffv1", "-j", "1"]);
    let (work, out) = (place.work_command(0), place.output(""));
    fs::create_dir_all(&out).expect("a folder");
    let script = format!(
        "mount -t tmpfs -o size=300k none out && '{0}' work plan.json --shard 0; code=$?; ls -A out; \
         mount -o remount,size=200m out && '{0}' work plan.json --shard 0; echo then $?; ls -A out; exit $code",
        Path::new(work.get_program()).display()
    );
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", &script]).current_dir(place.root());
    let ended = Running::start(piped(&mut command)).output();
    let (printed, said) = (crate::common::stdout(&ended), stderr(&ended));
    assert_eq!(ended.status.code(), Some(75), "{printed}{said}");
    assert!(said.contains("no room left in") && said.contains("make room and run it again"), "{said}");
    let (before, after) = printed
        .split_once("shard 0 of 1: 2 files in")
        .and_then(|(_, rest)| rest.split_once("shard 0"))
        .expect(&printed);
    assert!(!before.contains(".framerace-") && after.contains("then 0"), "{printed}");
    assert!(
        after.lines().skip(1).all(|line| ["then 0", "a.mkv", "b.mkv", "framerace-shards"].contains(&line)),
        "{printed}"
    );
}
