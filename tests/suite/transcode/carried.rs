//! What a video is beyond its pictures and times: fields, bits, light. Carried into what is written, or said, in one line
//! and by every command that filters it.

use std::path::Path;

use crate::common::odd::{ffprobe, make};
use crate::common::{framerace, stderr};
use tempfile::tempdir;

const TOP: (&str, &str) =
    ("top.mkv", "ffmpeg $V -vf scale=160:96,tinterlace=interleave_top $X -flags +ildct+ilme -x264-params tff=1 $OUT");
const BOTTOM: (&str, &str) = (
    "bottom.ts",
    "ffmpeg $V -vf scale=160:96,tinterlace=interleave_bottom,fieldorder=bff -c:v mpeg2video -flags +ildct+ilme -top 0 $OUT",
);
/// Its height is no multiple of four.
const ODD_HEIGHT: (&str, &str) =
    ("height-90.ts", "ffmpeg $V -vf tinterlace=interleave_top -c:v mpeg2video -flags +ildct+ilme -top 1 $OUT");
const HDR: (&str, &str) = (
    "hdr.mkv",
    "ffmpeg $V $X -pix_fmt yuv420p10le -color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc $OUT",
);
const HLG: (&str, &str) = ("hlg.mkv", "ffmpeg $V $X -pix_fmt yuv420p10le -color_trc arib-std-b67 $OUT");
const GLASS: (&str, &str) =
    ("glass.mov", "ffmpeg $V -vf format=argb,colorchannelmixer=aa=0.5 -c:v qtrle -pix_fmt argb $OUT");
/// Formats that could be transparent, and pictures that are not.
const OPAQUE: &[(&str, &str)] = &[
    ("opaque.mov", "ffmpeg $V -c:v qtrle -pix_fmt argb $OUT"),
    ("opaque.gif", "ffmpeg $V -r 10 $OUT"),
    ("opaque-64.mkv", "ffmpeg $V -c:v ffv1 -pix_fmt bgra $OUT"),
];

