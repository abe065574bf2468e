//! What is presented of odd but valid videos, with the preset and codec that users get: as many frames, at the same times,
//! and as long, held last frames and edit lists included. ffprobe and OpenCV are asked, not our own reader. And an output
//! that fails its check is kept.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::common::child::{start, wait_for, wait_until};
use crate::common::odd::{ffprobe, make};
use crate::common::{CLIP, framerace, stderr};
use opencv::prelude::*;
use opencv::videoio::{CAP_FFMPEG, CAP_PROP_FRAME_COUNT, VideoCapture};
use tempfile::tempdir;

/// File names, what is odd first, and the commands that make them.
const HELD: &[(&str, &str)] = &[
    ("cut.mp4", "ffmpeg -ss 0.3 -i plain.mp4 -c copy $OUT"),
    (
        "cut-b-frames.mp4",
        "ffmpeg $V $A -c:v libx264 -threads 1 -g 50 -c:a aac whole.mp4; ffmpeg -ss 0.3 -i whole.mp4 -c copy $OUT",
    ),
    ("cut-b-frames.mov", "ffmpeg $V -c:v libx264 -threads 1 -g 50 whole.mp4; ffmpeg -ss 0.3 -i whole.mp4 -c copy $OUT"),
    ("held.gif", "ffmpeg $V -r 10 -frames:v 5 -final_delay 100 $OUT"),
    ("held.apng", "ffmpeg $V -r 10 -frames:v 5 -final_delay 1/1 $OUT"),
    (
        "vfr-b-frames.mp4",
        "ffmpeg $V -vf 'select=not(mod(n\\,3))+not(mod(n\\,7))' -vsync vfr -c:v libx264 -threads 1 $OUT",
    ),
    ("thousand.mkv", "ffmpeg -f lavfi -i testsrc2=s=64x48:r=1000:d=0.3 -c:v libx264 -threads 1 $OUT"),
    ("one-frame.mp4", "ffmpeg $V -frames:v 1 $X $OUT"),
];

/// What a player shows: when each frame, and for how long in all, in seconds.
fn shown(path: &Path) -> (Vec<f64>, f64) {
    let numbers = |entries: &str, select: &[&str]| -> Vec<f64> {
        let lines = ffprobe(path, &[select, &["-show_entries", entries]].concat());
        lines.iter().filter_map(|line| line.split(',').next()?.parse().ok()).collect()
    };
    let mut times = numbers("frame=best_effort_timestamp_time", &["-select_streams", "v:0"]);
    times.sort_by(f64::total_cmp);
    let all = numbers("format=duration", &[]).first().copied().unwrap_or(0.0);
    (times, all)
}

fn opencv_counts(path: &Path) -> f64 {
    let video = VideoCapture::from_file(path.to_str().expect("text"), CAP_FFMPEG).expect("OpenCV reads it");
    video.get(CAP_PROP_FRAME_COUNT).expect("a number")
}

/// What differs between a source and what was written from it.
fn fault(source: &Path, output: &Path) -> Option<String> {
    let ((is, is_long), (should, should_long)) = (shown(output), shown(source));
    if is.len() != should.len() {
        return Some(format!("{} frames instead of {}", is.len(), should.len()));
    }
    let at = |times: &[f64], n: usize| times[n] - times[0];
    let early = (0..is.len()).find(|n| (at(&is, *n) - at(&should, *n)).abs() > 0.0016);
    if let Some(n) = early {
        return Some(format!("frame {n} at {} instead of {}", at(&is, n), at(&should, n)));
    }
    // Some sources do not say how long they are.
    if should_long > 0.0 && (is_long - should_long).abs() > 0.03 {
        return Some(format!("{is_long} s instead of {should_long} s"));
    }
    let counted = opencv_counts(output);
    let rate_is_an_average = source.to_string_lossy().contains("vfr") || source.to_string_lossy().contains("held");
    // OpenCV counts in Matroska by rate and duration.
    let counts = output.extension().is_some_and(|kind| kind == "mp4" || kind == "mov") || !rate_is_an_average;
    (counts && (counted - should.len() as f64).abs() > 1.0).then(|| format!("OpenCV counts {counted}"))
}

