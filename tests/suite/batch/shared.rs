//! Several batches on one folder at the same time, in one process namespace or in two, as two machines are; and what is left
//! of one that is dead, or lives elsewhere.

use std::fs::{self, File};
use std::process::{Command, Output};
use std::time::{Duration, SystemTime};

use crate::common::child::{Running, piped};
use crate::common::place::{GRAY, Place, SLOW, frames, names};
use crate::common::{skipped, stderr};
use framerace::batch::JOURNAL_FILE;
use rustix::process::Signal;

const FILES: &[(&str, u32)] = &[("a.mkv", 20), ("b.mkv", 20), ("c.mkv", 20), ("d.mkv", 20)];

/// Each was done, or left to the other, who was still at it.
fn both_end_well(both: &[Output; 2]) {
    let codes = both.each_ref().map(|output| output.status.code());
    let well = codes.iter().all(|code| matches!(code, Some(0 | 75))) && codes.contains(&Some(0));
    assert!(well, "{codes:?} {}", both.each_ref().map(stderr).concat());
}

/// Every file was done once, and by somebody.
fn all_done_once(place: &Place, how: &[&str]) {
    assert_eq!(place.outputs(), names(&["a.mkv", "b.mkv", "c.mkv", "d.mkv"]));
    assert_eq!(place.count("done"), 4, "none is done twice: {:?}", place.ledger());
    assert!(FILES.iter().all(|(name, count)| frames(&place.output(name)) == *count));
    let (table, _) = place.ends(how, 0);
    assert!(table.contains("4 skipped"), "{table}");
}

#[test]
fn two_batches_on_one_folder_share_the_work() {
    let place = Place::new(FILES);
    both_end_well(&[place.begin(SLOW), place.begin(SLOW)].map(Running::output));
    all_done_once(&place, SLOW);
}

#[test]
fn two_machines_on_one_folder_share_the_work() {
    let place = Place::new(FILES);
    let machine = &["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc"];
    let possible = Command::new(machine[0]).args(&machine[1..]).arg("true").output();
    if !possible.is_ok_and(|output| output.status.success()) {
        skipped("this machine lets nobody make a process namespace, so nothing looks like two machines");
        return;
    }
    // One alone would take 12 seconds: the other has that long to come up.
    let how = &["-f", "grayscale,delay=150", "-s", "sequential", "--jobs", "1"];
    let begin = || Running::start(piped(&mut place.within(machine, how)));
    both_end_well(&[begin(), begin()].map(Running::output));
    let authors: std::collections::BTreeSet<_> = place
        .ledger()
        .iter()
        .map(|line| line["attempt"].as_str().unwrap_or_default().split('-').next().map(str::to_owned))
        .collect();
    assert_eq!(authors.len(), 2, "{authors:?}");
    all_done_once(&place, how);
}

/// A batch that was killed on another machine, whose clock was a week ahead, while it had `a.mkv`. Its lease.
fn killed_elsewhere(place: &Place) -> File {
    const ELSEWHERE: &str = "0123456789abcdef";
    let batch = place.begin(SLOW);
    place.wait_until_writing();
    batch.signal(Signal::KILL);
    batch.output();
    let [lease] = &place.leases()[..] else { panic!("{:?}", place.leases()) };
    let here = lease.split('-').nth(1).expect("its place");
    let mut ledger = fs::read_to_string(place.output(JOURNAL_FILE)).expect("it can be done").replace(here, ELSEWHERE);
    let week_us = 7 * 24 * 3600 * 1_000_000;
    for at in place.ledger().iter().map(|line| line["at_us"].as_u64().expect("a time")) {
        ledger = ledger.replace(&format!("\"at_us\":{at}"), &format!("\"at_us\":{}", at + week_us));
    }
    fs::write(place.output(JOURNAL_FILE), ledger).expect("it can be done");
    let moved = place.output(&lease.replace(here, ELSEWHERE));
    fs::rename(place.output(lease), &moved).expect("it can be done");
    File::options().write(true).open(moved).expect("it can be done")
}

#[test]
fn what_a_batch_elsewhere_has_is_left_to_it_until_its_lease_ends_whatever_its_clock_says() {
    let place = Place::new(&[("a.mkv", 60)]);
    let lease = killed_elsewhere(&place);
    let now = SystemTime::now();
    lease.set_modified(now).unwrap();
    let (table, said) = place.ends(GRAY, 75);
    assert!(table.contains("1 elsewhere") && said.contains("--take-over"), "{table}{said}");
    let line = said.lines().find(|line| line.starts_with("left to another batch: in/a.mkv: process ")).expect(&said);
    assert!(line.contains(" on ") && line.contains(" has it for ") && line.contains(" s more"), "{line}");
    // Neither does a clock of the file system that was set back keep it.
    lease.set_modified(now + Duration::from_secs(7 * 24 * 3600)).unwrap();
    let (table, said) = place.ends(GRAY, 0);
    assert!(table.contains("1 done") && frames(&place.output("a.mkv")) == 60, "{table}{said}");
}

#[test]
fn what_another_batch_has_can_be_taken_over() {
    let place = Place::new(&[("a.mkv", 60)]);
    killed_elsewhere(&place).set_modified(SystemTime::now()).unwrap();
    let (table, said) = place.ends(&["-f", "grayscale", "--take-over"], 0);
    assert!(table.contains("1 done"), "{table}{said}");
}

#[test]
fn a_file_that_a_batch_here_is_at_is_left_to_it_while_it_lives() {
    let place = Place::new(&[("a.mkv", 500)]);
    let batch = place.begin(SLOW);
    place.wait_until_writing();
    let (_, said) = place.ends(GRAY, 75);
    let who = format!("left to another batch: in/a.mkv: process {} has it until it ends", batch.pid());
    assert!(said.contains(&who), "{said}");
    batch.kill();
    let (table, said) = place.ends(GRAY, 0);
    assert!(table.contains("1 done") && place.leases().is_empty(), "{table}{said} {:?}", place.leases());
}
