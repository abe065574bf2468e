//! Several batches on one folder at the same time, in one process namespace or in two, as two machines are.

use std::process::Command;

use crate::common::child::{Running, piped};
use crate::common::place::{Place, SLOW, ended, frames, names};
use crate::common::skipped;

const FILES: &[(&str, u32)] = &[("a.mkv", 20), ("b.mkv", 20), ("c.mkv", 20), ("d.mkv", 20)];

/// Every file was done once, and by somebody.
fn all_done_once(place: &Place, how: &[&str]) {
    assert_eq!(place.outputs(), names(&["a.mkv", "b.mkv", "c.mkv", "d.mkv"]));
    assert_eq!(place.count("done"), 4, "none is done twice: {:?}", place.ledger());
    assert!(FILES.iter().all(|(name, count)| frames(&place.output(name)) == *count));
    let (table, _) = place.ends(how, 0);
    assert!(table.contains("skipped    4"), "{table}");
}

#[test]
fn two_batches_on_one_folder_share_the_work() {
    let place = Place::new(FILES);
    let both = [place.begin(SLOW), place.begin(SLOW)].map(|child| child.output());
    both.iter().for_each(|output| drop(ended(output, 0)));
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
    let both = [begin(), begin()].map(|child| child.output());
    both.iter().for_each(|output| drop(ended(output, 0)));
    let authors: std::collections::BTreeSet<_> = place
        .ledger()
        .iter()
        .map(|line| line["attempt"].as_str().unwrap_or_default().split('-').next().map(str::to_owned))
        .collect();
    assert_eq!(authors.len(), 2, "{authors:?}");
    all_done_once(&place, how);
}
