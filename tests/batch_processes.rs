//! The processes of a batch: what kills one of them kills one file, what they take stays under --mem, and none is
//! left when the batch has gone.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use common::{stderr, stdout};
use framerace::batch::LEDGER;
use serde_json::Value;
use tempfile::TempDir;

/// A folder `in` with videos of these names, sizes and frames.
fn place(videos: &[(&str, &str, u32)]) -> TempDir {
    let place = tempfile::tempdir().expect("a folder");
    fs::create_dir(place.path().join("in")).expect("a folder");
    for (name, size, frames) in videos {
        let source = format!("testsrc=s={size}:r=25:d={}", f64::from(*frames) / 25.0);
        let made = Command::new("ffmpeg")
            .args(["-v", "error", "-f", "lavfi", "-i", &source, "-pix_fmt", "yuv420p", "-preset", "ultrafast"])
            .arg(place.path().join("in").join(name))
            .status();
        assert!(made.expect("scripts/setup installs ffmpeg").success());
    }
    place
}

fn batch(place: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_framerace"));
    command.current_dir(place.path()).args(["batch", "in", "-o", "out"]).args(arguments);
    command
}

/// The latest line of each output.
fn ledger(place: &TempDir) -> BTreeMap<String, Value> {
    let text = fs::read_to_string(place.path().join("out").join(LEDGER)).unwrap_or_default();
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.map(|line| (line["output"].as_str().unwrap_or_default().to_owned(), line)).collect()
}

/// Descendants of a process.
fn descendants(pid: u32) -> Vec<u32> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let children = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    let children: Vec<u32> = children
        .flat_map(|text| text.split(' ').filter_map(|pid| pid.trim().parse().ok()).collect::<Vec<_>>())
        .collect();
    children.iter().flat_map(|child| [vec![*child], descendants(*child)].concat()).collect()
}

fn resident_mb(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0");
    line.trim().split(' ').next().and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0) >> 10
}

fn temporary_files(place: &TempDir) -> Vec<PathBuf> {
    let entries = fs::read_dir(place.path().join("out")).into_iter().flatten().flatten().map(|entry| entry.path());
    entries
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".framerace-")))
        .collect()
}

/// Looks again and again until it is so.
fn wait_until(what: &str, mut so: impl FnMut() -> bool) {
    let since = Instant::now();
    while !so() {
        assert!(since.elapsed() < Duration::from_secs(60), "{what}");
        sleep(Duration::from_millis(5));
    }
}

#[test]
fn what_kills_a_decoder_or_filter_kills_its_own_file_only() {
    for kind in ["segfault", "abort", "exit"] {
        let place =
            place(&[("a.mp4", "64x48", 20), ("b.mp4", "64x48", 60), ("c.mp4", "64x48", 20), ("d.mp4", "64x48", 30)]);
        let chain = format!("grayscale,fault=kind={kind}:at=40");
        let output = batch(&place, &["-s", "threads", "-f", &chain]).output().expect("it starts");
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("b.mp4: the process that did it died"), "{kind}: {said}");
        let states: Vec<_> = ledger(&place).into_iter().map(|(name, line)| (name, line["state"].to_string())).collect();
        let state = |name: &str, state: &str| (name.to_owned(), format!("\"{state}\""));
        assert_eq!(
            states,
            [state("a.mp4", "done"), state("b.mp4", "failed"), state("c.mp4", "done"), state("d.mp4", "done")]
        );
        assert_eq!(temporary_files(&place), Vec::<PathBuf>::new(), "{kind}");
    }
}

#[test]
fn a_file_whose_process_somebody_kills_is_done_again() {
    let place = place(&[("a.mp4", "64x48", 50)]);
    let mut child =
        batch(&place, &["-s", "threads", "-f", "grayscale,delay=20"]).stdout(Stdio::null()).spawn().expect("it starts");
    wait_until("something is written", || !temporary_files(&place).is_empty());
    for pid in descendants(child.id()) {
        rustix_kill(pid);
    }
    assert!(child.wait().expect("it ends").success());
    assert_eq!(ledger(&place)["a.mp4"]["frames_out"], 50);
    assert_eq!(temporary_files(&place), Vec::<PathBuf>::new());
}

fn rustix_kill(pid: u32) {
    let status = Command::new("kill").args(["-9", &pid.to_string()]).status();
    assert!(status.expect("kill").success());
}

#[test]
fn no_process_and_no_temporary_file_outlives_a_killed_batch() {
    let place = place(&[("a.mp4", "64x48", 200), ("b.mp4", "64x48", 200)]);
    let command = &mut batch(&place, &["-s", "processes", "-f", "grayscale,delay=20"]);
    let mut child: Child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    wait_until("something is written", || !temporary_files(&place).is_empty());
    let all = descendants(child.id());
    assert!(all.len() >= 2, "{all:?}");
    rustix_kill(child.id());
    child.wait().expect("it ends");
    wait_until("all are gone", || all.iter().all(|pid| !Path::new(&format!("/proc/{pid}/exe")).exists()));
    wait_until("nothing is left", || temporary_files(&place).is_empty());
}

#[test]
fn all_processes_together_stay_under_mem() {
    let videos: Vec<String> = (0..6).map(|n| format!("{n}.mp4")).collect();
    let videos: Vec<_> = videos.iter().map(|name| (name.as_str(), "1280x720", 60)).collect();
    let place = place(&videos);
    for (mem, jobs) in [(420, "2"), (700, "2"), (700, "6")] {
        let arguments = ["-f", "grayscale,blur", "--mem", &format!("{mem}M"), "--jobs", jobs];
        let mut child = batch(&place, &arguments).stdout(Stdio::piped()).spawn().expect("it starts");
        let mut peak = 0;
        while child.try_wait().expect("it is there").is_none() {
            let all = descendants(child.id());
            peak = peak.max(resident_mb(child.id()) + all.iter().map(|pid| resident_mb(*pid)).sum::<u64>());
            sleep(Duration::from_millis(20));
        }
        let output = child.wait_with_output().expect("it has ended");
        assert!(output.status.success() && peak <= mem, "{peak} MB of {mem} MB: {}", stdout(&output));
        assert!(stdout(&output).contains("MB at most"), "{}", stdout(&output));
        fs::remove_dir_all(place.path().join("out")).expect("a folder");
    }
}

#[test]
fn too_little_memory_is_said_before_anything_is_begun_or_of_the_file_that_needs_more() {
    let place = place(&[("small.mp4", "64x48", 10), ("large.mp4", "1920x1080", 3)]);
    let output = batch(&place, &["-f", "grayscale", "--mem", "20M"]).output().expect("it starts");
    assert_eq!((output.status.code(), stderr(&output).lines().count()), (Some(1), 1), "{}", stderr(&output));
    assert!(stderr(&output).contains("--mem 20 MB is too little"), "{}", stderr(&output));
    let output = batch(&place, &["-f", "grayscale", "--mem", "250M"]).output().expect("it starts");
    let said = stderr(&output);
    assert!(output.status.code() == Some(1) && said.contains("large.mp4: --mem 250 MB is too little for it"), "{said}");
    assert_eq!(ledger(&place)["small.mp4"]["state"], "done");
}
