//! The Slurm that `scripts/with-slurm` has started: what is submitted to it, where its tasks run, and how it is hurt.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;

use crate::common::child::{BINARY, signal};
use crate::common::kept::{copy_of, kept};
use crate::common::place::Place;
use crate::common::shards::{files, output};
use crate::common::{skipped, stderr, stdout};

/// Longer than all of it takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(540);
/// What is the same for the batch on one machine and for the shards. Encoders write other bytes with other threads.
pub const OPTIONS: &[&str] = &["-r", "-s", "threads", "-w", "2", "--encode-threads", "2", "--preset", "ultrafast"];

pub struct Slurm {
    here: PathBuf,
}

impl Slurm {
    /// None where no Slurm was started.
    pub fn here() -> Option<Self> {
        let here = std::env::var_os("SLURM_HERE").map(PathBuf::from);
        if here.is_none() {
            skipped("no Slurm was started; scripts/with-slurm 4 cargo test --test cluster");
        }
        Some(Self { here: here? })
    }

    /// Runs one of its commands.
    pub fn ask(&self, command: &[&str]) -> String {
        let output = output(Command::new(command[0]).args(&command[1..]));
        assert!(output.status.success(), "{command:?}: {}", stderr(&output));
        stdout(&output)
    }

    /// `scripts/slurm/submit`: the numbers of the array job and of the merge.
    pub fn submit(&self, place: &Place, shards: usize, arguments: &[&str]) -> [String; 2] {
        self.submit_with(place, shards, arguments, OPTIONS)
    }

    /// The same with other options.
    pub fn submit_with(&self, place: &Place, shards: usize, arguments: &[&str], options: &[&str]) -> [String; 2] {
        let mut command = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/slurm/submit"));
        command.current_dir(place.root()).env("FRAMERACE", BINARY);
        command.args(["plan.json", &shards.to_string(), "in", "-o", "out"]).args(options).args(arguments);
        let submitted = output(&mut command);
        let (said, jobs) = (stderr(&submitted), stdout(&submitted));
        assert!(submitted.status.success(), "{said}");
        let (work, merge) = jobs.trim().split_once(' ').expect(&jobs);
        [work.to_owned(), merge.to_owned()]
    }

    /// The tasks of an array job that run: their indices and nodes.
    pub fn running(&self, job: &str) -> BTreeMap<usize, String> {
        let text = self.ask(&["squeue", "-h", "-r", "-t", "R", "-j", job, "-o", "%K %N"]);
        let task =
            |line: &str| line.split_once(' ').map(|(task, node)| (task.parse().expect("an index"), node.to_owned()));
        text.lines().filter_map(task).collect()
    }

    /// Waits until jobs are over, and shows what is in the queue if they are not.
    pub fn wait_for(&self, jobs: &[String]) {
        let begun = Instant::now();
        let left = || self.ask(&["squeue", "-h", "-r", "-j", &jobs.join(","), "-o", "%i %t %r"]);
        loop {
            let queue = left();
            if queue.is_empty() {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "the queue has {queue}");
            sleep(Duration::from_millis(500));
        }
    }

    /// Kills a node: its daemon, and all steps of jobs, scripts and programs on it.
    pub fn kill_node(&self, node: &str, pids: &[u32]) {
        // The program, the script above it, and the step above that.
        for pid in pids {
            let script = parent(*pid);
            [parent(script), script, *pid].into_iter().for_each(|pid| signal(pid, Signal::KILL));
        }
        let daemon = fs::read_to_string(self.here.join(format!("slurmd-{node}.pid"))).expect("a node daemon");
        signal(daemon.trim().parse().expect("a process id"), Signal::KILL);
    }

    /// Starts the daemon of a node again, after the test.
    pub fn start_node(&self, node: &str) {
        self.ask(&["slurmd", "-N", node]);
    }
}

/// The process that started a process.
fn parent(pid: u32) -> u32 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_else(|_| panic!("{pid} is gone"));
    let line = status.lines().find_map(|line| line.strip_prefix("PPid:")).expect("a parent");
    line.trim().parse().expect("a process id")
}

