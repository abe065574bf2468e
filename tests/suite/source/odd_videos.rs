//! Odd but valid videos: what we read of them is what the ffmpeg program reads. And damaged ones: whatever is in a file,
//! reading it ends, with frames or with one line that says what is wrong.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::common::odd::{GROWING, NO_VIDEO, ODD, SET_BACK, ffprobe, make};
use crate::common::settings;
use anyhow::{Result, ensure};
use framerace::frame::Timing;
use framerace::metrics::StageMeter;
use framerace::source::{ColorRange, Decoder, Input, OpenOptions, SourceInfo, open};
use opencv::core::{Mat, MatTraitConstManual};

/// A video, read to its end.
struct Read {
    info: SourceInfo,
    times: Vec<Timing>,
    /// The pixels of every frame, one after the other.
    pixels: Vec<u8>,
    complaint: Option<String>,
}

fn read(path: &Path, decoder: Decoder) -> Result<Read> {
    settings();
    let mut source = open(&Input::File(path.to_owned()), &OpenOptions { decoder, ..OpenOptions::default() })?;
    let clock = StageMeter::new("capture", 1, source.parts(), false).clock();
    let (mut image, mut times, mut pixels) = (source.info().shape.image()?, Vec::new(), Vec::new());
    while let Some(timing) = clock.busy(|timer| source.read(&mut image, timer))? {
        times.push(timing);
        pixels.extend_from_slice(image.data_bytes()?);
        image = Mat::default();
    }
    Ok(Read { info: source.info().clone(), times, pixels, complaint: source.complaint() })
}

/// Where frames are on the clock of their stream, in ticks.
fn ticks(read: &Read) -> Vec<i128> {
    let facts = read.info.video.as_ref().expect("a file has facts");
    let (numerator, denominator) = (i128::from(facts.time_base.0), i128::from(facts.time_base.1));
    let nanos = |time: &Timing| i128::from(facts.start_us) * 1000 + i128::try_from(time.pts.as_nanos()).expect("years");
    let round = |a: i128, b: i128| (2 * a + b).div_euclid(2 * b);
    read.times.iter().map(|time| round(nanos(time) * denominator, numerator * 1_000_000_000)).collect()
}

/// The frames of a stream as the ffmpeg program shows them, in BGR by BT.601.
fn shown(path: &Path, stream: usize) -> Vec<u8> {
    let output = Command::new("ffmpeg")
        .args(["-v", "quiet", "-nostdin", "-i"])
        .arg(path)
        .args(["-map", &format!("0:{stream}"), "-vsync", "passthrough", "-vf"])
        .args(["scale=flags=bicubic:in_color_matrix=bt601", "-pix_fmt", "bgr24", "-f", "rawvideo", "-"])
        .output();
    output.expect("scripts/setup installs ffmpeg").stdout
}

/// Whether we read the frames, pixels and times that ffprobe and ffmpeg show.
fn as_ffmpeg(path: &Path, ours: &Read) -> Result<()> {
    let stream = ours.info.video.as_ref().expect("a file has facts").stream;
    let select = ["-select_streams", &stream.to_string(), "-show_entries", "frame=best_effort_timestamp"];
    let theirs = ffprobe(path, &select);
    let times: Vec<_> = ticks(ours).iter().map(ToString::to_string).collect();
    let same = |(theirs, ours): (&String, &String)| theirs == ours || theirs == "N/A";
    ensure!(theirs.len() == times.len(), "{} frames, not {}", theirs.len(), times.len());
    ensure!(theirs.iter().zip(&times).all(same), "{theirs:?} are the times, not {times:?}");
    ensure!(shown(path, stream) == ours.pixels, "other pixels than ffmpeg's");
    Ok(())
}

/// OpenCV turns the wrong way, takes the first of two videos, knows no full range where the
/// format does not say so, and makes other pixels of more than 8 bits.
const OPENCV_DIFFERS: &[&str] = &[
    "turned90.mp4",
    "turned270.mp4",
    "turned-wide-pixels.mp4",
    "two-videos.mkv",
    "full-range.webm",
    "ten-bit.mkv",
    "422-ten-bit.mov",
];