#[test]
fn frames_times_and_length_are_those_of_the_source() {
    let folder = tempdir().expect("a folder");
    let mut faults = Vec::new();
    for (name, commands) in HELD {
        let source = make(folder.path(), name, commands);
        for container in ["mp4", "mkv", "mov", "webm"] {
            let output = folder.path().join(format!("{name}.out.{container}"));
            let text = [&source, &output].map(|path| path.to_str().expect("text"));
            let ran = framerace(&["run", text[0], "-f", "grayscale", "-o", text[1]]);
            let wrong = if ran.status.success() { fault(&source, &output) } else { Some("refused".into()) };
            faults.extend(wrong.map(|wrong| format!("{name} to {container}: {wrong}; {}", stderr(&ran))));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Phones make frames at uneven times; how long packets take in the order of decoding is not how long frames are shown.
#[test]
fn the_last_frame_of_uneven_video_is_shown_as_long_as_in_the_source() {
    let folder = tempdir().expect("a folder");
    let mut faults = Vec::new();
    for (seed, step) in [(7919, 3000), (104_729, 3600), (1_299_709, 1501)] {
        let commands = format!(
            "ffmpeg $V -vf 'settb=1/90000,setpts=N*{step}+mod(N*{seed}\\,1500)' -vsync passthrough \
             -enc_time_base 1/90000 -video_track_timescale 90000 -c:v libx264 -threads 1 -bf 3 $OUT"
        );
        let source = make(folder.path(), &format!("uneven-{step}.mp4"), &commands);
        let asked = ["-select_streams", "v:0", "-show_entries", "stream=duration"];
        let lasts = |path: &Path| ffprobe(path, &asked)[0].parse::<f64>().expect("a number");
        for container in ["mp4", "mov"] {
            let output = folder.path().join(format!("{step}.{container}"));
            let text = [&source, &output].map(|path| path.to_str().expect("text"));
            let said = stderr(&framerace(&["run", text[0], "-f", "grayscale", "-o", text[1]]));
            let (is, should) = (lasts(&output), lasts(&source));
            // Edit lists are in whole milliseconds.
            if (is - should).abs() > 0.001 || said.contains("the last frame is shown") {
                faults.push(format!("{step} to {container}: {is} s instead of {should} s; {said}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Matroska cannot tell two frames apart that come within a millisecond; others can.
#[test]
fn frames_that_fall_together_are_said() {
    let folder = tempdir().expect("a folder");
    let commands = "ffmpeg $V -vf 'settb=1/1000000,setpts=N*40000-39989*gte(N\\,10)' -vsync passthrough \
                    -enc_time_base 1/1000000 -video_track_timescale 1000000 $X -bf 0 $OUT";
    let source = make(folder.path(), "close.mp4", commands);
    for (container, is_said) in [("mkv", true), ("mp4", false)] {
        let output = folder.path().join(format!("out.{container}"));
        let text = [&source, &output].map(|path| path.to_str().expect("text"));
        let ran = framerace(&["run", text[0], "-f", "grayscale", "-o", text[1]]);
        let said = stderr(&ran);
        let noted = said.contains("1 frame has the time of the frame before");
        assert_eq!((ran.status.code(), noted), (Some(0), is_said), "{said}");
    }
}

/// The file that is not whole yet.
fn temporary(folder: &Path) -> Option<PathBuf> {
    let files = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    files.into_iter().find(|path| path.to_string_lossy().contains(".framerace-"))
}

/// Another program damages the file while it is written: the check finds it, and destroys nothing.
#[test]
fn an_output_that_fails_its_check_is_kept_under_a_name_that_says_so() {
    let folder = tempdir().expect("a folder");
    let output = folder.path().join("x.mkv");
    fs::write(folder.path().join("x.unverified.mkv"), "mine").expect("a file");
    let name = output.to_str().expect("text");
    let run = start(&["run", CLIP, "-f", "grayscale,delay=5", "--codec", "ffv1", "-o", name, "--no-progress"]);
    let path = wait_for(|| temporary(folder.path()).ok_or("no file yet"));
    wait_until("a megabyte was written", || fs::metadata(&path).is_ok_and(|meta| meta.len() > 1 << 20));
    let file = OpenOptions::new().write(true).open(&path).expect("the file");
    file.write_all_at(&vec![0; 512 << 10], 256 << 10).expect("zeros");
    let ended = run.output();
    let said = stderr(&ended);
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(said.contains("x.mkv came out wrong: ") && said.contains("kept as "), "{said}");
    let kept = folder.path().join("x.unverified-2.mkv");
    assert!(said.contains(kept.to_str().expect("text")) && kept.exists() && !output.exists(), "{said}");
    assert_eq!(fs::read_to_string(folder.path().join("x.unverified.mkv")).expect("text"), "mine");
    assert_eq!(temporary(folder.path()), None);
}
