//! Sources that play a camera: frames come when they are due, whoever reads; and a twin plays the same for everybody.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use crate::common::{CLIP, framerace, run_with, settings, stderr, stdout};
use framerace::frame::Timing;
use framerace::metrics::Run;
use framerace::sink::Null;
use framerace::source::{Input, OpenOptions, Pace, Schedule, Tap, open};
use framerace::strategy::{STRATEGIES, Strategy};
use parking_lot::Mutex;
use serde_json::Value;
use tempfile::TempDir;

/// What was seen of a source: what it said of each frame, and when it was handed out; at the end, what was unread.
#[derive(Default)]
struct Seen {
    frames: Vec<(Timing, Instant)>,
    unread: u64,
}

/// Runs a strategy over an input, and tells what was seen of it.
fn watch(strategy: &dyn Strategy, input: &str, as_camera: Option<Pace>, chain: &str) -> (Run, Seen) {
    let settings = settings();
    let input: Input = input.parse().expect("an input");
    let inner = open(&input, &OpenOptions { as_camera, ..OpenOptions::default() }).expect("a source");
    // Time to decode a few frames ahead, on a machine that has much else to do.
    sleep(Duration::from_millis(300));
    let seen = Arc::<Mutex<Seen>>::default();
    let noted = Arc::clone(&seen);
    let watched = Tap::new(inner, move |source, _, timing| {
        let mut seen = noted.lock();
        seen.unread = source.unread();
        seen.frames.extend(timing.map(|timing| (timing, Instant::now())));
        Ok(timing)
    });
    let run = run_with(strategy, watched, chain, &mut Null::default(), &settings).expect("it runs");
    assert!(run.ledger.balances(), "{}: {:?}", strategy.name(), run.ledger);
    (run, Arc::into_inner(seen).expect("the source is gone").into_inner())
}

/// A twin with jitter, a stall and a gap.
fn twin() -> (TempDir, PathBuf, Schedule) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cam.twin");
    let output = framerace(&["record", "synthetic:64x48@50x24", "--twin", path.to_str().expect("UTF-8")]);
    assert!(output.status.success(), "{}", stderr(&output));
    let mut schedule = Schedule::read(&path).expect("a twin");
    let mut us = 0;
    for (number, frame) in schedule.frames.iter_mut().enumerate() {
        frame.us = us;
        us += [20_000, 17_350, 22_901, 1_003][number % 4] + if number == 9 { 150_000 } else { 0 };
        frame.unread = if number == 10 { 7 } else { 0 };
    }
    rewrite(&path, &schedule);
    (folder, path, schedule)
}

/// Puts another schedule behind the frames of a twin.
fn rewrite(path: &Path, schedule: &Schedule) {
    let bytes = fs::read(path).expect("a twin");
    let digits = String::from_utf8(bytes[bytes.len() - 21..].to_vec()).expect("digits");
    fs::write(path, &bytes[..digits.trim().parse().expect("digits")]).expect("a file");
    schedule.append(path).expect("a file");
}