/// The process that works at a shard, by its lease.
pub fn worker(place: &Place, shard: usize) -> Option<u32> {
    let folder = format!("/{shard:05}/");
    let leases = files(&place.output("framerace-shards"));
    let of_shard = leases.iter().filter(|path| path.to_string_lossy().contains(&folder));
    let pid = |path: &PathBuf| path.file_name()?.to_str()?.strip_suffix("-0.lease")?.split('-').nth(2)?.parse().ok();
    of_shard.filter_map(pid).find(|pid| Path::new(&format!("/proc/{pid}")).exists())
}

/// Whether a shard has something in work.
pub fn is_at_work(place: &Place, shard: usize) -> bool {
    worker(place, shard).is_some() && place.status()[shard]["begun"].as_u64() > Some(0)
}

/// The shard of an input, by the plan.
pub fn shard_of(place: &Place, input: &str) -> usize {
    let plan: Value = serde_json::from_slice(&fs::read(place.root().join("plan.json")).expect("a plan")).expect("JSON");
    let pieces = plan["pieces"].as_array().expect("pieces");
    let piece = pieces.iter().find(|piece| piece["input"] == input).expect("a piece");
    usize::try_from(piece["shard"].as_u64().expect("a number")).expect("an index")
}

/// 24 files with sound: five containers and codecs, several sizes and lengths.
pub fn mixed() -> Place {
    let place = Place::new(&[]);
    let kinds = [
        ("mkv", "-c:v libx264 -preset ultrafast -c:a aac"),
        ("mp4", "-c:v libx264 -preset ultrafast -bf 2 -g 20 -c:a aac"),
        ("mov", "-c:v mpeg4 -c:a aac"),
        ("ts", "-c:v mpeg2video -c:a mp2"),
        ("avi", "-c:v mjpeg -c:a pcm_s16le"),
    ];
    for n in 0..24 {
        let ((ending, how), width) = (kinds[n % kinds.len()], 64 + 16 * (n % 4));
        let (frames, rate) = (30 + 3 * (n % 9), if n % 3 == 0 { 30 } else { 25 });
        let seconds = frames as f64 / f64::from(rate);
        let sources = format!("-f lavfi -i testsrc2=s={width}x48:r={rate}:d={seconds} -f lavfi -i sine=d={seconds}");
        let script = format!("ffmpeg -v error -nostdin {sources} -pix_fmt yuv420p {how} $OUT");
        let script = if ending == "avi" { script.replace("yuv420p", "yuvj420p") } else { script };
        copy_of(&place.input(format!("clip{n:02}.{ending}")), &kept(&format!("mixed{n}.{ending}"), &[], &script));
    }
    place
}

/// What is in each output but those that only some have.
pub fn contents(place: &Place) -> BTreeMap<String, Vec<u8>> {
    let names: BTreeSet<String> = place.all_outputs();
    names.into_iter().map(|name| (name.clone(), fs::read(place.output(&name)).expect("it is there"))).collect()
}

/// What a batch on one machine makes of the same; the output folder is empty after it.
pub fn alone(place: &Place, arguments: &[&str]) -> BTreeMap<String, Vec<u8>> {
    place.ends(&[OPTIONS, arguments].concat(), 0);
    let made = contents(place);
    fs::remove_dir_all(place.output("")).expect("it is there");
    made
}

/// The log of a task or of the merge.
pub fn log(place: &Place, name: &str) -> String {
    fs::read_to_string(place.root().join(format!("framerace-{name}.log"))).unwrap_or_default()
}

/// All logs, to show where something is not as it must be.
pub fn logs(place: &Place) -> String {
    let logs = files(place.root()).into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "log"));
    logs.map(|path| format!("--- {}\n{}\n", path.display(), fs::read_to_string(&path).unwrap_or_default())).collect()
}

/// Holds what shards have made against what a batch has made, byte by byte.
pub fn same(place: &Place, alone: &BTreeMap<String, Vec<u8>>) {
    let made = contents(place);
    assert!(made.keys().eq(alone.keys()), "{:?}\n{}", made.keys(), logs(place));
    let differ: Vec<_> = made.iter().filter(|(name, bytes)| alone[*name] != **bytes).map(|(name, _)| name).collect();
    assert!(differ.is_empty(), "{differ:?}\n{}", logs(place));
}
