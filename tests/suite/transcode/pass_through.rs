//! Odd but valid videos pass through `grayscale` into a file of their own, with their times, their duration and their
//! sound: as ffprobe sees it, not our own reader.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::odd::{ODD, make};
use crate::common::odder::ODDER;
use crate::common::probe::{Probe, index, seconds};
use crate::common::{settings, stderr};
use anyhow::{Result, ensure};
use framerace::pipeline::Watch;
use framerace::sink::video::VideoOptions;
use framerace::source::{Input, OpenOptions, open};
use framerace::strategy::find;
use framerace::transcode::{Conversion, convert};
use serde_json::Value;

/// What ffprobe says of the frames of a stream, in seconds: when each is shown, and when the last one ends.
struct Shown {
    times: Vec<f64>,
    end: f64,
}

fn shown(path: &Path, probe: &Probe, stream: u64) -> Shown {
    // Nobody says of some frames when they are shown, or how long they last.
    let pair = |frame| Some((seconds(frame, "best_effort_timestamp_time")?, seconds(frame, "pkt_duration_time")));
    let pairs: Vec<_> = probe.frames(stream).filter_map(pair).collect();
    let (last, duration) = pairs.last().copied().unwrap_or_default();
    let mut duration = duration.unwrap_or(0.0);
    if duration == 0.0 && path.extension().is_some_and(|kind| kind == "mp4") {
        // Of H.264 with variable times ffprobe does not know it; in MPEG-4 the stream says how long it is in all.
        let all = probe.stream(stream).and_then(|all| Some(seconds(all, "start_time")? + seconds(all, "duration")?));
        duration = all.map_or(0.0, |end| (end - last).max(0.0));
    }
    Shown { times: pairs.iter().map(|(time, _)| *time).collect(), end: last + duration }
}

/// A hash of what is in each sound.
fn sounds(path: &Path) -> Vec<String> {
    let output = Command::new("ffmpeg")
        .args(["-v", "quiet", "-nostdin", "-i"])
        .arg(path)
        .args(["-map", "0:a?", "-c", "copy", "-f", "streamhash", "-"])
        .output();
    let text = String::from_utf8(output.expect("scripts/setup installs ffmpeg").stdout).expect("UTF-8");
    text.lines().filter_map(|line| line.split_once(",a,")).map(|(_, hash)| hash.to_owned()).collect()
}

/// When the first packet of sound is heard, in seconds after the first frame is shown.
fn sound_after_video(probe: &Probe, video: f64) -> Option<f64> {
    let sound = index(probe.streams("audio").first()?);
    seconds(probe.packets(sound).next()?, "pts_time").map(|sound| sound - video)
}

/// Chapters, and how many streams of sound and subtitles there are.
fn rest(probe: &Probe) -> (Vec<&Value>, [usize; 2]) {
    (probe.chapters(), ["audio", "subtitle"].map(|kind| probe.streams(kind).len()))
}

/// Where a file goes that has this name: its own container, or Matroska where we do not write that.
fn output(name: &str) -> PathBuf {
    let name = Path::new(name);
    let ours = ["mp4", "mkv", "mov", "webm"].iter().any(|ours| name.extension().is_some_and(|own| own == *ours));
    if ours { name.into() } else { name.with_extension("mkv") }
}

/// Converts a file, and looks at what came of it.
fn passes(input: &Path, output: &Path) -> Result<()> {
    let settings = settings();
    let source = Input::File(input.to_owned());
    let conversion = Conversion {
        input: &source,
        output,
        chain: &"grayscale".parse()?,
        strategy: find("threads").expect("it is in the list"),
        settings: &settings,
        video: &VideoOptions::default(),
    };
    let run = convert(&conversion, &Watch::default())?;
    kept(input, output).map_err(|error| error.context(format!("{:?}", run.notes)))
}

/// Whether the one file has the times, the sound and the rest of the other.
fn kept(input: &Path, output: &Path) -> Result<()> {
    let source = open(&Input::File(input.to_owned()), &OpenOptions::default())?;
    let stream = source.info().video.as_ref().map_or(0, |facts| facts.stream);
    let (was, is) = (Probe::of(input), Probe::of(output));
    let before = shown(input, &was, stream as u64);
    let after = shown(output, &is, is.streams("video").first().map_or(0, |first| index(first)));
    same_times(&before, &after)?;
    let (before_sounds, after_sounds) = (sounds(input), sounds(output));
    ensure!(before_sounds == after_sounds, "sounds were {before_sounds:?}, are {after_sounds:?}");
    if let (Some(from), Some(to)) = (before.times.first(), after.times.first())
        && let (Some(was), Some(is)) = (sound_after_video(&was, *from), sound_after_video(&is, *to))
    {
        // A tick of Matroska at either end.
        ensure!((was - is).abs() < 0.002, "the sound began {was:.4} s after the picture, and now {is:.4} s");
    }
    let (was, is) = (rest(&was), rest(&is));
    ensure!(was == is, "the rest was {was:?}, and is {is:?}");
    Ok(())
}

fn same_times(before: &Shown, after: &Shown) -> Result<()> {
    let (was, is) = (&before.times, &after.times);
    ensure!(is.windows(2).all(|pair| pair[0] < pair[1]), "times go back: {is:?}");
    // Where there are times to compare with: some have none.
    if was.is_empty() {
        return Ok(());
    }
    ensure!(was.len() <= is.len(), "{} frames, and now {}", was.len(), is.len());
    let is = &is[is.len() - was.len()..];
    let off = was.iter().zip(is).map(|(a, b)| ((a - was[0]) - (b - is[0])).abs()).fold(0.0, f64::max);
    // Matroska and WebM count milliseconds.
    ensure!(off < 0.0011, "{off:.6} s off: {was:?} and now {is:?}");
    let (long, now) = (before.end - was[0], after.end - is[0]);
    ensure!((long - now).abs() < 0.0411, "{long:.4} s long, and now {now:.4} s");
    Ok(())
}

/// All of them, converted and looked at.
mod thorough {
    use super::*;

    #[test]
    fn odd_videos_pass_through_grayscale_with_times_duration_and_sound() {
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("out");
        std::fs::create_dir(&out).expect("a folder");
        let mut faults = Vec::new();
        for (name, commands) in ODD {
            let input = make(folder.path(), name, commands);
            if let Err(error) = passes(&input, &out.join(output(name))) {
                faults.push(format!("{name}: {error:#}"));
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    /// A batch does all of them, several at a time, as one conversion does each.
    #[test]
    fn odder_videos_pass_through_a_batch() {
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("out");
        let inputs: Vec<_> = ODDER.iter().map(|(name, commands)| make(folder.path(), name, commands)).collect();
        let ran = Command::new(env!("CARGO_BIN_EXE_framerace"))
            .args(["batch", "-f", "grayscale", "-s", "threads", "-o"])
            .arg(&out)
            .args(&inputs)
            .output()
            .expect("it starts");
        assert_eq!(ran.status.code(), Some(0), "{}", stderr(&ran));
        let faults: Vec<_> = inputs
            .iter()
            .zip(ODDER)
            .filter_map(|(input, (name, _))| Some(format!("{name}: {:#}", kept(input, &out.join(output(name))).err()?)))
            .collect();
        assert!(faults.is_empty(), "{}\n{}", faults.join("\n"), stderr(&ran));
    }
}