#[test]
fn a_twin_comes_by_the_same_schedule_in_every_strategy_and_run_on_a_busy_machine() {
    let (_folder, path, schedule) = twin();
    let input = format!("twin:{}", path.display());
    let done = AtomicBool::new(false);
    scope(|s| {
        for _ in 0..4 {
            s.spawn(|| {
                while !done.load(Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        let _end = SetAtEnd(&done);
        for (turn, strategy) in STRATEGIES
            .iter()
            .filter(|one| !one.needs_a_file() && !one.needs_several())
            .chain(&STRATEGIES[..1])
            .enumerate()
        {
            let (run, seen) = watch(*strategy, &input, None, "grayscale,delay=4");
            same_as_scheduled(&seen, &schedule, &format!("{}, run {turn}", strategy.name()));
            // Who shows a frame again captures it again.
            if strategy.keeps_every_frame() {
                assert_eq!(run.ledger.captured, seen.frames.len() as u64);
            }
        }
    });
}

/// Sets it at the end, whatever the end is: a thread that waits for it must not outlive a failed test.
struct SetAtEnd<'a>(&'a AtomicBool);

impl Drop for SetAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}

/// What the source says must be what was recorded, within a millisecond, and no frame may come before its time.
fn same_as_scheduled(seen: &Seen, schedule: &Schedule, whose: &str) {
    let begin = seen.frames[0].0.arrived.expect("a camera says when") - seen.frames[0].0.pts;
    let due: BTreeSet<_> = schedule.frames.iter().map(|frame| frame.us).collect();
    for (timing, handed_out) in &seen.frames {
        let arrived = timing.arrived.expect("a camera says when");
        let us = u64::try_from(timing.pts.as_micros()).expect("a time");
        assert!(due.contains(&us), "{whose}: nothing was due at {us}");
        let off = (arrived - begin).as_micros().abs_diff(u128::from(us));
        assert!(off <= 1000, "{whose}: the frame due at {us} came {off} µs off");
        assert!(*handed_out >= arrived, "{whose}: the frame due at {us} came before its time");
    }
    let all = schedule.frames.len() as u64 + schedule.unread();
    assert_eq!(seen.frames.len() as u64 + seen.unread, all, "{whose}: a frame is captured or unread");
    assert!(seen.unread >= schedule.unread(), "{whose}: what the camera lost is lost again");
}

#[test]
fn who_does_not_read_in_time_misses_frames() {
    let sequential = STRATEGIES[0];
    let (run, seen) = watch(sequential, "synthetic:64x48@100x60", Some(Pace::Own), "delay=40");
    assert_eq!(seen.frames.len() as u64 + seen.unread, 60);
    // 60 frames come in 0.6 s, of which one thread can do 15, and the driver keeps 4.
    assert!(run.ledger.captured <= 30 && seen.unread >= 30, "{:?}, unread {}", run.ledger, seen.unread);
    let numbers: Vec<_> = seen.frames.iter().map(|(timing, _)| timing.pts).collect();
    assert!(numbers.is_sorted() && numbers[0].is_zero());
    // Without a rate of its own a source waits.
    let (run, seen) = watch(sequential, "synthetic:64x48@0x30", None, "delay=12");
    assert_eq!((run.ledger.captured, seen.unread), (30, 0));
}

#[test]
fn files_play_cameras_at_their_own_pace_or_another() {
    let pace = |pace| {
        let settings = OpenOptions { as_camera: Some(pace), ..OpenOptions::default() };
        let source = open(&CLIP.parse().unwrap(), &settings).unwrap();
        (source.info().paced, source.info().fps.unwrap().round(), source.info().reader.contains("as a camera"))
    };
    let own = open(&CLIP.parse().unwrap(), &OpenOptions::default()).unwrap().info().fps.unwrap().round();
    assert_eq!((pace(Pace::Own), pace(Pace::Rate(120.0))), ((true, own, true), (true, 120.0, true)));
    // Far more than anything can decode: it is said, and nothing is late for ever.
    let path = CLIP.to_owned();
    let (run, seen) = watch(STRATEGIES[0], &path, Some(Pace::Rate(10_000.0)), "grayscale");
    assert_eq!(seen.frames.len() as u64 + seen.unread, 132);
    assert!(run.notes.iter().any(|note| note.contains("could not keep up with 10000 FPS")), "{:?}", run.notes);
}

#[test]
fn gray_frames_are_recorded_gray_and_a_twin_of_a_twin_is_a_twin() {
    let folder = tempfile::tempdir().unwrap();
    let [one, two] = ["one", "two"].map(|name| folder.path().join(format!("{name}.twin")));
    let record = |input: &str, path: &Path| {
        let output = framerace(&["record", input, "--twin", path.to_str().unwrap(), "--frames", "20"]);
        assert!(output.status.success(), "{}", stderr(&output));
        stdout(&output)
    };
    let said = record("synthetic:65x47@200x30?format=gray", &one);
    assert!(said.contains("20 of 65x47 gray8"), "{said}");
    record(&format!("twin:{}", one.display()), &two);
    let [one, two] = [&one, &two].map(|path| Schedule::read(path).unwrap());
    let hashes = |schedule: &Schedule| schedule.frames.iter().map(|frame| frame.hash).collect::<Vec<_>>();
    assert!(one.gray && two.gray && !hashes(&two).is_empty());
    assert!(hashes(&two).iter().all(|hash| hashes(&one).contains(hash)), "the same pixels");
    assert!(one.frames.windows(2).all(|pair| pair[1].us - pair[0].us == 5000));
}

#[test]
fn a_twin_is_named_in_the_result_and_any_player_shows_it() {
    let (folder, path, schedule) = twin();
    let (input, json) = (format!("twin:{}", path.display()), folder.path().join("result.json"));
    let output = framerace(&["compare", &input, "-s", "threads", "--rounds", "1", "--json", json.to_str().unwrap()]);
    assert!(output.status.success(), "{}", stderr(&output));
    let result: Value = serde_json::from_slice(&fs::read(json).unwrap()).unwrap();
    assert_eq!(result["input"]["name"], input.as_str());
    assert!(result["input"]["reader"].as_str().unwrap().starts_with("twin of synthetic:64x48@50x24"));
    assert_eq!(result["strategies"][0]["same_pixels"], Value::Null, "some may not be read in time");
    let entries =
        ["-v", "error", "-count_frames", "-show_entries", "stream=nb_read_frames,codec_name", "-of", "csv=p=0"];
    let probe = std::process::Command::new("ffprobe").args(entries).arg(&path).output().unwrap();
    assert_eq!(stdout(&probe).trim(), format!("ffv1,{}", schedule.frames.len()));
    assert!(probe.stderr.is_empty(), "{}", stderr(&probe));
}

#[test]
fn twins_that_are_none_or_damaged_are_refused_in_one_line() {
    let (folder, path, schedule) = twin();
    let whole = fs::read(&path).unwrap();
    let refused = |words: &[&str]| {
        let output = framerace(&["run", &format!("twin:{}", path.display()), "-f", "grayscale"]);
        let said = stderr(&output);
        assert_eq!((output.status.code(), said.lines().count()), (Some(1), 1), "{said}");
        assert!(words.iter().all(|word| said.contains(word)), "{said}");
    };
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    refused(&["cam.twin is no twin, or was cut off", "framerace record"]);
    fs::copy(CLIP, &path).unwrap();
    refused(&["cam.twin is no twin"]);
    fs::write(&path, b"").unwrap();
    refused(&["cam.twin is empty"]);
    let mut damaged = whole.clone();
    damaged[whole.len() / 3..whole.len() / 3 + 64].fill(0x55);
    fs::write(&path, &damaged).unwrap();
    refused(&["cam.twin is damaged: frame ", "is not what was recorded"]);
    fs::write(&path, &whole).unwrap();
    let mut longer = schedule;
    longer.frames.push(framerace::source::Arrival { us: 10_000_000, unread: 0, hash: 1 });
    rewrite(&path, &longer);
    refused(&["cam.twin is damaged: frame 24 of 25"]);
    fs::remove_file(&path).unwrap();
    refused(&["no file", "cam.twin"]);
    let output = framerace(&["record", "no/such.mp4", "--twin", folder.path().join("x.twin").to_str().unwrap()]);
    assert!(stderr(&output).contains("no file no/such.mp4"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
}
