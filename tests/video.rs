//! Videos that were written: what ffprobe and the ffmpeg program say of them, held against what they say of the source.
//! Our own reader is asked nothing.

mod common;

use std::fs::{read_dir, write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use common::odd::{ODD, ffprobe, make};
use common::{CLIP, framerace, settings, stderr};
use framerace::convert::{Conversion, Stopped, convert};
use framerace::measure::Run;
use framerace::sink::video::{Codec, VideoOptions};
use framerace::source::{Input, Limits};
use framerace::strategy::{Settings, Watch, find};
use tempfile::{TempDir, tempdir};

fn folder() -> TempDir {
    tempdir().expect("a folder")
}

/// Quick, and the same on every machine.
fn quick() -> VideoOptions {
    VideoOptions { preset: Some("ultrafast".into()), threads: 2, ..VideoOptions::default() }
}

fn run_to(input: &str, output: &Path, chain: &str, video: &VideoOptions, settings: &Settings) -> Result<Run> {
    let (input, chain): (Input, _) = (input.parse()?, chain.parse()?);
    let strategy = find("threads").expect("it is in the list");
    let conversion = Conversion { input: &input, output, chain: &chain, strategy, settings, video };
    convert(&conversion, &Watch::default())
}

fn to(input: &Path, output: &Path, chain: &str, video: &VideoOptions) -> Result<Run> {
    run_to(input.to_str().expect("text"), output, chain, video, &settings())
}

/// What ffprobe says of a field of every frame, of the video stream of that number among the video streams.
fn frames(path: &Path, stream: &str, field: &str) -> Vec<f64> {
    let entries = format!("frame={field}");
    let lines = ffprobe(path, &["-select_streams", stream, "-show_entries", &entries]);
    lines.iter().filter_map(|line| line.split(',').next()?.parse().ok()).collect()
}

/// One field of a stream.
fn stream(path: &Path, which: &str, field: &str) -> String {
    let entries = format!("stream={field}");
    ffprobe(path, &["-select_streams", which, "-show_entries", &entries]).into_iter().next().unwrap_or_default()
}

/// Hashes of the packets of all streams of a kind, `a` for sound.
fn hashes(path: &Path, kind: &str) -> String {
    let ffmpeg = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-i"])
        .arg(path)
        .args(["-map", &format!("0:{kind}?"), "-c", "copy", "-f", "streamhash", "-hash", "md5", "-"])
        .output();
    String::from_utf8(ffmpeg.expect("scripts/setup installs ffmpeg").stdout).expect("text")
}

/// The frames of the first video, decoded, as hashes.
fn pixels(path: &Path, format: &str) -> String {
    let ffmpeg = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-i"])
        .arg(path)
        .args(["-map", "0:v:0", "-vsync", "passthrough", "-vf", "scale=flags=bicubic:in_color_matrix=bt601"])
        .args(["-pix_fmt", format, "-f", "md5", "-"])
        .output();
    String::from_utf8(ffmpeg.expect("scripts/setup installs ffmpeg").stdout).expect("text")
}

/// All that is in a folder, by name.
fn names(folder: &Path) -> Vec<String> {
    let entries = read_dir(folder).expect("a folder");
    let mut names: Vec<_> = entries.map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// The video stream that a player shows.
fn shown(path: &Path) -> String {
    match path.file_name().and_then(|name| name.to_str()) {
        Some("cover.mp4" | "two-videos.mkv") => "v:1".into(),
        _ => "v:0".into(),
    }
}

/// Whether a video has the frames of another at the same times, lasts as long, and sounds the same.
fn same(source: &Path, output: &Path, run: &Run) -> Result<()> {
    let of_source = frames(source, &shown(source), "best_effort_timestamp_time");
    let mut times = frames(output, "v:0", "pts_time");
    times.sort_by(f64::total_cmp);
    ensure!(stream(output, "v:0", "codec_name") == "h264", "it is not h264");
    ensure!(times.len() as u64 == run.ledger.captured, "{} of {} frames", times.len(), run.ledger.captured);
    // The clock of a broadcast begins anywhere; that of a file does not.
    let shift = if source.extension().is_some_and(|e| e == "ts") { of_source[0] - times[0] } else { 0.0 };
    if of_source.len() == times.len() {
        // Matroska has whole milliseconds.
        let far = of_source.iter().zip(&times).find(|(a, b)| (*a - *b - shift).abs() > 0.0011);
        ensure!(far.is_none(), "a frame at {:?}\n{of_source:?}\n{times:?}", far);
    } else {
        ensure!(of_source.is_empty(), "{} frames became {}", of_source.len(), times.len());
    }
    if run.notes.iter().all(|note| !note.contains("left out")) {
        let (of_source, ours) = (hashes(source, "a"), hashes(output, "a"));
        let only_hash = |text: &str| text.lines().map(|l| l.split(',').skip(1).collect()).collect::<Vec<String>>();
        ensure!(only_hash(&of_source) == only_hash(&ours), "sound: {of_source} became {ours}");
        let start = |path| stream(path, "a:0", "start_time").parse::<f64>().ok();
        let late = start(source).zip(start(output)).map(|(a, b)| a - b - shift);
        ensure!(late.is_none_or(|late| late.abs() < 0.0011), "the sound begins {late:?} s earlier");
    }
    Ok(())
}

#[test]
fn odd_videos_keep_their_frames_times_and_sound() {
    let folder = folder();
    let mut faults = Vec::new();
    for (name, commands) in ODD {
        let source = make(folder.path(), name, commands);
        for container in ["mkv", "mp4"] {
            let output = folder.path().join(format!("out.{container}"));
            let ran = to(&source, &output, "grayscale", &quick());
            let held = ran.and_then(|run| same(&source, &output, &run));
            faults.extend(held.err().map(|fault| format!("{name} to {container}: {fault:#}")));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
