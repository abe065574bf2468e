//! Files of kinds that users of other tools have reported to come out wrong, with the preset and codec that users get. Each
//! comes out right, or what is lost is said. As ffprobe sees it.

use std::path::Path;

use crate::common::odd::{ffprobe, make};
use crate::common::{framerace, stderr};
use tempfile::tempdir;

const NOISE: &str =
    "ffmpeg -f lavfi -i 'nullsrc=s=640x360:r=25:d=2,geq=random(1)*255:128:128' -c:v mpeg2video -q:v 2 -g 5 noise.ts";
const CHANGING: &str = "part() { ffmpeg $V $A -ac $1 $X -c:a aac -muxdelay 0 -output_ts_offset $2 -f mpegts -; }";

/// A report of this kind; file names, the commands that make them, and what must be said of them, if anything.
const KINDS: &[(&str, &str, &str, &str)] = &[
    (
        "rigaya/NVEnc#177: TrueHD has several packets a millisecond",
        "truehd.mkv",
        "ffmpeg $V $A $X -c:a truehd -strict -2 $OUT",
        "",
    ),
    (
        "mifi/lossless-cut#822: sound that is announced and never comes",
        "silent.ts",
        "ffmpeg $V $A -map 0 -map 1 -map 1 $X -c:a:0 aac -c:a:1 ac3 -bsf:a:1 noise=drop=1 $OUT",
        "of which nothing was found",
    ),
    (
        "the same in Matroska, which says all of the sound that a decoder must know",
        "silent.mkv",
        "ffmpeg $V $A -map 0 -map 1 $X -c:a libopus -bsf:a noise=drop=1 $OUT",
        "is announced, but nothing of it came",
    ),
    (
        "mbunkus/mkvtoolnix#1734: sound that begins after all that is looked at",
        "late.flv",
        "{NOISE}\nffmpeg -i noise.ts -itsoffset 1.8 -f lavfi -i sine=440:r=44100:d=0.2 -map 0 -map 1 \
         -c:v flv -q:v 2 -c:a libmp3lame $OUT",
        "left out: stream 1",
    ),
    (
        "cannonbeach/ott-packager#14: AAC that changes its channels",
        "channels.ts",
        "{CHANGING}\n(part 2 0; part 6 1) > $OUT",
        "changes its rate or channels",
    ),
    (
        "mipops/dvrescue#127: raw DV",
        "tape.dv",
        "ffmpeg -f lavfi -i testsrc2=s=720x576:r=25:d=0.6 -f lavfi -i sine=440:r=48000:d=0.6 -target pal-dv $OUT",
        "",
    ),
    ("FLV, whose head must not be written twice", "head.flv", "ffmpeg $V $A $X -bf 2 -c:a aac $OUT", ""),
    (
        "HandBrake/HandBrake#582: Windows' television",
        "television.wtv",
        "ffmpeg $V $A -c:v mpeg2video -c:a mp2 $OUT",
        "",
    ),
    (
        "lihaoyun6/QuickRecorder#291: a screen that stands still for an hour",
        "still.mp4",
        "ffmpeg -f lavfi -i testsrc2=s=320x180:r=10:d=4 -vf 'settb=1/90000,setpts=N*9000+if(gte(N\\,20)\\,324000000\\,0)' \
         -vsync passthrough -enc_time_base 1/90000 -video_track_timescale 90000 -c:v libx264 -threads 1 -bf 0 $OUT",
        "",
    ),
    (
        "teltek/Galicaster#553: a recording that begins in the middle of a group of pictures",
        "middle.ts",
        "ffmpeg -f lavfi -i testsrc2=s=320x180:r=25:d=4 -c:v libx264 -threads 1 -g 50 -bf 2 -muxdelay 0 whole.ts\n\
         tail -c +$((188 * ($(stat -c %s whole.ts) / 188 / 6) + 1)) whole.ts > $OUT",
        "begins in the middle of a group of pictures",
    ),
];

/// When the pictures of a file are shown, and from when to when its sound goes on, in seconds.
fn shown(path: &Path) -> (Vec<f64>, Option<(f64, f64)>) {
    let numbers = |stream: &str, entries: &str| -> Vec<Vec<f64>> {
        let lines = ffprobe(path, &["-select_streams", stream, "-show_entries", entries]);
        let fields = |line: &String| line.split(',').map_while(|field| field.parse().ok()).collect::<Vec<_>>();
        lines.iter().map(fields).filter(|fields| !fields.is_empty()).collect()
    };
    let mut pictures: Vec<f64> =
        numbers("v:0", "frame=best_effort_timestamp_time").iter().map(|fields| fields[0]).collect();
    pictures.sort_by(f64::total_cmp);
    let sound = numbers("a:0", "packet=pts_time");
    (pictures, sound.first().zip(sound.last()).map(|(first, last)| (first[0], last[0])))
}

/// What differs between a source and what was written from it. Sound may be missing where that was said.
fn fault(source: &Path, output: &Path, was_said: bool) -> Option<String> {
    let ((was, was_heard), (is, is_heard)) = (shown(source), shown(output));
    if is.len() != was.len() {
        return Some(format!("{} frames instead of {}", is.len(), was.len()));
    }
    let streams = [output, source].map(|path| ffprobe(path, &["-show_entries", "stream=index"]).len());
    if streams[0] > streams[1] {
        return Some(format!("{} streams instead of {}", streams[0], streams[1]));
    }
    let far = |(is, was): (f64, f64)| (is - was).abs() > 0.03;
    let since_first = is.iter().zip(&was).map(|(is_at, was_at)| (is_at - is[0], was_at - was[0]));
    if let Some((is, was)) = since_first.into_iter().find(|pair| far(*pair)) {
        return Some(format!("a frame at {is} instead of {was}"));
    }
    // Relative to the first picture.
    let heard = |heard: Option<(f64, f64)>, first: f64| heard.map(|(begin, end)| (begin - first, end - first));
    let (is_heard, was_heard) = (heard(is_heard, is[0]), heard(was_heard, was[0])?);
    let Some(is_heard) = is_heard else { return (!was_said).then(|| "no sound".into()) };
    (far((is_heard.0, was_heard.0)) || far((is_heard.1, was_heard.1))).then(|| {
        format!("sound from {} to {} instead of from {} to {}", is_heard.0, is_heard.1, was_heard.0, was_heard.1)
    })
}

#[test]
fn what_others_reported_comes_out_right_or_is_said() {
    let folder = tempdir().expect("a folder");
    let mut faults = Vec::new();
    for (report, name, commands, words) in KINDS {
        let commands = commands.replace("{NOISE}", NOISE).replace("{CHANGING}", CHANGING);
        let source = make(folder.path(), name, &commands);
        for container in ["mp4", "mkv"] {
            let output = folder.path().join(format!("{name}.out.{container}"));
            let text = [&source, &output].map(|path| path.to_str().expect("text"));
            let ran = framerace(&["run", text[0], "-f", "grayscale", "-o", text[1]]);
            let said = stderr(&ran);
            let wrong = if ran.status.code() != Some(0) || !said.contains(words) {
                Some(format!("{:?}: {said}", ran.status.code()))
            } else {
                fault(&source, &output, !words.is_empty() || said.contains("left out: "))
            };
            faults.extend(wrong.map(|wrong| format!("{report}: {name} to {container}: {wrong}")));
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
