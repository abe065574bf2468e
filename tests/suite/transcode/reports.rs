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
    (
        "scikit-video/scikit-video#128: a rate that is no usual one, because a frame came late",
        "odd-rate.mp4",
        "ffmpeg -f lavfi -i testsrc2=s=320x180:r=30000/1001:d=2 $A -vf \"setpts='PTS+if(gte(N,17),0.0021/TB,0)'\" \
         -vsync passthrough $X -c:a aac -video_track_timescale 30000 $OUT",
        "",
    ),
    (
        "acowley/ffmpeg-light#58: 300 frames a second",
        "fast.mp4",
        "ffmpeg -f lavfi -i testsrc2=s=160x90:r=300:d=1 $X $OUT",
        "",
    ),
    (
        "HaveAGitGat/Tdarr#860: a camera's measurements beside its pictures (made as subtitles, and renamed)",
        "camera.mp4",
        "printf '1\\n00:00:00,000 --> 00:00:00,900\\nx\\n' > s.srt\n\
         ffmpeg $V $A -i s.srt -map 0 -map 1 -map 2 $X -c:a aac -c:s mov_text -timecode 11:07:15:07 -f mp4 named\n\
         sed 's/tx3g/djmd/g; s/sbtl/meta/g' named > $OUT",
        "data in djmd",
    ),
    (
        "time4tea/gopro-dashboard-overlay#245: a cover picture and a time code",
        "cover.mp4",
        "ffmpeg $V -frames:v 1 cover.jpg\nffmpeg $V $A -i cover.jpg -map 0 -map 1 -map 2 -c:v:0 libx264 -c:v:1 copy \
         -disposition:v:1 attached_pic -c:a aac -timecode 19:25:20:12 $OUT",
        "",
    ),
    (
        "LibrePhotos/librephotos#455: a telephone's HDR (HLG)",
        "hlg.mov",
        "ffmpeg $V $A -c:v libx265 -x265-params log-level=error:colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc \
         -pix_fmt yuv420p10le -color_primaries bt2020 -color_trc arib-std-b67 -colorspace bt2020nc -c:a aac $OUT",
        "HDR (HLG)",
    ),
    (
        "mdhiggins/sickbeard_mp4_automator#1661: fonts and styled subtitles",
        "fonts.mkv",
        "printf '1\\n00:00:00,000 --> 00:00:00,900\\nx\\n' > s.srt\nffmpeg $V $A -i s.srt -attach s.srt \
         -metadata:s:3 mimetype=application/x-truetype-font -map 0 -map 1 -map 2 $X -c:a aac -c:s ass $OUT",
        "",
    ),
    (
        "a browser's recording (MediaRecorder), which does not say how long it is",
        "recorder.webm",
        "ffmpeg $V $A -c:v libvpx -deadline realtime -c:a libopus -f webm pipe:1 | cat > $OUT",
        "",
    ),
    (
        "FLAC, whose encoder ends with a packet that holds a head alone",
        "head.nut",
        "ffmpeg $V $A $X -c:a flac $OUT",
        "",
    ),
];

/// Whole files, of which nothing may be called damaged.
const WHOLE: &[&str] = &["head.nut", "recorder.webm", "fast.mp4", "odd-rate.mp4", "camera.mp4", "cover.mp4"];

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
    // What holds no sound is not heard.
    let mut sound = numbers("a:0", "packet=pts_time,size");
    sound.retain(|fields| fields.get(1).is_none_or(|size| *size > 0.0));
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

/// livepeer/lpms#154: each pass lost a frame.
#[test]
fn no_pass_of_many_loses_a_frame() {
    let folder = tempdir().expect("a folder");
    for container in ["mp4", "mkv"] {
        let mut source = make(folder.path(), &format!("0.{container}"), "ffmpeg $V $A $X -bf 2 -c:a aac $OUT");
        let first = shown(&source).0.len();
        for pass in 1..5 {
            let output = folder.path().join(format!("{pass}.{container}"));
            let text = [&source, &output].map(|path| path.to_str().expect("text"));
            let ran = framerace(&["run", text[0], "-f", "grayscale", "-o", text[1]]);
            assert_eq!((ran.status.code(), shown(&output).0.len()), (Some(0), first), "{pass}: {}", stderr(&ran));
            source = output;
        }
    }
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
            let wrongly = WHOLE.contains(name) && said.contains("is damaged");
            let wrong = if ran.status.code() != Some(0) || !said.contains(words) || wrongly {
                Some(format!("{:?}: {said}", ran.status.code()))
            } else {
                fault(&source, &output, !words.is_empty() || said.contains("left out: "))
            };
            faults.extend(wrong.map(|wrong| format!("{report}: {name} to {container}: {wrong}")));
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
