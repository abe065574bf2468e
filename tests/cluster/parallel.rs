//! GNU parallel gives the shards out, and tries one again that was killed.

use std::fs;
use std::process::Command;

use rustix::process::Signal;

use crate::common::child::{BINARY, Running, piped, signal, wait_for};
use crate::common::place::{Place, names};
use crate::common::shards::output;
use crate::common::{skipped, stderr, stdout};
use crate::engine::worker;

#[test]
fn eight_shards_four_at_a_time_and_one_that_is_killed_is_tried_again() {
    if !Command::new("parallel").arg("--version").output().is_ok_and(|output| output.status.success()) {
        skipped("there is no GNU parallel here (scripts/setup --cluster)");
        return;
    }
    let names_of_all: Vec<_> = (0..16).map(|n| format!("clip{n:02}.mkv")).collect();
    let files: Vec<_> = names_of_all.iter().map(|name| (name.as_str(), 20)).collect();
    let place = Place::new(&files);
    place.plan(8, &["-f", "grayscale,delay=50", "-s", "sequential", "-j", "1"]);
    let mut parallel = Command::new("parallel");
    parallel.current_dir(place.root()).args(["--will-cite", "--retries", "3", "--joblog", "shards.log", "-j", "4"]);
    parallel.args([BINARY, "work", "plan.json", "--shard", "{}", ":::"]).args((0..8).map(|shard| shard.to_string()));
    let running = Running::start(piped(&mut parallel));
    let victim = wait_for(|| worker(&place, 2).ok_or("shard 2 is at work"));
    signal(victim, Signal::KILL);
    let ended = running.output();
    let log = fs::read_to_string(place.root().join("shards.log")).expect("a log");
    assert!(ended.status.success(), "{}{}{log}", stdout(&ended), stderr(&ended));
    assert_eq!(log.lines().skip(1).count(), 8, "{log}");
    let (whole, _) = place.merge(&[], 0);
    assert!(whole.contains("16 files of 8 shards: 16 done"), "{whole}");
    let all: Vec<_> = names_of_all.iter().map(String::as_str).collect();
    assert_eq!(place.all_outputs(), names(&all));
    assert_eq!(stdout(&output(&mut place.framerace(&["merge", "plan.json", "--missing"]))), "\n");
}
