//! `framerace batch` that is stopped, politely or not: what is left is whole, and the next run goes on from there.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::common::child::{BINARY, Running, wait_until};
use crate::common::kept::{copy_of, kept};
use crate::common::place::{GRAY, Place, ended, names};
use crate::common::{stderr, stdout};
use rustix::process::Signal;

/// A bound on what hangs, not a measurement.
const SOON: Duration = Duration::from_secs(10);

#[test]
fn ctrl_c_ends_in_good_order() {
    let place = Place::new(&[("a.mkv", 5), ("b.mkv", 500), ("c.mkv", 500)]);
    for (at, name) in [Signal::INT, Signal::TERM, Signal::HUP].into_iter().enumerate() {
        let batch = place.begin(&["-f", "grayscale,delay=20", "--jobs", "2"]);
        place.wait_until_writing();
        let since = Instant::now();
        batch.signal(name);
        let (_, said) = ended(&batch.output(), 130);
        assert!(since.elapsed() < SOON, "{name:?}: {:?}", since.elapsed());
        assert!(said.contains("interrupted with 3 files left") && said.contains("goes on"), "{name:?}: {said}");
        assert!(place.outputs().is_empty(), "{name:?}: {:?}", place.outputs());
        assert_eq!(place.count("begun"), place.count("stopped"), "{name:?}");
        assert!(place.count("begun") > at, "{name:?}");
    }
    place.ends(GRAY, 0);
    assert_eq!(place.outputs(), names(&["a.mkv", "b.mkv", "c.mkv"]));
}

#[test]
fn a_second_ctrl_c_does_not_wait_for_a_filter_that_does_not_come_back() {
    let place = Place::new(&[("a.mkv", 60)]);
    let stuck = place.begin(&["-f", "delay=60000", "-s", "threads"]);
    place.wait_until_writing();
    // So that a frame is in the filter, and the two are not taken for one.
    sleep(Duration::from_millis(500));
    stuck.signal(Signal::INT);
    sleep(Duration::from_millis(300));
    let since = Instant::now();
    stuck.signal(Signal::INT);
    assert_eq!(stuck.output().status.code(), Some(130));
    assert!(since.elapsed() < SOON, "{:?}", since.elapsed());
    let (table, said) = place.ends(GRAY, 0);
    assert!(table.contains("1 done"), "{table}{said}");
    assert_eq!(place.outputs(), names(&["a.mkv"]));
}

#[test]
fn ctrl_c_while_one_file_is_converted_leaves_nothing() {
    let place = Place::new(&[("a.mkv", 500)]);
    let mut command = Command::new(BINARY);
    command.current_dir(place.root()).args(["run", "in/a.mkv", "-f", "delay=20", "-o", "in/b.mkv"]);
    let run = Running::start(command.stderr(Stdio::piped()));
    let entries = || fs::read_dir(place.input("")).unwrap().count();
    wait_until("a temporary file", || entries() == 2);
    run.signal(Signal::INT);
    let (_, said) = ended(&run.output(), 130);
    assert_eq!((entries(), said.trim()), (1, "error: interrupted; nothing was written"));
}

/// Containers, with sound where that is usual.
const MIXED: [(&str, &str); 6] = [
    ("mp4", "-c:v libx264 -preset ultrafast -c:a aac"),
    ("mkv", "-c:v ffv1 -c:a flac"),
    ("mov", "-c:v mjpeg -pix_fmt yuvj420p -c:a pcm_s16le"),
    ("webm", "-c:v libvpx -deadline realtime -c:a libopus"),
    ("avi", "-c:v mpeg4 -c:a mp3"),
    ("ts", "-c:v mpeg2video -c:a mp2"),
];

/// Twelve short videos, two in each container.
fn mixed() -> Place {
    let place = Place::new(&[]);
    for (n, (container, codecs)) in MIXED.iter().cycle().take(12).enumerate() {
        let name = format!("clip-{n}.{container}");
        let inputs = "-f lavfi -i testsrc2=s=96x64:r=25 -f lavfi -i sine";
        let seconds = format!("0.{}", n % 5 + 4);
        let script = format!("ffmpeg -v error -nostdin {inputs} -t {seconds} -pix_fmt yuv420p {codecs} $OUT");
        copy_of(&place.input(&name), &kept(&name, &[], &script));
    }
    place
}

/// Every output and what is in it.
fn contents(place: &Place) -> BTreeMap<String, Vec<u8>> {
    place.outputs().into_iter().map(|name| (name.clone(), fs::read(place.output(&name)).expect("there"))).collect()
}

/// Processes whose working directory this is, but for those that are only waited for.
fn processes_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir("/proc").expect("Linux").flatten();
    let there = entries.filter(|entry| fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd == folder));
    there.map(|entry| fs::read_to_string(entry.path().join("comm")).unwrap_or_default()).collect()
}

/// Runs a batch and kills it after so long. Whether it was still running.
fn killed_after(place: &Place, time: Duration) -> bool {
    let mut batch = Running::start(place.command(KILLED).stdout(Stdio::null()).stderr(Stdio::null()));
    sleep(time);
    let running = !batch.has_ended();
    batch.kill();
    running
}

/// Two lanes, so that several files are in work.
const KILLED: &[&str] = &["-f", "grayscale,delay=2", "--jobs", "2"];

/// Many batches.
mod thorough {
    use super::*;

    #[test]
    fn a_batch_that_is_killed_at_any_of_thirty_moments_goes_on_where_it_was() {
        let whole = mixed();
        let since = Instant::now();
        whole.ends(KILLED, 0);
        let mut lasts = since.elapsed();
        let wanted = contents(&whole);
        assert_eq!(wanted.len(), 12);
        let (mut in_work, mut moment) = (0, 0);
        while moment < 30 {
            let place = Place::new(&[]);
            for name in fs::read_dir(whole.input("")).unwrap().map(|entry| entry.unwrap().file_name()) {
                fs::hard_link(whole.input(&name), place.input(&name)).unwrap();
            }
            let time = lasts.mul_f64((f64::from(moment) + fastrand::f64()) / 30.0);
            if !killed_after(&place, time) {
                // This machine has become quicker since.
                lasts = lasts.mul_f64(0.9);
                continue;
            }
            moment += 1;
            let left = contents(&place);
            in_work += usize::from(left.keys().any(|name| name.starts_with('.')));
            for (name, content) in left.iter().filter(|(name, _)| !name.starts_with('.')) {
                assert!(wanted.get(name) == Some(content), "{name:?} is torn after {time:?}");
            }
            let done = place.count_of("done");
            let output = place.batch(KILLED);
            let (table, said) = (stdout(&output), stderr(&output));
            assert!(output.status.success(), "after {time:?}: {table}{said}");
            assert!(done == 0 || table.contains(&format!("{done} skipped")), "after {time:?}: {table}{said}");
            assert!(contents(&place) == wanted, "after {time:?}: {:?}: {table}{said}", place.outputs());
            wait_until("end of what it had started", || processes_in(place.root()).is_empty());
        }
        assert!(in_work >= 5, "only {in_work} were killed while a file was in work");
    }
}
