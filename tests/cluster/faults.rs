//! Everything goes wrong at once, and costs only the piece in work.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use rustix::process::Signal;

use crate::common::child::{signal, wait_until};
use crate::common::kept::{copy_of, kept};
use crate::common::place::{Place, ended};
use crate::common::shards::output;
use crate::common::skipped;
use crate::engine::{Slurm, alone, is_at_work, log, logs, mixed, same, shard_of, worker};

/// A small disk at a folder.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// None where nobody may mount one.
    fn at(folder: PathBuf) -> Option<Self> {
        fs::create_dir_all(&folder).expect("a folder");
        let mounted = output(Command::new("mount").args(["-t", "tmpfs", "-o", "size=64k", "none"]).arg(&folder));
        if !mounted.status.success() {
            skipped("this machine lets nobody mount a small disk, so none is full");
        }
        mounted.status.success().then_some(Self(folder))
    }

    /// Somebody makes room.
    fn grow(&self) {
        let grown = output(Command::new("mount").args(["-o", "remount,size=64m"]).arg(&self.0));
        assert!(grown.status.success(), "{grown:?}");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// An input whose output does not fit on the small disk.
fn large(place: &Place) {
    fs::create_dir(place.input("full")).expect("a folder");
    let noise = "ffmpeg -v error -nostdin -f lavfi -i testsrc2=s=320x240:r=25:d=2,noise=alls=40:allf=t";
    let sound = "-f lavfi -i sine=d=2 -c:v libx264 -preset ultrafast -c:a aac";
    copy_of(&place.input("full/large.mkv"), &kept("large.mkv", &[], &format!("{noise} {sound} $OUT")));
}

#[test]
fn killed_programs_and_nodes_full_disks_requeues_and_twins_cost_only_the_piece_in_work() {
    let Some(slurm) = Slurm::here() else { return };
    let place = mixed();
    large(&place);
    // Every file takes some seconds.
    let chain = ["-f", "grayscale,delay=120"];
    let expected = alone(&place, &chain);
    let disk = SmallDisk::at(place.output("full"));
    let [work, merge] = slurm.submit(&place, 8, &chain);
    let full = shard_of(&place, "full/large.mkv");
    wait_until("four tasks are at work", || {
        let running = slurm.running(&work);
        running.len() >= 4 && running.keys().filter(|shard| **shard != full).all(|shard| is_at_work(&place, *shard))
    });
    let running = slurm.running(&work);
    let victims: Vec<usize> = running.keys().copied().filter(|shard| *shard != full).collect();
    let [killed, on_dead_node, requeued] = victims[..3] else { panic!("{running:?}") };
    let dead = running[&on_dead_node].clone();

    // One program is killed.
    signal(worker(&place, killed).expect("it is at work"), Signal::KILL);
    // One task is put back into the queue by an admin.
    slurm.ask(&["scontrol", "requeue", &format!("{work}_{requeued}")]);
    // One node dies, with all that is on it.
    slurm.kill_node(&dead, &[worker(&place, on_dead_node).expect("it is at work")]);
    // One shard that nobody has begun is done twice at once.
    let twice =
        (0..8).rev().find(|shard| !running.contains_key(shard) && *shard != full).expect("more shards than nodes");
    let twin = place.begin_work(twice);
    let (missing, _) = ended(&output(&mut place.framerace(&["merge", "plan.json", "--missing"])), 3);
    let missing: BTreeSet<usize> = missing.trim().split(',').map(|shard| shard.parse().expect("an index")).collect();
    assert!([killed, on_dead_node, requeued, full].iter().all(|shard| missing.contains(shard)), "{missing:?}");

    if let Some(disk) = &disk {
        wait_until("the disk is full", || log(&place, &format!("{work}_{full}")).contains("no room left"));
        disk.grow();
    }
    assert_eq!(twin.output().status.code(), Some(0), "{}", logs(&place));
    slurm.wait_for(&[work.clone(), merge.clone()]);
    slurm.start_node(&dead);

    let of = |shard: usize| log(&place, &format!("{work}_{shard}"));
    let attempts = |shard: usize| of(shard).matches("attempt ").count();
    assert!(of(killed).contains("== ended with 137; once more"), "{}", logs(&place));
    assert!([killed, on_dead_node, requeued].iter().all(|shard| attempts(*shard) >= 2), "{}", logs(&place));
    assert!(disk.is_none() || of(full).contains("== ended with 75; once more"), "{}", logs(&place));
    let merged = log(&place, &format!("merge-{merge}"));
    assert!(merged.contains("25 files of 8 shards: 25 done"), "{merged}{}", logs(&place));
    // Nothing is left over, and all is as if nothing had happened.
    same(&place, &expected);
}