/// Runs the program, which must do well, and returns what it noted.
fn notes(arguments: &[&str]) -> Vec<String> {
    let ran = framerace(arguments);
    let said = stderr(&ran);
    assert_eq!(ran.status.code(), Some(0), "{arguments:?}: {said}");
    said.lines().filter_map(|line| line.strip_prefix("note: ")).map(str::to_owned).collect()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

/// What ffprobe says of the fields: of the stream, and of every frame.
fn fields(path: &Path) -> (String, Vec<String>) {
    let of_stream = ffprobe(path, &["-select_streams", "v:0", "-show_entries", "stream=field_order"]);
    let of_frames =
        ffprobe(path, &["-select_streams", "v:0", "-show_entries", "frame=interlaced_frame,top_field_first"]);
    let marks = of_frames.iter().map(|line| line.split(',').take(2).collect::<Vec<_>>().join(","));
    (of_stream.into_iter().next().unwrap_or_default(), marks.collect())
}

#[test]
fn fields_are_written_as_fields_where_the_codec_has_them() {
    let folder = tempdir().expect("a folder");
    let cases = [
        (TOP, "grayscale", "h264", "mp4", "tt", "1,1"),
        (TOP, "copy", "h264", "mkv", "tt", "1,1"),
        (BOTTOM, "grayscale", "h264", "mkv", "bb", "1,0"),
        // ffprobe says of all fields of H.264 in MPEG-4 that the upper one is coded first; the frames know better.
        (BOTTOM, "copy", "h264", "mp4", "tt", "1,0"),
        (BOTTOM, "copy", "ffv1", "mkv", "bb", "1,0"),
        (TOP, "grayscale", "ffv1", "mkv", "tt", "1,1"),
    ];
    for ((name, commands), chain, codec, container, order, marks) in cases {
        let source = make(folder.path(), name, commands);
        let output = folder.path().join(format!("{codec}.{container}"));
        let said = notes(&["run", text(&source), "-f", chain, "--codec", codec, "-o", text(&output)]);
        let first = if marks == "1,1" { "upper" } else { "lower" };
        let expected = format!("the input is interlaced, {first} field first; this chain keeps its fields apart");
        let said: Vec<_> = said.into_iter().filter(|said| !said.starts_with("clocks cost")).collect();
        assert_eq!(said, [expected], "{name} as {codec}");
        let (of_stream, of_frames) = fields(&output);
        assert_eq!(of_stream, order, "{name} as {codec} in {container}");
        assert!(
            of_frames.iter().all(|frame| frame == marks) && of_frames.len() > 5,
            "{name} as {codec}: {of_frames:?}"
        );
    }
}

/// Parts of other fields, sample aspect and colors put together.
const TFF_THEN_BFF: (&str, &str) = (
    "tff-then-bff.ts",
    "I='-c:v mpeg2video -flags +ildct+ilme -bf 0'; ffmpeg $V -vf scale=160:96,tinterlace=interleave_top $I -top 1 1.ts; \
     ffmpeg $V -vf scale=160:96,tinterlace=interleave_bottom,fieldorder=bff $I -top 0 2.ts; cat 1.ts 2.ts > $OUT",
);
const INTERLACED_THEN_NOT: (&str, &str) = (
    "tff-then-plain.ts",
    "ffmpeg $V -vf scale=160:96,tinterlace=interleave_top -c:v mpeg2video -flags +ildct+ilme -top 1 1.ts; \
     ffmpeg $V -vf scale=160:96 -c:v mpeg2video 2.ts; cat 1.ts 2.ts > $OUT",
);
const PLAIN_THEN_INTERLACED: (&str, &str) = (
    "plain-then-tff.ts",
    "ffmpeg $V -vf scale=160:96 -c:v mpeg2video 1.ts; \
     ffmpeg $V -vf scale=160:96,tinterlace=interleave_top -c:v mpeg2video -flags +ildct+ilme -top 1 2.ts; cat 1.ts 2.ts > $OUT",
);
const OTHER_LOOKS: (&str, &str) = (
    "looks.ts",
    "C='-c:v libx264 -threads 1 -bf 0'; \
     ffmpeg $V -vf setsar=1 $C -colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv 1.ts; \
     ffmpeg $V -vf setsar=64/45 $C -colorspace smpte170m -color_primaries smpte170m -color_trc bt709 -color_range pc 2.ts; \
     cat 1.ts 2.ts > $OUT",
);

#[test]
fn fields_of_each_frame_are_kept_or_said() {
    let folder = tempdir().expect("a folder");
    let said_of = |(name, commands): (&str, &str), codec: &str, container: &str| {
        let source = make(folder.path(), name, commands);
        let output = folder.path().join(format!("{name}.{codec}.{container}"));
        let said = notes(&["run", text(&source), "-f", "grayscale", "--codec", codec, "-o", text(&output)]);
        (fields(&source).1, fields(&output).1, said.join("\n"))
    };
    for (case, codec, container) in [
        (TFF_THEN_BFF, "h264", "mkv"),
        (TFF_THEN_BFF, "h264", "mp4"),
        (TFF_THEN_BFF, "ffv1", "mkv"),
        (INTERLACED_THEN_NOT, "ffv1", "mkv"),
        (PLAIN_THEN_INTERLACED, "ffv1", "mkv"),
    ] {
        let (should, is, said) = said_of(case, codec, container);
        // Which field would be first means nothing in a progressive frame.
        let marks = |of: Vec<String>| -> Vec<_> {
            of.into_iter().map(|frame| if frame.starts_with('0') { "0".into() } else { frame }).collect()
        };
        assert_eq!(marks(is), marks(should), "{} as {codec}: {said}", case.0);
        assert!(!said.contains("s on the frames"), "{said}");
    }
    let (.., said) = said_of(INTERLACED_THEN_NOT, "h264", "mkv");
    assert!(said.contains("s on the frames are progressive; the output goes on marking them as interlaced"), "{said}");
    let (.., said) = said_of(PLAIN_THEN_INTERLACED, "h264", "mkv");
    assert!(said.contains("s on the frames are interlaced; the output, begun without fields"), "{said}");
}

#[test]
fn what_changes_in_mid_file_is_said_with_its_time() {
    let folder = tempdir().expect("a folder");
    let source = make(folder.path(), OTHER_LOOKS.0, OTHER_LOOKS.1);
    let said =
        notes(&["run", text(&source), "-f", "grayscale", "-o", text(&folder.path().join("looks.mkv"))]).join("\n");
    for change in [
        "its sample aspect changes at 1.000 s from 1:1 to 64:45",
        "its color range changes at 1.000 s from limited to full",
        "its color space changes at 1.000 s from BT.709 to BT.601",
        "its color primaries changes at 1.000 s from BT.709 to BT.601",
        "the output keeps the first",
    ] {
        assert!(said.contains(change), "{change}: {said}");
    }
    assert!(!said.contains("transfer"), "{said}");
}

#[test]
fn fields_that_cannot_be_written_are_said() {
    let folder = tempdir().expect("a folder");
    let cases = [
        (TOP, "resize=160:48", "h264", "mkv", "the chain changes the height"),
        (TOP, "copy", "vp9", "webm", "vp9 has none here; --codec h264 and ffv1 have"),
        (TOP, "copy", "mjpeg", "mov", "mjpeg has none here; --codec h264 and ffv1 have"),
        (ODD_HEIGHT, "copy", "h264", "mp4", "h264 takes them for heights that are a multiple of 4"),
    ];
    for ((name, commands), chain, codec, container, why) in cases {
        let source = make(folder.path(), name, commands);
        let output = folder.path().join(format!("{codec}.{container}"));
        let said = notes(&["run", text(&source), "-f", chain, "--codec", codec, "-o", text(&output)]);
        let expected = format!("the output is not marked as interlaced: {why}");
        assert!(said.contains(&expected), "{name} as {codec}: {said:?}");
        assert!(fields(&output).1.iter().all(|frame| frame.starts_with('0')), "{name} as {codec}");
    }
}

#[test]
fn plain_videos_go_without_saying() {
    let folder = tempdir().expect("a folder");
    let source = make(folder.path(), "plain.mp4", "");
    let sources = OPAQUE.iter().map(|(name, commands)| make(folder.path(), name, commands)).chain([source]);
    for source in sources {
        let said = notes(&["run", text(&source), "-f", "grayscale"]);
        // On a busy machine clocks may be expensive.
        assert!(said.iter().all(|said| said.starts_with("clocks cost")), "{said:?}");
    }
}

/// A resize changes the shape of pixels, so that the picture is shown in the shape of its source.
#[test]
fn a_resize_keeps_the_shown_shape() {
    let folder = tempdir().expect("a folder");
    let anamorphic = make(folder.path(), "wide.ts", "ffmpeg $V -vf scale=720:576,setsar=64/45 -c:v mpeg2video $OUT");
    let square = make(folder.path(), "square.mp4", "ffmpeg $V -vf setsar=1 $X $OUT");
    let unknown = make(folder.path(), "unknown.mkv", "ffmpeg $V -vf setsar=0 -c:v ffv1 $OUT");
    let cases = [
        (&anamorphic, "resize=1024:576", "1:1"),
        (&anamorphic, "resize=360:288", "64:45"),
        (&square, "resize=90:90", "16:9"),
        (&unknown, "resize=90:90", "N/A"),
    ];
    for (source, chain, expected) in cases {
        let output = folder.path().join("out.mkv");
        notes(&["run", text(source), "-f", chain, "-o", text(&output)]);
        let aspect = ffprobe(&output, &["-select_streams", "v:0", "-show_entries", "stream=sample_aspect_ratio"]);
        assert_eq!(aspect, [expected], "{} {chain}", source.display());
    }
}

/// Color samples are chosen by what a pixel format is, whatever its name.
#[test]
fn the_color_samples_of_the_source_are_kept_or_said_to_be_lost() {
    let folder = tempdir().expect("a folder");
    let cases = [
        ("rgb.mp4", "-c:v libx264rgb -preset ultrafast", "h264", "yuv444p", "is RGB"),
        ("gbr.mkv", "-c:v ffv1 -pix_fmt gbrp10le", "h264", "yuv444p", "is RGB"),
        ("palette.mkv", "-c:v png -pix_fmt pal8", "vp9", "yuv444p", "is RGB"),
        ("alpha.mkv", "-c:v ffv1 -pix_fmt yuva444p", "h264", "yuv444p", ""),
        ("410.mkv", "-c:v ffv1 -pix_fmt yuv410p", "h264", "yuv420p", ""),
        ("411.mkv", "-c:v ffv1 -pix_fmt yuv411p", "h264", "yuv422p", ""),
        ("440.mkv", "-c:v ffv1 -pix_fmt yuv440p", "h264", "yuv444p", ""),
        ("422-ten.mov", "-c:v prores", "h264", "yuv422p", "10 bits"),
        ("gray-ten.mkv", "-c:v ffv1 -pix_fmt gray10le", "h264", "yuv420p", "10 bits"),
        ("444.mkv", "-c:v ffv1 -pix_fmt yuv444p", "av1", "yuv420p", "some are lost"),
    ];
    for (name, making, codec, expected, noted) in cases {
        let source = make(folder.path(), name, &format!("ffmpeg $V -frames:v 3 {making} $OUT"));
        let output = folder.path().join("out.mkv");
        let said = notes(&["run", text(&source), "-f", "copy", "-o", text(&output), "--codec", codec]);
        let format = ffprobe(&output, &["-select_streams", "v:0", "-show_entries", "stream=pix_fmt"]).concat();
        // Full range has names of its own.
        assert_eq!(format.replace("yuvj", "yuv"), expected, "{name}: {said:?}");
        assert!(said.iter().any(|note| note.contains(noted)) || noted.is_empty(), "{name}: {said:?}");
    }
}

/// Every command on every kind of picture.
mod thorough {
    use super::*;

    #[test]
    fn every_command_says_once_what_the_pictures_are() {
        let folder = tempdir().expect("a folder");
        let cases = [
            (TOP, "grayscale,blur=5", "the input is interlaced, upper field first; blur mixes its fields"),
            (TOP, "grayscale,delay=0", "the input is interlaced, upper field first; this chain keeps its fields apart"),
            (HDR, "grayscale", "the input has 10 bits a color; filters and output have 8"),
            (HDR, "grayscale", "the input is HDR (PQ); its numbers are filtered as they are, not tone-mapped"),
            (GLASS, "grayscale", "the input is transparent in places; filters and output are not"),
            (HLG, "grayscale", "the input is HDR (HLG); its numbers are filtered as they are, not tone-mapped"),
        ];
        for ((name, commands), chain, note) in cases {
            let source = make(folder.path(), name, commands);
            let (source, output) = (text(&source), folder.path().join("out.mkv"));
            let done = folder.path().join(format!("done-{}", fastrand::u64(..)));
            let commands: [&[&str]; 6] = [
                &["run", source, "-f", chain],
                &["run", source, "-f", chain, "--frames", "3"],
                &["run", source, "-f", chain, "--decoder", "opencv"],
                &["run", source, "-f", chain, "-o", text(&output)],
                &["compare", source, "-f", chain, "--rounds", "1", "-s", "sequential,threads"],
                &["compare", source, "-f", chain, "--rounds", "1", "-s", "sequential,threads", "--preload"],
            ];
            for command in commands {
                let said = notes(command);
                assert_eq!(said.iter().filter(|said| *said == note).count(), 1, "{command:?}: {said:?}");
            }
            let said = notes(&["batch", source, "-o", text(&done), "-f", chain]);
            assert_eq!(said.iter().filter(|said| said.ends_with(note)).count(), 1, "batch {name}: {said:?}");
        }
    }
}
