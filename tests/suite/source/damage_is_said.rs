//! Damaged videos never lose frames without a word: where the ffmpeg program reports errors and shows other frames than
//! of the whole file, there is a note with counts, in words and in the result. Whole files have no such note.
//!
//! The damage is of another make than that of `damaged_videos`: bytes put in between, ranges of zeros, huge sizes, parts
//! that have changed places, and ends that are missing.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::child::strategy;
use crate::common::odd::{ODD, make};
use crate::common::{framerace, stderr};

const PICTURES: &str = "-f lavfi -i testsrc2=s=160x90:r=25:d=1 -f lavfi -i sine=d=1";

/// Names, and how they are encoded. VP8 and VP9 are not among them: nothing tells their decoders what is wrong.
const WHOLE: &[(&str, &str)] = &[
    ("plain.mp4", "$X -g 10 -c:a aac"),
    ("fragments.mp4", "$X -g 10 -c:a aac -movflags frag_keyframe+empty_moov"),
    ("h264.mkv", "$X -g 10 -c:a libmp3lame"),
    ("mpeg4.mkv", "-c:v mpeg4 -g 10 -c:a libmp3lame"),
    ("ffv1.mkv", "-c:v ffv1 -level 3 -g 10 -c:a flac"),
    ("h264.ts", "$X -g 10 -c:a mp2"),
    ("mpeg2.ts", "-c:v mpeg2video -g 10 -bf 2 -c:a mp2"),
    ("mpeg4.avi", "-c:v mpeg4 -g 10 -c:a libmp3lame"),
];

/// Damaged files of each.
const MUTANTS: u64 = 5;

/// Damages a file, each seed in its own way.
fn damage(whole: &[u8], seed: u64) -> Vec<u8> {
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut bytes = whole.to_vec();
    // The head is small in usual files, and large in these.
    let at = rng.usize(whole.len() / 10..whole.len());
    match seed % 5 {
        0 => {
            let more: Vec<u8> = (0..rng.usize(1..2000)).map(|_| rng.u8(..)).collect();
            drop(bytes.splice(at..at, more));
        }
        1 => {
            let end = (at + rng.usize(4..4000)).min(bytes.len());
            bytes[at..end].fill(0);
        }
        2 => {
            let at = at.min(bytes.len() - 4);
            bytes[at..at + 4].copy_from_slice(&[0x7F, 0xFF, 0xFF, rng.u8(..)]);
        }
        3 => {
            let length = rng.usize(16..2048);
            let (from, to) = (rng.usize(..bytes.len() - 2 * length), bytes.len() - length);
            for n in 0..length {
                bytes.swap(from + n, to + n);
            }
        }
        _ => bytes.truncate(at.max(200)),
    }
    bytes
}

/// The frames that the ffmpeg program makes of a video, and what it says of errors.
fn by_ffmpeg(path: &Path) -> (Vec<String>, String) {
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-threads", "1", "-i"])
        .arg(path)
        .args(["-map", "0:v:0", "-an", "-vsync", "passthrough", "-f", "framemd5", "-"])
        .output()
        .expect("scripts/setup installs ffmpeg");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let hash = |line: &str| line.rsplit(',').next().unwrap_or_default().trim().to_owned();
    let frames = text.lines().filter(|line| !line.starts_with('#')).map(hash).collect();
    (frames, String::from_utf8_lossy(&output.stderr).into_owned())
}

/// What is said of a file.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Word {
    None,
    Damaged,
    Cut,
}

/// Frames that came, and whether damage is said, in words and in figures; none if the file was refused.
fn by_us(path: &Path) -> Option<(u64, Word)> {
    let name = path.to_str().expect("text");
    let output = framerace(&["run", name, "-s", "sequential", "-f", "copy", "--json", "-"]);
    let said = stderr(&output);
    if output.status.code() == Some(1) {
        assert!(said.lines().count() == 1 && said.starts_with("error: "), "{name}: {said}");
        return None;
    }
    let run = strategy(&output);
    let figure = |name: &str| run["damage"][name].as_u64().expect("a number");
    let damaged = figure("lost") + figure("faulty") + figure("places") > 0;
    assert_eq!(said.contains("is damaged: "), damaged, "{name}: {} {said}", run["damage"]);
    // That is no damage of a broadcast, and yet it is said.
    let cut = said.contains("in the middle of a picture");
    let word = if damaged {
        Word::Damaged
    } else if cut {
        Word::Cut
    } else {
        Word::None
    };
    Some((run["ledger"]["captured"].as_u64().expect("a number"), word))
}

fn whole(folder: &Path) -> Vec<PathBuf> {
    WHOLE.iter().map(|(name, how)| make(folder, name, &format!("ffmpeg {PICTURES} {how} $OUT"))).collect()
}

