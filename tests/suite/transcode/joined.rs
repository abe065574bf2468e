//! Recordings that were joined: the clock is set back, forward, or runs over in mid-file. Pictures and sound go on in sync,
//! with times that grow, and no container refuses them. As ffprobe sees it.

use std::path::{Path, PathBuf};

use crate::common::odd::{ffprobe, make};
use crate::common::{framerace, stderr};
use tempfile::tempdir;

/// A second of pictures and sound with a beep, from a time on.
const PART: &str = "part() { ffmpeg $V -f lavfi -i sine=f=$2:d=1 -c:v mpeg2video -bf $3 -g 12 -c:a mp2 -muxdelay 0 -muxpreload 0 \
    -output_ts_offset $1 -f mpegts -; }";

/// File names, the parts they are made of, and how many seconds of pictures they hold.
const JOINED: &[(&str, &str, f64)] = &[
    ("back.ts", "(part 20 400 0; part 0 500 0; part 30 600 0) > $OUT", 3.0),
    ("forward.ts", "(part 0 400 0; part 4000 500 0) > $OUT", 2.0),
    ("with-b-frames.ts", "(part 30 400 2; part 1 500 2) > $OUT", 2.0),
    // 33 bits of 1/90000 s are over after 95443.7 s.
    ("runs-over.ts", "part 95443.2 400 0 > $OUT", 1.0),
    ("runs-over-later.ts", "(part 95300 400 0; part 95443.2 500 0) > $OUT", 2.0),
    ("back.mkv", "ffmpeg $V $A $X -bf 2 -c:a aac one.mkv; cat one.mkv one.mkv > $OUT", 2.0),
    ("back.webm", "ffmpeg $V $A -c:v libvpx -b:v 300k -c:a libopus one.webm; cat one.webm one.webm > $OUT", 2.0),
    (
        "three.webm",
        "ffmpeg $V $A -c:v libvpx -b:v 300k -c:a libopus one.webm; cat one.webm one.webm one.webm > $OUT",
        3.0,
    ),
    (
        "four-sizes.mkv",
        "for s in 160x90 320x180 96x96 160x90; do ffmpeg -f lavfi -i testsrc2=s=$s:r=25:d=1 $A $X -c:a aac $s.mkv; \
         cat $s.mkv; done > $OUT",
        4.0,
    ),
    ("back.ogv", "ffmpeg $V $A -c:v libtheora -c:a libvorbis one.ogv; cat one.ogv one.ogv > $OUT", 2.0),
    ("back.mpg", "ffmpeg $V $A -c:v mpeg2video -c:a mp2 one.mpg; cat one.mpg one.mpg > $OUT", 2.0),
];

fn joined(folder: &Path, name: &str, commands: &str) -> PathBuf {
    make(folder, name, &format!("{PART}\n{commands}"))
}

/// The times of the packets of a stream, in the order of time or of the file.
fn times(path: &Path, stream: &str, field: &str) -> Vec<f64> {
    let lines = ffprobe(path, &["-select_streams", stream, "-show_entries", &format!("packet={field}")]);
    lines.iter().filter_map(|line| line.split(',').next()?.parse().ok()).collect()
}