/// Whether OpenCV's reader hands out the same frames.
fn as_opencv(name: &str, path: &Path, ours: &Read) -> Result<()> {
    if OPENCV_DIFFERS.contains(&name) {
        return Ok(());
    }
    let theirs = read(path, Decoder::Opencv)?;
    ensure!(
        theirs.times.len() == ours.times.len(),
        "{} frames by OpenCV, not {}",
        theirs.times.len(),
        ours.times.len()
    );
    ensure!(theirs.pixels == ours.pixels, "other pixels than OpenCV's");
    // It counts from where the stream says it begins, which this one cannot say.
    let apart = |(a, b): (&Timing, &Timing)| name != "negative.mkv" && a.pts.abs_diff(b.pts) > Duration::from_micros(1);
    ensure!(!ours.times.iter().zip(&theirs.times).any(apart), "{:?} are the times by OpenCV", theirs.times);
    Ok(())
}

#[test]
fn what_holds_no_video_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, commands, words) in NO_VIDEO {
        let path = make(folder.path(), name, commands);
        let error = format!("{:#}", read(&path, Decoder::Libav).map(|_| ()).expect_err(name));
        assert!(error.contains(words) && error.contains(name) && error.lines().count() == 1, "{name}: {error}");
    }
}

#[test]
fn a_clock_that_is_set_back_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let read = read(&make(folder.path(), SET_BACK.0, SET_BACK.1), Decoder::Libav).expect("it can be read");
    let millis: Vec<_> = read.times.iter().map(|time| time.pts.as_millis()).collect();
    assert_eq!(millis, (0..75).map(|n| n * 40).collect::<Vec<_>>());
    assert!(read.complaint.is_some_and(|words| words.contains("sets its clock anew in 2 places")));
}

#[test]
fn pictures_of_another_size_are_scaled_to_that_of_the_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = make(folder.path(), GROWING.0, GROWING.1);
    let ours = read(&path, Decoder::Libav).expect("it can be read");
    let said = ours.complaint.expect("it is told");
    // The decoder loses the frame before.
    assert!(said.contains("changes its size to 320x180 at frame 24"), "{said}");
    let theirs = shown(&path, 0);
    assert_eq!(ours.pixels.len(), theirs.len());
    // The ffmpeg program scales, too, in two steps: nearly the same pixels.
    let off: u64 = ours.pixels.iter().zip(theirs).map(|(a, b)| u64::from(a.abs_diff(b))).sum();
    assert!(off / (ours.pixels.len() as u64) < 3, "{off}");
}

#[test]
fn facts_are_those_of_ffprobe() {
    let folder = tempfile::tempdir().expect("a folder");
    let facts = |name: &str| {
        let (name, commands) = ODD.iter().find(|(odd, _)| *odd == name).expect("it is in the list");
        let path = make(folder.path(), name, commands);
        let source = open(&Input::File(path), &OpenOptions::default()).expect(name);
        source.info().video.clone().expect("a file has facts")
    };
    assert_eq!(facts("wide-pixels.mkv").sample_aspect, (4, 3));
    // 160x90 shown as 2:1 has pixels of 9:8, and turned by a quarter of 8:9.
    assert_eq!(facts("turned-wide-pixels.mp4").sample_aspect, (8, 9));
    let plain = facts("plain.mp4");
    assert_eq!((plain.codec.as_str(), plain.interlaced, plain.rate), ("h264", None, Some((25, 1))));
    assert_eq!((plain.start_us, plain.color_range, plain.color_space), (0, ColorRange::Unknown, 2));
    let bt709 = facts("bt709.mp4");
    assert_eq!([bt709.color_space, bt709.color_primaries, bt709.color_transfer], [1, 1, 1]);
    assert_eq!(facts("full-range.mp4").color_range, ColorRange::Full);
    assert_eq!(facts("full-range.webm").color_range, ColorRange::Full);
    assert_eq!(facts("ten-bit.mkv").pixel_format, "yuv420p10le");
    assert_eq!(facts("interlaced.mp4").interlaced, Some(true));
    assert_eq!(facts("interlaced-bottom.ts").interlaced, Some(false));
    assert_eq!(facts("late-video.mkv").start_us, 423_000); // Its sound begins 23 ms before zero.
    assert_eq!(facts("negative.mkv").start_us, -20_000);
    assert_eq!(facts("cover.mp4").codec, "h264");
}

/// All of them, each read three times.
mod thorough {
    use super::*;

    #[test]
    fn odd_videos_are_read_as_ffmpeg_reads_them_by_both_readers() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut faults = Vec::new();
        for (name, commands) in ODD {
            let path = make(folder.path(), name, commands);
            match read(&path, Decoder::Libav) {
                Err(error) => faults.push(format!("{name}: {error:#}")),
                Ok(ours) => {
                    let found = as_ffmpeg(&path, &ours).and_then(|()| as_opencv(name, &path, &ours));
                    faults.extend(found.err().map(|fault| format!("{name}: {fault}; {:?}", ours.complaint)));
                }
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}