#[test]
fn what_ffmpeg_reports_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut faults = Vec::new();
    let mut noted = 0;
    let clean: HashMap<PathBuf, Vec<String>> =
        whole(folder.path()).into_iter().map(|path| (path.clone(), by_ffmpeg(&path).0)).collect();
    for (path, frames) in &clean {
        assert_eq!(by_us(path), Some((frames.len() as u64, Word::None)), "{}", path.display());
        let bytes = fs::read(path).expect("it was made");
        for seed in 0..MUTANTS {
            // Between two fragments nothing promises more.
            let ends = seed % 5 == 4 && path.ends_with("fragments.mp4");
            let name = path.file_name().expect("a name").to_string_lossy();
            let damaged = path.with_file_name(format!("damaged-{seed}-{name}"));
            fs::write(&damaged, damage(&bytes, seed + name.len() as u64 * 100)).expect("room");
            let (theirs, errors) = by_ffmpeg(&damaged);
            match by_us(&damaged) {
                Some((ours, Word::None)) if ends && ours == theirs.len() as u64 => {}
                None => {}
                Some((_, Word::Damaged | Word::Cut)) => noted += 1,
                Some((ours, Word::None)) if ours == theirs.len() as u64 && (theirs == *frames || errors.is_empty()) => {
                }
                Some((ours, Word::None)) => faults.push(format!(
                    "{}: {ours} frames and no word; {} by ffmpeg, of {}: {errors}",
                    damaged.display(),
                    theirs.len(),
                    frames.len()
                )),
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(noted > 10, "{noted} of them were noted");
}

#[test]
fn whole_files_have_no_such_note() {
    let folder = tempfile::tempdir().expect("a folder");
    let cuts = [
        ("cut.ts", "ffmpeg $V $A $X -g 10 -c:a mp2 one.ts; tail -c +7001 one.ts | head -c -3001 > $OUT"),
        ("open-gop-cut.ts", "ffmpeg $V -c:v mpeg2video -bf 2 -g 6 two.ts; tail -c +20001 two.ts > $OUT"),
        ("cut.mkv", "ffmpeg $V $A -c:v libx264 -g 10 -c:a aac cut.mp4; ffmpeg -ss 0.5 -i cut.mp4 -c copy $OUT"),
        ("cut-end.mp4", "ffmpeg $V $A -c:v libx264 -g 10 -c:a aac cut.mp4; ffmpeg -i cut.mp4 -t 0.5 -c copy $OUT"),
        ("held.gif", "ffmpeg $V -r 10 -final_delay 100 $OUT"),
        ("still.mkv", "ffmpeg $V -vf select='lt(n\\,5)+gt(n\\,20)' -vsync vfr $X $OUT"),
    ];
    let mut faults = Vec::new();
    for (name, commands) in ODD.iter().chain(&cuts) {
        let path = make(folder.path(), name, commands);
        if by_us(&path).is_none_or(|(_, word)| word == Word::Damaged) {
            faults.push(*name);
        }
    }
    assert!(faults.is_empty(), "{faults:?}");
}

#[test]
fn errors_are_in_our_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = make(folder.path(), "head.ogv", "ffmpeg $V -c:v libtheora $OUT");
    let mut bytes = fs::read(&path).expect("it was made");
    bytes[90..120].fill(0);
    fs::write(&path, bytes).expect("room");
    let output = framerace(&["run", path.to_str().expect("text"), "-f", "copy"]);
    let said = stderr(&output);
    assert_eq!((output.status.code(), said.lines().count()), (Some(1), 1), "{said}");
    assert!(said.contains("head.ogv") && !said.contains("not permitted") && !said.contains("os error"), "{said}");
    // Every worker was lost over the only frame there was.
    let lost = ["run", "synthetic:64x48@0x1", "-s", "processes", "-w", "1", "-f", "fault=kind=abort", "--json", "-"];
    let said = stderr(&framerace(&lost));
    assert!(said.contains("workers were lost over every one") && !said.contains("no frames"), "{said}");
}

/// Files, and how many of ten parts of their bytes are left, or are no zeros.
const CUT: &[(&str, &str, usize)] = &[
    ("cut.avi", "ffmpeg $V $A -c:v mpeg4 -c:a libmp3lame $OUT", 5),
    ("cut.gif", "ffmpeg $V -r 10 $OUT", 5),
    ("cut.apng", "ffmpeg $V -r 10 $OUT", 5),
    ("cut.ogv", "ffmpeg $V $A -c:v libtheora -c:a libvorbis $OUT", 5),
    ("cut.mkv", "ffmpeg $V $A $X -g 10 -c:a aac $OUT", 9),
    ("cut-fragments.mp4", "ffmpeg $V $A $X -g 10 -c:a aac -movflags frag_keyframe+empty_moov $OUT", 6),
];
const ZEROED: &[(&str, &str, usize)] = &[
    ("zeros.ts", "ffmpeg $V $A $X -g 10 -c:a mp2 $OUT", 6),
    ("zeros.nut", "ffmpeg $V -c:v ffv1 $OUT", 5),
    ("zeros.mkv", "ffmpeg $V $A $X -g 10 -c:a aac $OUT", 7),
];

#[test]
fn what_was_cut_off_or_never_written_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut faults = Vec::new();
    for (cases, zeros) in [(CUT, false), (ZEROED, true)] {
        for (name, commands, tenths) in cases {
            let path = make(folder.path(), name, commands);
            let mut bytes = fs::read(&path).expect("it was made");
            let whole = bytes.len();
            bytes.truncate(whole * tenths / 10);
            bytes.resize(if zeros { whole } else { bytes.len() }, 0);
            fs::write(&path, bytes).expect("room");
            if by_us(&path).is_none_or(|(_, word)| word != Word::Damaged) {
                faults.push(*name);
            }
        }
    }
    assert!(faults.is_empty(), "{faults:?}");
}

