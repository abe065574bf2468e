//! What stands beside pictures, sound and words in people's files: it is in the file that is written, as ffprobe sees it, or
//! a note names it. The table of the documentation is made here.

use std::path::Path;
use std::process::Command;

use crate::common::odd::make;
use crate::common::{framerace, golden, stderr};
use tempfile::tempdir;

const CONTAINERS: [&str; 4] = ["mp4", "mov", "mkv", "webm"];

/// A made file, and the kinds of side information in it.
struct Case {
    file: &'static str,
    commands: &'static str,
    arguments: &'static [&'static str],
    kinds: &'static [Kind],
}

/// A kind of side information: what it is called, what ffprobe says of a file that has it, and what a note names.
struct Kind(&'static str, &'static str, &'static str);

/// H.264 with captions (CEA-608) in SEI: "HELLO" from 0.36 to 0.64 s.
const CAPTIONS: &str = r#"
    ffmpeg $V -c:v libx264 -preset ultrafast -bf 0 -threads 1 -x264-params aud=1 -f h264 a.h264
    perl -0777 -pe 'BEGIN { @w = qw(9420 9420 94ad 94ad 9470 9470 c845 4c4c 4f80 942f 942f 8080 8080 8080 8080 942c 942c) }
        s/(\0\0\0\x01\x09.)/$w = shift(@w) || "8080"; $1.pack("H*", "0000000106040eb50031474139340341fffc${w}ff80")/gse' \
        a.h264 > cc.h264
    ffmpeg -framerate 25 -i cc.h264 -c copy $OUT"#;

const TELEMETRY: &str = "printf 'GPMDdata' > x.bin; ffmpeg $V -f data -i x.bin -map 0 -map 1 $X -c:d copy d.ts; ";

const SPHERICAL: &str = r#"
    ffmpeg $V $X s.mp4
    perl -0777 -pe '$xml = "<rdf:SphericalVideo><GSpherical:Spherical>true</GSpherical:Spherical>"
        ."<GSpherical:Stitched>true</GSpherical:Stitched><GSpherical:StitchingSoftware>x</GSpherical:StitchingSoftware>"
        ."<GSpherical:ProjectionType>equirectangular</GSpherical:ProjectionType></rdf:SphericalVideo>";
        $box = pack("N", 24 + length $xml)."uuid".pack("H*", "ffcc8263f8554a938814587a02521fdd").$xml;
        $n = length $box;
        s/(....)(moov.*?)(....)(trak)/pack("N", $n + unpack("N", $1)).$2.pack("N", $n + unpack("N", $3)).$4.$box/se' \
        s.mp4 > $OUT"#;

const PROFILE: &str = r#"
    perl -0777 -pe 's/^\xff\xd8/"\xff\xd8\xff\xe2".pack("n", 40)."ICC_PROFILE\0\1\1".("profile\0" x 3)/e' cover.jpg > icc.jpg
    ffmpeg -loop 1 -framerate 25 -i icc.jpg -t 0.4 -c copy $OUT"#;

const CASES: &[Case] = &[
    Case {
        file: "captions.mp4",
        commands: CAPTIONS,
        arguments: &[],
        kinds: &[Kind("Captions in the pictures (CEA-608, CEA-708)", "ATSC A53 Part 4 Closed Captions", "captions")],
    },
    Case {
        file: "captions.mp4",
        commands: CAPTIONS,
        arguments: &["--codec", "hevc"],
        kinds: &[Kind("The same with `--codec hevc`", "ATSC A53 Part 4 Closed Captions", "captions")],
    },
    Case {
        file: "scc.mov",
        commands: r"printf 'Scenarist_SCC V1.0\n\n00:00:00:05\t9420 9420 94ad 94ad 9470 9470 c845 4c4c 4f80 942f 942f\n' > w.scc
            ffmpeg -i plain.mp4 -i w.scc -map 0 -map 1 -c copy $OUT",
        arguments: &[],
        kinds: &[Kind("Captions as a stream (c608)", "codec_name=eia_608", "eia_608")],
    },
    Case {
        file: "mov-text.mp4",
        commands: "ffmpeg -i plain.mp4 -i words.srt -map 0 -map 1 -c copy -c:s mov_text $OUT",
        arguments: &[],
        kinds: &[Kind("Text subtitles of MPEG-4 (tx3g)", "codec_name=mov_text", "mov_text")],
    },
    Case {
        file: "tracks.mkv",
        commands: "echo font > f.ttf; ffmpeg -i plain.mp4 -i words.srt -i chapters.txt -map 0 -map 1 -map_metadata 2 -c copy \
            -c:s srt -attach f.ttf -metadata:s:t mimetype=application/x-truetype-font -metadata SCENE=4 \
            -metadata:s:v title=Balcony -metadata:s:v language=fra -disposition:v default+hearing_impaired $OUT",
        arguments: &[],
        kinds: &[
            Kind("Text subtitles (SubRip)", "codec_name=subrip", "subrip"),
            Kind("Fonts and other attachments", "codec_type=attachment", "an attachment"),
            Kind("Chapters", "tag:title=one", "chapters"),
            Kind("Tags of any name", "tag:scene=4", "SCENE"),
            Kind("Language of a stream", "tag:language=fra", "language of stream"),
            Kind("For whom a stream is (dispositions)", "disposition:hearing_impaired=1", "hearing_impaired"),
            Kind("Title of a stream", "tag:title=balcony", "title of stream"),
        ],
    },
    Case {
        file: "opus.mkv",
        commands: "ffmpeg -i plain.mp4 -c:v copy -c:a libopus $OUT",
        arguments: &[],
        kinds: &[Kind("Sound in Opus", "codec_name=opus", "sound in opus")],
    },
    Case {
        file: "studio.mov",
        commands: "ffmpeg -i plain.mp4 -c copy -timecode 01:00:00:00 -metadata title=Holiday -metadata comment=Sunny \
            -metadata creation_time=2020-01-02T03:04:05Z -metadata location=+37.3318-122.0312/ $OUT",
        arguments: &[],
        kinds: &[
            Kind("Time code", "tag:timecode=01:00:00:00", "timecode"),
            Kind("Title and comment", "tag:title=holiday", "title"),
            Kind("Time of recording", "tag:creation_time=2020-01-02t03:04:05", "creation_time"),
            Kind("Location", "tag:location=+37.33", "location"),
        ],
    },
    Case {
        file: "phone.mov",
        commands: "ffmpeg -i plain.mp4 -c copy -movflags use_metadata_tags -metadata com.apple.quicktime.model=iPhone \
            -metadata com.apple.quicktime.creationdate=2024-06-01T12:00:00+0200 -metadata com.android.version=14 $OUT",
        arguments: &[],
        kinds: &[
            Kind(
                "Tags of Apple's phones",
                "tag:com.apple.quicktime.creationdate=2024",
                "com.apple.quicktime.creationdate",
            ),
            Kind("Tags of Android phones", "tag:com.android.version=14", "com.android.version"),
        ],
    },
    Case {
        file: "cover.mp4",
        commands: "ffmpeg -i cover.jpg -i plain.mp4 -map 0 -map 1 -c copy -disposition:v:0 attached_pic $OUT",
        arguments: &[],
        kinds: &[Kind("Cover picture", "disposition:attached_pic=1", "a cover picture")],
    },
    Case {
        file: "turned90.mp4",
        commands: "ffmpeg -i plain.mp4 -c copy -metadata:s:v rotate=90 $OUT",
        arguments: &[],
        kinds: &[Kind("Orientation (the pictures are turned)", "width=90", "turned")],
    },
    Case {
        file: "gop.ts",
        commands: "ffmpeg $V -c:v mpeg2video -timecode 10:00:00:00 $OUT",
        arguments: &[],
        kinds: &[Kind(
            "Time code in the heads of groups of pictures",
            "timecode=10:00:00:00",
            "time code in the pictures",
        )],
    },
    Case {
        file: "slant.mp4",
        commands: "ffmpeg -i plain.mp4 -c copy -metadata:s:v rotate=30 $OUT",
        arguments: &[],
        kinds: &[Kind("Slant of the pictures (no quarter of a turn)", "rotation=29", "slant of the pictures")],
    },
    Case {
        file: "hdr.mkv",
        commands: "ffmpeg $V -c:v libx265 -preset ultrafast -pix_fmt yuv420p10le -x265-params \
            'log-level=none:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):max-cll=1000,400' $OUT",
        arguments: &[],
        kinds: &[
            Kind("HDR: mastering display", "mastering display metadata", "mastering display"),
            Kind("HDR: content light level", "content light level metadata", "content light level"),
        ],
    },
    Case {
        file: "spherical.mp4",
        commands: SPHERICAL,
        arguments: &[],
        kinds: &[Kind("Spherical projection", "spherical mapping", "spherical projection")],
    },
    Case {
        file: "stereo.mkv",
        commands: "ffmpeg -i plain.mp4 -c copy -metadata:s:v stereo_mode=left_right $OUT",
        arguments: &[],
        kinds: &[Kind("Stereo layout", "stereo 3d", "stereo layout")],
    },
    Case {
        file: "profile.mkv",
        commands: PROFILE,
        arguments: &[],
        kinds: &[Kind("ICC profile", "icc profile", "ICC profile")],
    },
    Case {
        file: "telemetry.mp4",
        commands: "ffmpeg -i d.ts -map 0 -c copy -tag:d gpmd $OUT",
        arguments: &[],
        kinds: &[Kind("Telemetry of GoPro cameras (gpmd)", "codec_tag_string=gpmd", "gpmd")],
    },
    Case {
        file: "data.ts",
        commands: "cp d.ts $OUT",
        arguments: &[],
        kinds: &[Kind("Other data streams", "codec_type=data", "data")],
    },
];

fn made(folder: &Path, case: &Case) -> std::path::PathBuf {
    let before = if case.commands.contains("d.ts") { TELEMETRY } else { "" };
    make(folder, case.file, &[before, case.commands].concat())
}

/// What ffprobe says of a file, its streams, chapters and first pictures, in small letters.
fn probed(path: &Path) -> String {
    let asked: [&[&str]; 2] = [
        &["-show_format", "-show_streams", "-show_chapters"],
        &["-select_streams", "v:0", "-show_frames", "-read_intervals", "%+#3"],
    ];
    let answers = asked.iter().map(|arguments| {
        let output = Command::new("ffprobe").args(["-v", "quiet"]).args(*arguments).arg(path).output();
        String::from_utf8_lossy(&output.expect("ffprobe comes with ffmpeg").stdout).to_lowercase()
    });
    answers.collect::<Vec<_>>().concat()
}

/// What became of each kind in a case, in each container.
fn walk(folder: &Path, case: &Case) -> Vec<(&'static str, Vec<&'static str>)> {
    let source = made(folder, case);
    let before = probed(&source);
    let mut rows: Vec<_> = case.kinds.iter().map(|kind| (kind.0, Vec::new())).collect();
    for container in CONTAINERS {
        let output = folder.join(format!("{}.out.{container}", case.file));
        let [from, to] = [&source, &output].map(|path| path.to_str().expect("text"));
        let ran = framerace(&[&["run", from, "-f", "grayscale", "-o", to], case.arguments].concat());
        let said = stderr(&ran);
        let notes: Vec<_> = said.lines().filter(|line| line.starts_with("note: ")).collect();
        let after = probed(&output);
        for (Kind(name, there, named), row) in case.kinds.iter().zip(&mut rows) {
            let there = there.to_lowercase();
            assert!(before.contains(&there) || there == "width=90", "{name} is not in {}: {before}", case.file);
            // The name of the file is no news.
            let noted = notes.iter().any(|note| note.replace(to, "").contains(named));
            row.1.push(match (ran.status.code(), after.contains(&there), noted) {
                (Some(0), true, false) => "kept",
                (Some(0), false, true) => "noted",
                (Some(2), ..) if said.contains("cannot hold hevc") => "–",
                state => {
                    println!("{name} in {container}: {state:?}: {notes:?}");
                    "FAULT"
                }
            });
        }
    }
    rows
}

const HEAD: &str = "\
# Side information

What stands beside pictures and sound in a file, and what becomes of it when `run -o` or `batch` writes a new one (default
codec of the container; FFmpeg 5.1). *kept*: it is in the new file. *noted*: the container or the encoder cannot hold it,
and a note says so and names the container that can. Nothing goes without a word. This table is written by the test
`side_information`.

";

/// Every kind in every container.
mod thorough {
    use super::*;

    #[test]
    fn side_information_is_kept_or_noted_as_the_documentation_says() {
        let folder = tempdir().expect("a folder");
        let rows: Vec<_> = CASES.iter().flat_map(|case| walk(folder.path(), case)).collect();
        assert!(rows.iter().all(|(_, cells)| !cells.contains(&"FAULT")), "{rows:#?}");
        let line = |(name, cells): &(&str, Vec<&str>)| format!("| {name} | {} |\n", cells.join(" | "));
        let lines: String = rows.iter().map(line).collect();
        let head = format!("| | {} |\n|---|{}\n", CONTAINERS.join(" | "), "---|".repeat(CONTAINERS.len()));
        golden("docs/src/reference/side-information.md", &[HEAD, &head, &lines].concat());
    }
}

/// What captions say and when, as ffmpeg decodes them.
fn captions(path: &Path) -> String {
    let movie = format!("movie={}[out+subcc]", path.display());
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-f", "lavfi", "-i", &movie, "-map", "s", "-f", "srt", "-"])
        .output();
    String::from_utf8(output.expect("scripts/setup installs ffmpeg").stdout).expect("text")
}

/// Captions stay with their frames, whoever filters those and in which order they are encoded.
#[test]
fn captions_stay_with_their_frames() {
    let folder = tempdir().expect("a folder");
    let source = made(folder.path(), &CASES[0]);
    let before = captions(&source);
    assert!(before.contains("HELLO"), "{before}");
    for (strategy, chain) in [("threads", "grayscale"), ("processes", "resize=80:46"), ("sequential", "copy")] {
        let output = folder.path().join(format!("{strategy}.mkv"));
        let [from, to] = [&source, &output].map(|path| path.to_str().expect("text"));
        let ran = framerace(&["run", from, "-s", strategy, "-f", chain, "-o", to]);
        assert_eq!(ran.status.code(), Some(0), "{}", stderr(&ran));
        assert_eq!(captions(&output), before, "{strategy}");
    }
}

/// OpenCV does not hand captions out.
#[test]
fn captions_that_opencv_does_not_read_are_named() {
    let folder = tempdir().expect("a folder");
    let [with, without] = [made(folder.path(), &CASES[0]), make(folder.path(), "plain.mp4", "")];
    let said = [with, without].map(|path| {
        let ran = framerace(&["run", path.to_str().expect("text"), "-f", "grayscale", "--decoder", "opencv"]);
        assert_eq!(ran.status.code(), Some(0), "{}", stderr(&ran));
        stderr(&ran).contains("captions in its pictures, which OpenCV does not hand out")
    });
    assert_eq!(said, [true, false]);
}
