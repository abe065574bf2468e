//! The processes of a batch: what kills one of them kills one file, what they take stays under --mem, and none is
//! left when the batch has gone.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::common::child::{Running, signal, wait_for, wait_until};
use crate::common::kept::{copy_of, kept};
use crate::common::place::{Place, ended, names};
use crate::common::{stderr, stdout};
use rustix::process::Signal;

/// Makes a larger video.
fn large(place: &Place, name: &str, size: &str, frames: u32) {
    let seconds = f64::from(frames) / 25.0;
    let source = format!("ffmpeg -v error -nostdin -f lavfi -i testsrc=s={size}:r=25:d={seconds}");
    copy_of(&place.input(name), &kept("video.mp4", &[], &format!("{source} -pix_fmt yuv420p -preset ultrafast $OUT")));
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

#[test]
fn what_kills_a_decoder_or_filter_kills_its_own_file_only() {
    for kind in ["segfault", "abort", "exit"] {
        let place = Place::new(&[("a.mkv", 20), ("b.mkv", 60), ("c.mkv", 20), ("d.mkv", 30)]);
        let (_, said) = place.ends(&["-s", "threads", "-f", &format!("grayscale,fault=kind={kind}:at=40")], 1);
        assert!(said.contains("b.mkv: the process that did it died"), "{kind}: {said}");
        assert_eq!(place.outputs(), names(&["a.mkv", "c.mkv", "d.mkv"]), "{kind}");
        assert_eq!((place.count("done"), place.count("failed")), (3, 1), "{kind}");
    }
}

#[test]
fn a_file_whose_process_somebody_kills_is_done_again() {
    let place = Place::new(&[("a.mkv", 50)]);
    let batch = place.begin(&["-s", "threads", "-f", "grayscale,delay=20"]);
    place.wait_until_writing();
    descendants(batch.pid()).into_iter().for_each(|pid| signal(pid, Signal::KILL));
    assert!(batch.output().status.success());
    assert_eq!(place.ledger().last().expect("a line")["frames_out"], 50);
    assert_eq!(place.outputs(), names(&["a.mkv"]));
}

#[test]
fn a_file_whose_process_somebody_kills_as_soon_as_it_is_there_is_done_again() {
    let place = Place::new(&[("a.mkv", 5)]);
    let batch = place.begin(&["-s", "threads", "-f", "grayscale"]);
    let mut killed = Vec::new();
    for _ in 0..2 {
        let new = || descendants(batch.pid()).into_iter().find(|pid| !killed.contains(pid));
        let pid = wait_for(|| new().ok_or("a new process"));
        signal(pid, Signal::KILL);
        killed.push(pid);
    }
    let (_, said) = ended(&batch.output(), 0);
    assert_eq!(
        (place.count("done"), place.count("failed"), said.matches("again: in/a.mkv: ").count()),
        (1, 0, 2),
        "{said}"
    );
}

#[test]
fn a_file_whose_process_is_stopped_is_done_by_another() {
    let place = Place::new(&[("a.mkv", 50)]);
    let batch = place.begin(&["-s", "threads", "-f", "grayscale,delay=20", "--stall", "1"]);
    place.wait_until_writing();
    descendants(batch.pid()).into_iter().for_each(|pid| signal(pid, Signal::STOP));
    let (_, said) = ended(&batch.output(), 0);
    assert!(said.contains("again: in/a.mkv: the process that did it was stopped by a signal for 1"), "{said}");
    assert_eq!((place.count("done"), place.outputs()), (1, names(&["a.mkv"])));
}

#[test]
fn a_process_that_hangs_fails_its_file_after_a_time() {
    let place = Place::new(&[("a.mkv", 30), ("b.mkv", 5)]);
    let (_, said) = place.ends(&["-s", "threads", "-f", "fault=kind=hang:at=10", "--stall", "1"], 1);
    assert!(said.contains("failed: in/a.mkv: the process that did it got on with nothing for 1 s"), "{said}");
    assert_eq!((place.count("failed"), place.outputs()), (1, names(&["b.mkv"])));
}

#[test]
fn whoever_is_slow_or_was_stopped_with_the_batch_is_waited_for() {
    let place = Place::new(&[("a.mkv", 1), ("b.mkv", 40)]);
    let batch = place.begin(&["-s", "sequential", "-f", "delay=50", "--jobs", "2", "--stall", "1"]);
    place.wait_until_writing();
    let all = [vec![batch.pid()], descendants(batch.pid())].concat();
    all.iter().for_each(|pid| signal(*pid, Signal::STOP));
    sleep(Duration::from_millis(1500));
    all.iter().rev().for_each(|pid| signal(*pid, Signal::CONT));
    ended(&batch.output(), 0);
    // A frame that takes longer than the bound, as its filter says.
    let (table, said) =
        place.ends(&["-s", "sequential", "-f", "delay=1500", "--stall", "1", "--frames", "1", "--redo"], 0);
    assert!(table.contains("2 done"), "{table}{said}");
}

#[test]
fn no_process_and_no_temporary_file_outlives_a_killed_batch() {
    let place = Place::new(&[("a.mkv", 200), ("b.mkv", 200)]);
    let batch = place.begin(&["-s", "processes", "-f", "grayscale,delay=20"]);
    place.wait_until_writing();
    let all = descendants(batch.pid());
    assert!(all.len() >= 2, "{all:?}");
    signal(batch.pid(), Signal::KILL);
    batch.output();
    wait_until("end of all of them", || all.iter().all(|pid| !Path::new(&format!("/proc/{pid}/exe")).exists()));
    wait_until("clean folder", || place.outputs().is_empty());
}

#[test]
fn all_processes_together_stay_under_mem() {
    let place = Place::new(&[]);
    (0..6).for_each(|n| large(&place, &format!("{n}.mp4"), "1280x720", 60));
    for (mem, jobs) in [(420, "2"), (700, "2"), (700, "6")] {
        let arguments = ["-f", "grayscale,blur", "--mem", &format!("{mem}M"), "--jobs", jobs];
        let mut batch = Running::start(place.command(&arguments).stdout(Stdio::piped()));
        let mut peak = 0;
        while !batch.has_ended() {
            // A process that is just being started shows the memory of who starts it.
            let is_converter = |pid: &u32| {
                fs::read_to_string(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line.contains("converter"))
            };
            let all: Vec<_> = descendants(batch.pid()).into_iter().filter(is_converter).collect();
            peak = peak.max(resident_mb(batch.pid()) + all.iter().map(|pid| resident_mb(*pid)).sum::<u64>());
            sleep(Duration::from_millis(20));
        }
        let output = batch.output();
        assert!(output.status.success() && peak <= mem, "{peak} MB of {mem} MB: {}", stdout(&output));
        assert!(stdout(&output).contains(" MB"), "{}", stdout(&output));
        fs::remove_dir_all(place.output("")).expect("a folder");
    }
}

#[test]
fn too_little_memory_is_said_before_anything_is_begun_or_of_the_file_that_needs_more() {
    let place = Place::new(&[("small.mkv", 10)]);
    large(&place, "large.mp4", "1920x1080", 3);
    let output = place.batch(&["-f", "grayscale", "--mem", "20M"]);
    assert_eq!((output.status.code(), stderr(&output).lines().count()), (Some(1), 1), "{}", stderr(&output));
    assert!(stderr(&output).contains("--mem 20 MB is too little"), "{}", stderr(&output));
    let (_, said) = place.ends(&["-f", "grayscale", "--mem", "250M"], 1);
    assert!(said.contains("large.mp4: --mem 250 MB is too little for it"), "{said}");
    assert_eq!(place.outputs(), names(&["small.mkv"]));
}

/// Worker processes of a strategy are not in the estimate: two files at once take about 260 MB, one alone 200.
#[test]
fn what_takes_more_than_was_estimated_is_done_alone() {
    let place = Place::new(&[("a.mkv", 150), ("b.mkv", 150)]);
    let arguments = ["-f", "grayscale,delay=5", "-s", "processes", "--mem", "230M", "--jobs", "2"];
    let (table, said) = place.ends(&arguments, 0);
    assert!(table.contains("2 done"), "{table}{said}");
    let most = table.split(", in ").nth(1).and_then(|rest| rest.split(" MB").next());
    let most: u64 = most.and_then(|mb| mb.parse().ok()).expect("a figure");
    assert!(said.contains("later, alone: in/") || most <= 230, "{table}{said}");
}

#[test]
fn inputs_that_are_not_there_leave_nothing_behind() {
    let place = Place::new(&[]);
    fs::remove_dir(place.input("")).expect("a folder");
    place.ends(&["-f", "grayscale"], 1);
    assert!(!place.output("").exists());
}

#[test]
fn a_batch_of_another_build_is_refused_with_both_versions() {
    let mut converter = Command::new(env!("CARGO_BIN_EXE_framerace"));
    converter.arg("converter").stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut converter = converter.spawn().expect("it starts");
    let greeting = b"{\"version\":\"0.1.0 (build feedbeef)\",\"what\":\"nobody knows yet\"}\n";
    converter.stdin.take().expect("a pipe").write_all(greeting).expect("it listens");
    let output = converter.wait_with_output().expect("it ends");
    let said = stderr(&output);
    assert!(!output.status.success() && said.contains("0.1.0 (build feedbeef), but the"), "{said}");
}
