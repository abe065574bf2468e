//! A batch in shards: planned, worked at and merged. All real parts, and no engine: each shard is a process.

use std::collections::BTreeMap;
use std::fs;

use crate::common::child::Running;
use crate::common::place::{GRAY, Place, ended, frames, names};
use crate::common::shards::output;
use crate::common::{stderr, stdout};

const FILES: &[(&str, u32)] = &[("a.mkv", 20), ("b.mkv", 5), ("c.mkv", 10), ("d/e.mkv", 15), ("f.mp4", 12)];

/// What is in each output.
fn contents(place: &Place) -> BTreeMap<String, Vec<u8>> {
    place
        .all_outputs()
        .into_iter()
        .map(|name| (name.clone(), fs::read(place.output(&name)).expect("it is there")))
        .collect()
}

#[test]
fn all_shards_together_make_what_a_batch_makes_and_a_batch_knows_it() {
    let place = Place::new(FILES);
    place.ends(&["-f", "grayscale", "-r"], 0);
    let alone = contents(&place);
    fs::remove_dir_all(place.output("")).expect("it is there");
    let (said, _) = place.plan(3, &["-f", "grayscale", "-r"]);
    assert!(said.contains("5 files in 3 shards, 62 frames") && said.contains("the largest shard has 1."), "{said}");
    let (nothing, why) = place.merge(&[], 3);
    assert!(nothing.contains("5 missing") && why.contains("in shards 0,1,2"), "{nothing}{why}");
    for shard in [2, 0] {
        let (said, _) = place.work(shard, 0);
        assert!(said.starts_with(&format!("shard {shard} of 3: ")), "{said}");
    }
    assert_eq!(place.merge(&["--missing"], 3).0, "1\n");
    assert_eq!(place.merge(&["--missing", "--shard-base", "1"], 3).0, "2\n");
    place.work(1, 0);
    let (whole, _) = place.merge(&[], 0);
    assert!(whole.contains("5 files of 3 shards: 5 done") && whole.contains("62 frames"), "{whole}");
    assert_eq!(place.merge(&["--missing"], 0).0, "\n");
    assert!(contents(&place) == alone, "{:?}", place.all_outputs());
    // Once more, nothing is done; neither by a batch.
    let (again, _) = place.work(1, 0);
    assert!(again.contains("there already") && !again.contains("done"), "{again}");
    let (table, _) = place.ends(&["-f", "grayscale", "-r"], 0);
    assert!(table.contains("5 skipped"), "{table}");
}

#[test]
fn what_a_batch_has_done_is_there_already() {
    let place = Place::new(&[("a.mkv", 5), ("b.mkv", 5)]);
    place.ends(GRAY, 0);
    place.plan(1, GRAY);
    let (said, _) = place.work(0, 0);
    assert!(said.contains("2 there already"), "{said}");
}

#[test]
fn status_tells_how_far_each_shard_is_from_the_ledgers() {
    let place = Place::new(&[("a.mkv", 20), ("b.mkv", 20), ("c.mkv", 10), ("d.mkv", 10)]);
    place.plan(2, GRAY);
    assert!(place.status().iter().all(|shard| shard["done"] == 0 && shard["of_frames"] == 30));
    place.work(1, 0);
    let status = place.status();
    assert_eq!((&status[0]["done"], &status[1]["done"], &status[1]["frames"]), (&0.into(), &2.into(), &30.into()));
    assert!(status[1]["fps"].as_f64().is_some_and(|fps| fps > 0.0), "{status:?}");
    place.work(0, 0);
    // Without a terminal, what has changed, and the end.
    let watched = output(&mut place.framerace(&["status", "plan.json", "--watch"]));
    let (text, _) = ended(&watched, 0);
    assert!(text.contains("4 of 4 files done, 2 of 2 shards over; 60 frames"), "{text}");
}

#[test]
fn the_engine_tells_the_shard_and_what_is_not_clear_is_wrong_usage() {
    let place = Place::new(&[("a.mkv", 5), ("b.mkv", 5)]);
    place.plan(2, GRAY);
    let with = |variables: &[(&str, &str)], arguments: &[&str]| {
        let mut command = place.framerace(&[&["work", "plan.json"], arguments].concat());
        output(command.envs(variables.iter().copied()))
    };
    for (variables, words) in [
        (&[][..], "no shard: give --shard, or set one of SLURM_ARRAY_TASK_ID"),
        (
            &[("SLURM_ARRAY_TASK_ID", "0"), ("JOB_COMPLETION_INDEX", "1")][..],
            "SLURM_ARRAY_TASK_ID=0, JOB_COMPLETION_INDEX=1",
        ),
        (&[("PBS_ARRAY_INDEX", "2")][..], "PBS_ARRAY_INDEX says 2, and the plan has shards 0 to 1"),
    ] {
        let (_, said) = ended(&with(variables, &[]), 2);
        assert!(said.contains(words) && said.lines().count() == 1, "{said}");
    }
    // The count of the array is that of the plan, whatever the engine says of its own.
    let (said, _) =
        ended(&with(&[("SLURM_ARRAY_TASK_ID", "2"), ("SLURM_ARRAY_TASK_COUNT", "1")], &["--shard-base", "1"]), 0);
    assert!(said.starts_with("shard 1 of 2: 1 file in"), "{said}");
    let (said, _) = ended(&with(&[("JOB_COMPLETION_INDEX", "0")], &[]), 0);
    assert!(said.starts_with("shard 0 of 2: 1 file in"), "{said}");
}

#[test]
fn work_takes_no_more_cores_than_the_scheduler_grants() {
    let place = Place::new(&[("a.mkv", 60)]);
    place.plan(1, &["-f", "grayscale", "-s", "threads"]);
    ended(&output(place.work_command(0).env("SLURM_CPUS_PER_TASK", "1")), 0);
    let done = place.shard_ledgers().into_iter().find(|line| line["state"] == "done").expect("it is done");
    assert_eq!(done["strategy"], "threads, 1 worker");
}

#[test]
fn two_attempts_at_one_shard_at_once_share_it_and_both_end_well() {
    let place = Place::new(&[("a.mkv", 20), ("b.mkv", 20), ("c.mkv", 20), ("d.mkv", 20)]);
    place.plan(1, &["-f", "grayscale,delay=20", "-s", "sequential", "-j", "1"]);
    let both = [place.begin_work(0), place.begin_work(0)].map(Running::output);
    for output in &both {
        assert_eq!(output.status.code(), Some(0), "{}{}", stdout(output), stderr(output));
    }
    place.merge(&[], 0);
    assert_eq!(place.all_outputs(), names(&["a.mkv", "b.mkv", "c.mkv", "d.mkv"]));
    let done = place.shard_ledgers().iter().filter(|line| line["state"] == "done").count();
    assert_eq!(done, 4, "none is done twice");
    assert_eq!(frames(&place.output("a.mkv")), 20);
}