/// What decoders and demuxers tell their log only.
#[test]
fn errors_in_the_log_are_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    let gif = make(folder.path(), "blocks.gif", "ffmpeg $V -r 10 $OUT");
    let mut bytes = fs::read(&gif).expect("it was made");
    let (at, end) = (bytes.len() / 2, bytes.len() / 2 + 700);
    bytes[at..end].iter_mut().for_each(|byte| *byte ^= 0x80);
    fs::write(&gif, bytes).expect("room");
    assert!(!by_ffmpeg(&gif).1.is_empty());
    assert_eq!(by_us(&gif).expect("some frames").1, Word::Damaged);
}

#[test]
fn damaged_sound_does_not_cost_the_pictures() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = make(folder.path(), "sound.ts", "ffmpeg $V $A $X -c:a aac $OUT");
    let mut bytes = fs::read(&path).expect("it was made");
    // The head of AAC packets in the second half.
    let heads: Vec<_> = (bytes.len() / 2..bytes.len() - 2).filter(|at| bytes[*at..*at + 2] == [0xFF, 0xF1]).collect();
    heads.iter().for_each(|at| bytes[*at + 2..*at + 4].fill(0xFF));
    fs::write(&path, bytes).expect("room");
    let output = folder.path().join("out.mkv");
    let names = [&path, &output].map(|path| path.to_str().expect("text"));
    let ran = framerace(&["run", names[0], "-f", "grayscale", "-o", names[1]]);
    let said = stderr(&ran);
    assert_eq!(ran.status.code(), Some(0), "{said}");
    assert!(said.contains("of its packets make") && said.contains("left out"), "{said}");
}

#[test]
fn a_recording_without_its_index_is_called_unfinished() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = make(folder.path(), "unfinished.mp4", "ffmpeg $V $A $X -c:a aac $OUT");
    let mut bytes = fs::read(&path).expect("it was made");
    let index = bytes.windows(4).position(|window| window == b"moov").expect("it is there");
    bytes.truncate(index - 4);
    fs::write(&path, bytes).expect("room");
    let output = framerace(&["run", path.to_str().expect("text"), "-f", "copy"]);
    let said = stderr(&output);
    assert_eq!((output.status.code(), said.lines().count()), (Some(1), 1), "{said}");
    assert!(said.contains("no index (moov)") && said.contains("not finished") && said.contains("untrunc"), "{said}");
}

/// A gap in the times of Ogg may be how it was made; a page that is missing shows in the numbers of the others.
#[test]
fn a_gap_that_ogg_was_made_with_is_no_damage() {
    let folder = tempfile::tempdir().expect("a folder");
    let gap = "ffmpeg $V $A -vf 'select=not(eq(n\\,1)+eq(n\\,12))' -vsync vfr -c:v libtheora -c:a libvorbis $OUT";
    let path = make(folder.path(), "gap.ogv", gap);
    let said = |path: &Path| stderr(&framerace(&["run", path.to_str().expect("text"), "-f", "grayscale"]));
    assert!(!said(&path).contains("is damaged"), "{}", said(&path));
    let copy = format!("{}\nffmpeg -i gap.ogv -t 0.5 -c copy $OUT", gap.replace("$OUT", "gap.ogv"));
    let cut = make(folder.path(), "copied.ogv", &copy);
    assert!(!said(&cut).contains("is damaged"), "{}", said(&cut));
    let bytes = fs::read(&path).expect("readable");
    let starts: Vec<_> =
        bytes.windows(5).enumerate().filter(|(_, window)| *window == b"OggS\0").map(|(at, _)| at).collect();
    let lost = folder.path().join("lost.ogv");
    // The first pages hold the heads of both streams.
    fs::write(&lost, [&bytes[..starts[4]], &bytes[starts[6]..]].concat()).expect("written");
    assert!(said(&lost).contains("is damaged"), "{}", said(&lost));
}
