//! Odd but valid videos, made by the ffmpeg program: each a file and the commands that make it.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::kept::{copy_of, kept};

/// Small moving pictures and a tone, a second each.
const BEGIN: &str = r#"
    ffmpeg() { command ffmpeg -v error -nostdin -y "$@"; }
    V="-f lavfi -i testsrc2=s=160x90:r=25:d=1"
    A="-f lavfi -i sine=d=1"
    X="-c:v libx264 -preset ultrafast -threads 1"
"#;

/// What others are made of.
const PARTS: &[(&str, &str)] = &[
    ("plain.mp4", "ffmpeg $V $A $X -g 10 -c:a aac plain.mp4"),
    ("cover.jpg", "ffmpeg -f lavfi -i testsrc2=s=64x64:d=1 -frames:v 1 cover.jpg"),
    ("words.srt", r"printf '1\n00:00:00,100 --> 00:00:00,500\nhello\n\n' > words.srt"),
    (
        "chapters.txt",
        r"printf ';FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=400\ntitle=one\n' > chapters.txt
        printf '[CHAPTER]\nTIMEBASE=1/1000\nSTART=400\nEND=1000\ntitle=two\n' >> chapters.txt",
    ),
];

/// File names, what is odd first, and the commands that make them.
pub const ODD: &[(&str, &str)] = &[
    ("plain.mp4", ""),
    ("vfr.mp4", "ffmpeg $V $A -vf 'select=not(mod(n\\,3))+not(mod(n\\,7))' -vsync vfr $X -c:a aac $OUT"),
    ("vfr.mkv", "ffmpeg $V -vf 'select=not(mod(n\\,3))+not(mod(n\\,7))' -vsync vfr $X $OUT"),
    ("turned90.mp4", "ffmpeg -i plain.mp4 -c copy -metadata:s:v rotate=90 $OUT"),
    ("turned180.mov", "ffmpeg -i plain.mp4 -c copy -metadata:s:v rotate=180 $OUT"),
    ("turned270.mp4", "ffmpeg -i plain.mp4 -c copy -metadata:s:v rotate=270 $OUT"),
    ("turned-wide-pixels.mp4", "ffmpeg -i plain.mp4 -c copy -aspect 2 -metadata:s:v rotate=90 $OUT"),
    ("size-321x179.mp4", "ffmpeg -f lavfi -i testsrc2=s=321x179:d=1 $X -pix_fmt yuv444p $OUT"),
    ("size-321x179-420.webm", "ffmpeg -f lavfi -i testsrc2=s=321x179:d=1 -c:v libvpx -b:v 300k -pix_fmt yuv420p $OUT"),
    ("size-1x90.mkv", "ffmpeg $V -vf crop=1:90:0:0:exact=1,format=gray -c:v ffv1 $OUT"),
    ("size-160x1.mkv", "ffmpeg $V -vf crop=160:1:0:0:exact=1,format=yuv444p -c:v ffv1 $OUT"),
    ("size-1x1.mkv", "ffmpeg $V -vf crop=1:1:0:0:exact=1,format=yuv444p -c:v ffv1 $OUT"),
    ("wide-pixels.mkv", "ffmpeg $V -vf setsar=4/3 $X $OUT"),
    ("ten-bit.mkv", "ffmpeg $V $A $X -pix_fmt yuv420p10le -c:a flac $OUT"),
    ("444.mp4", "ffmpeg $V $X -pix_fmt yuv444p $OUT"),
    ("422.mp4", "ffmpeg $V $X -pix_fmt yuv422p $OUT"),
    ("422-ten-bit.mov", "ffmpeg $V -c:v prores $OUT"),
    ("rgb.mkv", "ffmpeg $V -c:v ffv1 -pix_fmt bgr0 $OUT"),
    ("gray.mp4", "ffmpeg $V $X -pix_fmt gray $OUT"),
    ("full-range.mp4", "ffmpeg $V -vf scale=out_range=full $X -pix_fmt yuvj420p $OUT"),
    (
        "full-range.webm",
        "ffmpeg $V -vf scale=out_range=full -pix_fmt yuv420p -color_range pc -c:v libvpx-vp9 \
      -deadline realtime -cpu-used 8 $OUT",
    ),
    ("bt709.mp4", "ffmpeg $V $X -pix_fmt yuv420p -colorspace bt709 -color_primaries bt709 -color_trc bt709 $OUT"),
    (
        "interlaced.mp4",
        "ffmpeg $V -vf scale=160:96,tinterlace=interleave_top $X -flags +ildct+ilme -x264-params tff=1 $OUT",
    ),
    (
        "interlaced-bottom.ts",
        "ffmpeg $V -vf scale=160:96,tinterlace=interleave_bottom,fieldorder=bff -c:v mpeg2video \
      -flags +ildct+ilme -top 0 $OUT",
    ),
    ("silent.mp4", "ffmpeg $V $X $OUT"),
    (
        "three-sounds.mkv",
        "ffmpeg $V $A $A $A -map 0 -map 1 -map 2 -map 3 $X -c:a:0 aac -c:a:1 libopus -c:a:2 flac \
      -metadata:s:a:1 language=fra $OUT",
    ),
    ("subtitles.mkv", "ffmpeg $V $A -i words.srt -map 0 -map 1 -map 2 $X -c:a libopus -c:s srt $OUT"),
    ("subtitles.mp4", "ffmpeg $V $A -i words.srt -map 0 -map 1 -map 2 $X -c:a aac -c:s mov_text $OUT"),
    ("chapters.mkv", "ffmpeg $V $A -i chapters.txt -map 0 -map 1 -map_metadata 2 $X -c:a libopus $OUT"),
    ("chapters.mp4", "ffmpeg $V $A -i chapters.txt -map 0 -map 1 -map_metadata 2 $X -c:a aac $OUT"),
    ("open-gop.mkv", "ffmpeg $V -c:v libx264 -threads 1 -x264-params open-gop=1:keyint=8:bframes=3:scenecut=0 $OUT"),
    ("open-gop-joined.ts", "ffmpeg $V -c:v mpeg2video -bf 2 -g 6 one.ts; ffmpeg -i one.ts -c copy -ss 0.3 $OUT"),
    ("webm.webm", "ffmpeg $V $A -c:v libvpx -b:v 300k -c:a libopus $OUT"),
    ("mov.mov", "ffmpeg $V $A -c:v mjpeg -pix_fmt yuvj422p -c:a pcm_s16le $OUT"),
    ("avi.avi", "ffmpeg $V $A -c:v mpeg4 -bf 2 -c:a libmp3lame $OUT"),
    ("gif.gif", "ffmpeg $V -r 10 $OUT"),
    ("ts.ts", "ffmpeg $V $A $X -bf 2 -c:a mp2 $OUT"),
    ("three-frames.mp4", "ffmpeg $V $A -frames:v 3 -t 0.12 $X -c:a aac $OUT"),
    ("one-frame.mkv", "ffmpeg $V -frames:v 1 $X $OUT"),
    ("late.mp4", "ffmpeg -i plain.mp4 -c copy -output_ts_offset 5 $OUT"),
    ("late.mkv", "ffmpeg -i plain.mp4 -c copy -output_ts_offset 5 $OUT"),
    ("late-video.mkv", "ffmpeg -itsoffset 0.4 -i plain.mp4 -i plain.mp4 -map 0:v -map 1:a -c copy $OUT"),
    ("late-video.mp4", "ffmpeg -itsoffset 0.4 -i plain.mp4 -i plain.mp4 -map 0:v -map 1:a -c copy $OUT"),
    ("late-sound.mp4", "ffmpeg -i plain.mp4 -itsoffset 0.4 -i plain.mp4 -map 0:v -map 1:a -c copy $OUT"),
    ("long-sound.mp4", "ffmpeg $V -f lavfi -i sine=d=2 $X -c:a aac $OUT"),
    ("edit-list.mp4", "ffmpeg -ss 0.3 -i plain.mp4 -c copy $OUT"),
    ("cover.mp4", "ffmpeg -i cover.jpg -i plain.mp4 -map 0 -map 1 -c copy -disposition:v:0 attached_pic $OUT"),
    ("two-videos.mkv", "ffmpeg $V -f lavfi -i testsrc2=s=320x180:r=10:d=1 -map 0 -map 1 $X $OUT"),
    ("no-times.h264", "ffmpeg $V -c:v libx264 -threads 1 -bf 3 $OUT"),
    ("no-times.avi", "ffmpeg $V -c:v libx264 -threads 1 -bf 3 $OUT"),
    ("negative.mp4", "ffmpeg $V $X -bf 2 -output_ts_offset -0.5 -avoid_negative_ts disabled $OUT"),
    ("negative.mkv", "ffmpeg $V $X -bf 2 -output_ts_offset -0.02 -avoid_negative_ts disabled $OUT"),
    ("no-count.mkv", "ffmpeg $V $A $X -c:a aac -f matroska -live 1 - | cat > $OUT"),
    ("fragments.mp4", "ffmpeg $V $A $X -c:a aac -movflags frag_keyframe+empty_moov $OUT"),
    ("picture.png", "ffmpeg $V -frames:v 1 $OUT"),
];