#[test]
fn times_grow_and_sound_stays_in_sync() {
    let folder = tempdir().expect("a folder");
    let mut faults = Vec::new();
    for (name, commands, seconds) in JOINED {
        let source = joined(folder.path(), name, commands);
        for container in ["mp4", "mkv"] {
            let output = folder.path().join(format!("out.{container}"));
            let text = [&source, &output].map(|path| path.to_str().expect("text"));
            let ran = framerace(&["run", text[0], "-f", "grayscale", "-o", text[1]]);
            let said = stderr(&ran);
            if ran.status.code() != Some(0) {
                faults.push(format!("{name} to {container}: {said}"));
                continue;
            }
            let mut pictures = times(&output, "v:0", "pts_time");
            pictures.sort_by(f64::total_cmp);
            let sound = times(&output, "a:0", "pts_time");
            let steps = pictures.windows(2).map(|pair| pair[1] - pair[0]);
            let (least, most) =
                steps.fold((f64::MAX, 0.0_f64), |(least, most), step| (least.min(step), most.max(step)));
            let (first, last) = (pictures[0], pictures[pictures.len() - 1]);
            let grows = sound.windows(2).all(|pair| pair[0] < pair[1]);
            let apart = (sound[sound.len() - 1] - last).abs().max((sound[0] - first).abs());
            let expected = (seconds * 25.0) as usize;
            // The pictures of Theora begin a little before zero, in the second part as well.
            let longest = if *name == "back.ogv" { 0.17 } else { 0.13 };
            let right = pictures.len() == expected
                && least > 0.0
                && most < longest
                && grows
                && apart < 0.13
                && (last - first - seconds).abs() < 0.2;
            if !right {
                faults.push(format!(
                    "{name} to {container}: {} pictures {first} to {last}, steps {least} to {most}, sound {apart} apart, \
                     grows: {grows}; {said}",
                    pictures.len()
                ));
            }
            let noted = said.lines().filter(|line| line.contains("sets its clock anew in")).count();
            let jumps = usize::from(!name.starts_with("runs-over."));
            let scaled = name.contains("sizes") == said.contains("changes its size to 320x180 at frame 25");
            if noted != jumps || !scaled || said.contains("is damaged:") {
                faults.push(format!("{name}: {said}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// A stream that was silent is no joint: the others went on.
#[test]
fn a_pause_of_one_stream_is_no_joint() {
    let folder = tempdir().expect("a folder");
    let commands = "ffmpeg -f lavfi -i testsrc2=s=64x48:r=5:d=14 -f lavfi -i sine=d=14 -c:v mpeg2video -c:a mp2 \
                    -af aselect='lt(t\\,1)+gt(t\\,13)' $OUT";
    let source = make(folder.path(), "pause.ts", commands);
    let output = folder.path().join("out.mkv");
    let text = [&source, &output].map(|path| path.to_str().expect("text"));
    let ran = framerace(&["run", text[0], "-f", "grayscale", "-o", text[1]]);
    assert_eq!((ran.status.code(), stderr(&ran).contains("anew")), (Some(0), false), "{}", stderr(&ran));
    let steps = times(&output, "a:0", "pts_time").windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max);
    assert!((11.0..13.0).contains(&steps), "the pause lasts {steps} s");
}

/// Players and FFmpeg stop at the end of the first, and do not say so.
#[test]
fn another_file_that_is_not_read_is_said() {
    let folder = tempdir().expect("a folder");
    for (name, codecs) in [
        ("joined.mp4", "-c:v libx264 -c:a aac"),
        ("fast.mp4", "-c:v libx264 -c:a aac -movflags +faststart"),
        ("joined.mov", "-c:v libx264 -c:a aac"),
        ("joined.flv", "-c:v libx264 -c:a aac"),
        ("joined.ogv", "-c:v libtheora -c:a libvorbis"),
    ] {
        let container = name.split('.').next_back().expect("one");
        let make_both = "for i in 1 2; do ffmpeg $V $A CODECS $i.EXT; done; cat 1.EXT 2.EXT > $OUT";
        let source = joined(folder.path(), name, &make_both.replace("CODECS", codecs).replace("EXT", container));
        let first = framerace(&[
            "run",
            folder.path().join(format!("1.{container}")).to_str().expect("text"),
            "-f",
            "grayscale",
        ]);
        let both = framerace(&["run", source.to_str().expect("text"), "-f", "grayscale"]);
        let says = |text: &str| text.contains("another file behind its end");
        assert!(!says(&stderr(&first)) && says(&stderr(&both)), "{name}: {}", stderr(&both));
    }
}
