//! Videos that were written: what ffprobe and the ffmpeg program say of them, held against what they say of the source.
//! Our own reader is asked nothing.

use std::fs::{read_dir, write};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::common::child::{BINARY, Running, wait_until};
use crate::common::odd::{ODD, ffprobe, make};
use crate::common::probe::{Probe, index, seconds};
use crate::common::{CLIP, framerace, settings, stderr};
use anyhow::{Result, ensure};
use framerace::metrics::Run;
use framerace::pipeline::{Limits, Settings, Watch};
use framerace::sink::video::{Codec, VideoOptions};
use framerace::source::Input;
use framerace::strategy::find;
use framerace::transcode::{Conversion, Stopped, convert};
use tempfile::{TempDir, tempdir};

fn folder() -> TempDir {
    tempdir().expect("a folder")
}

/// As users have it, but the same on every machine.
fn quick() -> VideoOptions {
    VideoOptions { threads: 2, ..VideoOptions::default() }
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
fn hashes(path: &Path, kind: &str) -> Vec<String> {
    let ffmpeg = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-i"])
        .arg(path)
        .args(["-map", &format!("0:{kind}?"), "-c", "copy", "-f", "streamhash", "-hash", "md5", "-"])
        .output();
    let text = String::from_utf8(ffmpeg.expect("scripts/setup installs ffmpeg").stdout).expect("text");
    // Where there are none of the kind, ffmpeg takes others.
    text.lines().filter_map(|line| line.split_once(&format!(",{kind},"))).map(|(_, hash)| hash.to_owned()).collect()
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

/// A video as ffprobe and the ffmpeg program show it.
struct Shown {
    probe: Probe,
    /// Hashes of its sounds.
    sounds: Vec<String>,
}

impl Shown {
    fn of(path: &Path) -> Self {
        Self { probe: Probe::of(path), sounds: hashes(path, "a") }
    }

    /// The video stream of this number among the video streams.
    fn video(&self, number: usize) -> u64 {
        self.probe.streams("video").get(number).map_or(u64::MAX, |stream| index(stream))
    }

    /// This time of every frame of a stream, where ffprobe knows it.
    fn times(&self, stream: u64, field: &str) -> Vec<f64> {
        self.probe.frames(stream).filter_map(|frame| seconds(frame, field)).collect()
    }

    /// When the packets of the first sound are heard.
    fn packets(&self) -> Vec<f64> {
        let sound = self.probe.streams("audio").first().map_or(u64::MAX, |stream| index(stream));
        self.probe.packets(sound).filter_map(|packet| seconds(packet, "pts_time")).collect()
    }
}

/// Whether a video has the frames of another at the same times, lasts as long, and sounds the same.
fn same(name: &str, source: &Shown, output: &Shown, run: &Run) -> Result<()> {
    // A player shows the video and not the cover.
    let of_source = source.times(source.video(usize::from(name == "cover.mp4")), "best_effort_timestamp_time");
    let video = output.video(0);
    let mut times = output.times(video, "pts_time");
    times.sort_by(f64::total_cmp);
    ensure!(output.probe.stream(video).is_some_and(|video| video["codec_name"] == "h264"), "it is not h264");
    ensure!(times.len() as u64 == run.ledger.captured, "{} of {} frames", times.len(), run.ledger.captured);
    // The clock of a broadcast begins anywhere, and what would be shown before zero is moved there.
    let is_moved = name.ends_with(".ts") || of_source.first().is_some_and(|first| *first < 0.0);
    let shift = if is_moved { of_source[0] - times[0] } else { 0.0 };
    // Of some frames ffprobe knows no time.
    if of_source.len() == times.len() {
        // Matroska has whole milliseconds.
        let far = of_source.iter().zip(&times).find(|(a, b)| (*a - *b - shift).abs() > 0.0011);
        ensure!(far.is_none(), "a frame at {far:?}\n{of_source:?}\n{times:?}");
    } else {
        ensure!(of_source.len() < times.len(), "{} frames became {}", of_source.len(), times.len());
    }
    if run.notes.iter().all(|note| !note.contains("left out")) {
        ensure!(source.sounds == output.sounds, "sound: {:?} became {:?}", source.sounds, output.sounds);
        let (of_source, ours) = (source.packets(), output.packets());
        // Matroska has whole milliseconds, and times of packets that last less are guesses from there on.
        let far = of_source.iter().zip(&ours).find(|(a, b)| (*a - *b - shift).abs() > 0.0021);
        ensure!(far.is_none(), "sound at {far:?}");
    }
    Ok(())
}

#[test]
fn very_slow_videos_are_written_and_too_quick_ones_refused_before_the_work() {
    let folder = folder();
    let day = "ffmpeg -f lavfi -i testsrc2=s=64x48:r=1/86400:d=400000 -c:v libx264 -threads 1 $OUT";
    let day = make(folder.path(), "day.mkv", day);
    let quick = "ffmpeg -f lavfi -i testsrc2=s=64x48:r=3000:d=0.02 -c:v libx264 -threads 1 $OUT";
    let quick = make(folder.path(), "quick.mp4", quick);
    let run = |input: &Path, output: &Path| {
        let [input, output] = [input, output].map(|path| path.to_str().expect("text"));
        framerace(&["run", input, "-f", "grayscale", "-o", output])
    };
    for (input, container) in [(&day, "mp4"), (&day, "mov"), (&day, "mkv"), (&quick, "mp4"), (&quick, "mov")] {
        let output = folder.path().join(format!("out.{container}"));
        let ran = run(input, &output);
        assert!(ran.status.success(), "{container}: {}", stderr(&ran));
        let [is, should] = [&output, input].map(|path| frames(path, "v:0", "best_effort_timestamp_time"));
        assert_eq!(is, should, "{container}");
    }
    for container in ["mkv", "webm"] {
        let output = folder.path().join(format!("quick.{container}"));
        let ran = run(&quick, &output);
        assert_eq!(ran.status.code(), Some(1));
        let said = stderr(&ran);
        assert!(said.contains("too coarse for 3000 frames a second; .mp4 and .mov") && !output.exists(), "{said}");
    }
}

#[test]
fn images_and_made_up_frames_have_the_rate_that_is_asked_for() {
    let folder = folder();
    let image = make(folder.path(), "image7.png", "ffmpeg $V -frames:v 1 $OUT");
    for name in ["image8.png", "image9.png"] {
        std::fs::copy(&image, image.with_file_name(name)).expect("a copy");
    }
    let pattern = image.with_file_name("image%d.png");
    for (number, input) in [pattern.to_str().expect("text"), "synthetic:64x48@0x3"].into_iter().enumerate() {
        for (fps, times) in [("10", [0.0, 0.1, 0.2]), ("1000", [0.0, 0.001, 0.002])] {
            let output = folder.path().join(format!("{number}-{fps}.mp4"));
            let to = output.to_str().expect("text");
            let ran = framerace(&["run", input, "-f", "grayscale", "--fps", fps, "-o", to]);
            assert!(ran.status.success(), "{}", stderr(&ran));
            assert_eq!(frames(&output, "v:0", "best_effort_timestamp_time"), times, "{input}");
            assert_eq!(stream(&output, "v:0", "avg_frame_rate"), format!("{fps}/1"), "{input}");
        }
    }
}

#[test]
fn lossless_is_the_very_pixels() {
    let folder = folder();
    let source = make(folder.path(), "plain.mp4", "");
    let output = folder.path().join("lossless.mkv");
    let video = VideoOptions { codec: Some(Codec::Ffv1), ..VideoOptions::default() };
    to(&source, &output, "copy", &video).expect("it is written");
    assert_eq!(pixels(&output, "bgr24"), pixels(&source, "bgr24"));
}

#[test]
fn gray_is_gray_and_colors_keep_their_samples_and_meaning() {
    let folder = folder();
    let cases = [
        ("plain.mp4", "", "copy", "yuv420p"),
        ("444.mp4", "ffmpeg $V $X -pix_fmt yuv444p $OUT", "copy", "yuv444p"),
        ("422.mp4", "ffmpeg $V $X -pix_fmt yuv422p $OUT", "copy", "yuv422p"),
        ("odd.mp4", "ffmpeg -f lavfi -i testsrc2=s=321x179:d=1 $X -pix_fmt yuv444p $OUT", "copy", "yuv444p"),
    ];
    for (name, commands, chain, format) in cases {
        let (source, output) = (make(folder.path(), name, commands), folder.path().join("out.mp4"));
        to(&source, &output, chain, &quick()).expect(name);
        assert_eq!(stream(&output, "v:0", "pix_fmt"), format, "{name}");
        for field in ["width", "height", "color_space", "color_primaries", "color_transfer"] {
            assert_eq!(stream(&output, "v:0", field), stream(&source, "v:0", field), "{field} of {name}");
        }
    }
    let gray = folder.path().join("gray.mkv");
    let video = VideoOptions { codec: Some(Codec::Ffv1), ..VideoOptions::default() };
    to(&folder.path().join("plain.mp4"), &gray, "grayscale", &video).expect("it is written");
    assert_eq!(stream(&gray, "v:0", "pix_fmt"), "gray");
    let tagged = make(
        folder.path(),
        "709.mp4",
        "ffmpeg $V $X -colorspace bt709 -color_primaries bt709 -color_trc bt709 -vf setsar=4/3 $OUT",
    );
    let output = folder.path().join("tagged.mkv");
    to(&tagged, &output, "copy", &quick()).expect("it is written");
    for field in ["color_space", "color_primaries", "color_transfer", "sample_aspect_ratio"] {
        assert_eq!(stream(&output, "v:0", field), stream(&tagged, "v:0", field), "{field}");
    }
}

#[test]
fn chapters_and_subtitles_go_along_and_sound_can_be_dropped() {
    let folder = folder();
    for (name, commands) in ODD.iter().filter(|(name, _)| name.starts_with("chapters") || name.starts_with("subtitles"))
    {
        let source = make(folder.path(), name, commands);
        let output = folder.path().join("out").with_extension(source.extension().expect("one"));
        to(&source, &output, "grayscale", &quick()).expect(name);
        let chapters = |path| ffprobe(path, &["-show_entries", "chapter=start_time,end_time:chapter_tags=title"]);
        assert_eq!(chapters(&output), chapters(&source), "{name}");
        assert_eq!(hashes(&output, "s"), hashes(&source, "s"), "{name}");
        let silent = VideoOptions { audio: false, ..quick() };
        to(&source, &output, "grayscale", &silent).expect(name);
        assert_eq!((hashes(&output, "a").len(), hashes(&output, "s").len()), (0, hashes(&source, "s").len()), "{name}");
    }
}

#[test]
fn made_up_frames_and_parts_of_a_file_are_written_too() {
    let folder = folder();
    let output = folder.path().join("out.mkv");
    run_to("synthetic:64x48@30x20", &output, "copy", &quick(), &settings()).expect("it is written");
    assert_eq!(frames(&output, "v:0", "pts_time").len(), 20);
    let settings = Settings { limits: Limits { frames: Some(25), duration: None }, ..settings() };
    let output = folder.path().join("part.mp4");
    run_to(CLIP, &output, "grayscale", &quick(), &settings).expect("it is written");
    let sound: f64 = stream(&output, "a:0", "duration").parse().expect("seconds");
    assert!((0.9..1.1).contains(&sound), "the sound ends with the pictures: {sound}");
    assert_eq!(names(folder.path()), ["out.mkv", "part.mp4"]);
}

#[test]
fn the_same_frames_give_the_same_bytes() {
    let folder = folder();
    for container in ["mp4", "mkv"] {
        let write = |name: &str| {
            let output = folder.path().join(format!("{name}.{container}"));
            run_to(CLIP, &output, "grayscale", &quick(), &settings()).expect("it is written");
            std::fs::read(output).expect("a file")
        };
        assert!(write("one") == write("two"), "{container}");
    }
}

/// x264 once read memory that nobody had written (see codec.rs): whatever is in fresh memory, the bytes are the same.
#[test]
fn what_is_in_fresh_memory_makes_no_difference() {
    let folder = folder();
    let source = make(folder.path(), "plain.mp4", "");
    let write = |perturb: &str| {
        let output = folder.path().join(format!("{perturb}.mp4"));
        let mut program = Command::new(env!("CARGO_BIN_EXE_framerace"));
        program.args(["run", "-f", "grayscale", "--quiet", "-o"]).arg(&output).arg(&source);
        assert!(program.env("MALLOC_PERTURB_", perturb).status().expect("it starts").success());
        std::fs::read(output).expect("a file")
    };
    let first = write("1");
    assert!(["85", "170", "255"].into_iter().all(|perturb| write(perturb) == first));
}

#[test]
fn what_cannot_be_written_is_said_in_one_line_and_leaves_nothing() {
    let folder = folder();
    let source = make(folder.path(), "plain.mp4", "");
    let before = names(folder.path());
    let (input, empty) = (source.to_str().expect("text"), folder.path().join("no").join("out.mp4"));
    let outputs: &[(&str, &[&str], i32, &str)] = &[
        (input, &[], 1, "it is the input"),
        ("out.avi", &[], 2, "ends in .mp4, .mkv, .mov or .webm"),
        (empty.to_str().expect("text"), &[], 1, "there is no folder"),
        ("out.webm", &["--codec", "h264"], 2, "webm cannot hold h264; it takes --codec vp9|av1"),
        ("out.mkv", &["--codec", "ffv1", "--crf", "3"], 2, "takes no --crf"),
        ("out.mkv", &["--crf", "200"], 2, "h264 takes --crf 0 (best) to 51, not 200"),
        ("out.webm", &["--preset", "9"], 2, "vp9 takes --preset -8 to 8"),
        ("out.mkv", &["--preset", "slowly"], 2, "no h264 preset 'slowly'; did you mean slow?"),
        ("out.mkv", &["--pix-fmt", "nv99"], 2, "no --pix-fmt of h264 'nv99'"),
    ];
    for (output, more, code, reason) in outputs {
        let output = folder.path().join(output);
        let ran =
            framerace(&[&["run", input, "-f", "grayscale", "-o", output.to_str().expect("text")], *more].concat());
        let said = stderr(&ran);
        assert!(said.contains(reason) && said.lines().count() == 1, "{said}");
        assert_eq!(ran.status.code(), Some(*code), "{said}");
        assert_eq!(names(folder.path()), before);
    }
    // Nothing is opened before: the input is not there.
    let ran = framerace(&["run", "none.mp4", "-o", "out.mp4", "--crf", "200"]);
    assert!(ran.status.code() == Some(2) && stderr(&ran).contains("--crf"), "{ran:?}");
    let ran = framerace(&["run", input, "--crf", "20"]);
    assert!(ran.status.code() == Some(2) && stderr(&ran).contains("add -o out.mp4"), "{ran:?}");
}

#[test]
fn a_full_disk_is_one_clear_line_and_leaves_nothing() {
    let folder = folder();
    let output = folder.path().join("out.mkv");
    // A limit on the size of files is a small disk; the signal that comes with it is ignored by whoever is started.
    let ran = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 200; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_framerace"), "run", CLIP])
        .args(["-f", "copy", "--codec", "ffv1", "-o"])
        .arg(&output)
        .output()
        .expect("a shell");
    let said = stderr(&ran);
    assert!(said.contains("File too large") && said.contains("out.mkv") && said.lines().count() == 1, "{said}");
    assert_eq!((ran.status.code(), names(folder.path())), (Some(1), Vec::new()));
}

#[test]
fn what_is_stopped_or_killed_has_no_name() {
    let folder = folder();
    let output = folder.path().join("out.mp4");
    write(&output, "as it was").expect("a file");
    // Stopped.
    let (watch, settings) = (Watch::default(), settings());
    let (input, chain) = ("synthetic:320x240@0x1000000".parse().expect("input"), "copy".parse().expect("chain"));
    let strategy = find("threads").expect("it is in the list");
    let conversion =
        Conversion { input: &input, output: &output, chain: &chain, strategy, settings: &settings, video: &quick() };
    std::thread::scope(|s| {
        let running = s.spawn(|| convert(&conversion, &watch));
        wait_until("frames", || watch.delivered() >= 10);
        watch.stop();
        let error = running.join().expect("no panic").expect_err("it was stopped");
        assert!(error.is::<Stopped>(), "{error:#}");
    });
    assert_eq!(names(folder.path()), ["out.mp4"]);
    // Killed.
    let mut command = Command::new(BINARY);
    command.args(["run", "synthetic:320x240@0x1000000", "-f", "copy", "-o"]).arg(&output).stdout(Stdio::null());
    let child = Running::start(&mut command);
    wait_until("a temporary file", || names(folder.path()).len() == 2);
    child.kill();
    assert_eq!(std::fs::read_to_string(&output).expect("still there"), "as it was");
}

/// Many conversions, each looked at.
mod thorough {
    use super::*;

    #[test]
    fn odd_videos_keep_their_frames_times_and_sound() {
        let folder = folder();
        let mut faults = Vec::new();
        for (name, commands) in ODD {
            let source = make(folder.path(), name, commands);
            let shown = Shown::of(&source);
            for container in ["mkv", "mp4"] {
                let output = folder.path().join(format!("out.{container}"));
                let ran = to(&source, &output, "grayscale", &quick());
                let held = ran.and_then(|run| same(name, &shown, &Shown::of(&output), &run));
                faults.extend(held.err().map(|fault| format!("{name} to {container}: {fault:#}")));
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    #[test]
    fn every_codec_fits_its_containers() {
        let folder = folder();
        let source = make(folder.path(), "plain.mp4", "");
        let fits = [
            (Codec::H264, "mp4 mkv mov", "h264"),
            (Codec::Hevc, "mp4 mkv mov", "hevc"),
            (Codec::Vp9, "webm mkv mp4", "vp9"),
            (Codec::Av1, "webm mkv mp4", "av1"),
            (Codec::Ffv1, "mkv", "ffv1"),
            (Codec::Mjpeg, "mkv mov mp4", "mjpeg"),
        ];
        for (codec, containers, name) in fits {
            for (container, chain) in containers.split(' ').zip(["copy", "grayscale", "copy"]) {
                let output = folder.path().join(format!("{name}.{container}"));
                let video = VideoOptions { codec: Some(codec), threads: 2, ..VideoOptions::default() };
                // The sound is AAC, which webm cannot hold.
                let run = to(&source, &output, chain, &video).expect(name);
                assert_eq!(stream(&output, "v:0", "codec_name"), name);
                assert_eq!(frames(&output, "v:0", "pts_time").len(), 25, "{name} in {container}");
                assert_eq!(
                    run.notes.iter().any(|note| note.contains("left out")),
                    container == "webm",
                    "{:?}",
                    run.notes
                );
                assert!(run.writer.is_some_and(|writer| writer.contains(", 2 threads")));
            }
        }
    }
}