/// Valid files that hold no video to pass on, and what is said of them.
pub const NO_VIDEO: &[(&str, &str, &str)] = &[
    ("sound.mp3", "ffmpeg $A -c:a libmp3lame $OUT", "no video stream"),
    (
        "cover-only.m4a",
        "ffmpeg $A -i cover.jpg -map 0 -map 1 -c:a aac -c:v copy -disposition:v attached_pic $OUT",
        "no video stream",
    ),
    ("no-frames.mkv", "ffmpeg $V -vf select=0 $X $OUT", "ends before its first frame"),
    ("words.txt", "echo hello > $OUT", "not a video"),
];

/// Recordings that were joined: the clock is set back twice.
pub const SET_BACK: (&str, &str) = ("set-back.ts", "ffmpeg $V -c:v mpeg2video one.ts; cat one.ts one.ts one.ts > $OUT");

/// The size changes after a second.
pub const GROWING: (&str, &str) = (
    "growing.ts",
    "ffmpeg $V -c:v mpeg2video one.ts; ffmpeg -f lavfi -i testsrc2=s=320x180:d=1 -c:v mpeg2video two.ts; \
     cat one.ts two.ts > $OUT",
);

/// Makes one of these files in `folder`.
pub fn make(folder: &Path, name: &str, commands: &str) -> PathBuf {
    let path = folder.join(name);
    copy_of(&path, &made(name, commands));
    path
}

/// The file as it is kept. It may be one of the parts, or made of those that its commands name.
fn made(name: &str, commands: &str) -> PathBuf {
    if let Some((_, commands)) = PARTS.iter().find(|(part, _)| *part == name) {
        return kept(name, &[], &[BEGIN, commands].concat());
    }
    let parts = PARTS.iter().filter(|(part, _)| commands.contains(part));
    let parts: Vec<_> = parts.map(|(part, commands)| made(part, commands)).collect();
    kept(name, &parts, &[BEGIN, commands].concat())
}

/// What ffprobe says: a line for each entry, its fields separated by commas.
pub fn ffprobe(path: &Path, arguments: &[&str]) -> Vec<String> {
    let output = Command::new("ffprobe").args(["-v", "quiet", "-of", "csv=p=0"]).args(arguments).arg(path).output();
    let text = String::from_utf8(output.expect("ffprobe comes with ffmpeg").stdout).expect("UTF-8");
    text.lines().map(|line| line.trim_end_matches(',').to_owned()).filter(|line| !line.is_empty()).collect()
}
