//! Damaged videos: whatever is in a file, reading it ends in time and in bounded memory, with frames or with one line that
//! says what is wrong. They are read in processes of their own, so that a crash of a decoder is seen.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::common::odd::make;
use crate::common::stderr;
use framerace::batch::JOURNAL_FILE;

/// Containers that are damaged, with small pictures, so that much of a file is structure.
const WHOLE: &[(&str, &str)] = &[
    ("small-mp4.mp4", "ffmpeg -f lavfi -i testsrc2=s=48x32:d=0.4 -f lavfi -i sine=d=0.4 $X -c:a aac $OUT"),
    (
        "small-mkv.mkv",
        "ffmpeg -f lavfi -i testsrc2=s=48x32:d=0.4 -f lavfi -i sine=d=0.4 -c:v mpeg4 -c:a libmp3lame $OUT",
    ),
    (
        "small-webm.webm",
        "ffmpeg -f lavfi -i testsrc2=s=48x32:d=0.4 -c:v libvpx-vp9 -deadline realtime -cpu-used 8 $OUT",
    ),
    ("small-ts.ts", "ffmpeg -f lavfi -i testsrc2=s=48x32:d=0.4 -c:v mpeg2video $OUT"),
];

/// Damaged files of each container, eight kinds of damage in turn, and which readers read them.
const MUTANTS: u64 = 75;
const READERS: &[&str] = &["libav", "opencv"];

/// Seconds a reader may take, however busy the machine, and KB of address space it may have.
const AT_MOST: u32 = 60;
const AT_MOST_IN_ALL: u32 = 1800;
const MEMORY: u32 = 3_000_000;

/// Damages a file, each seed in its own way.
fn damage(whole: &[u8], seed: u64) -> Vec<u8> {
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut bytes = whole.to_vec();
    let at = rng.usize(..bytes.len());
    let length = rng.usize(1..200).min(bytes.len() - at);
    match seed % 8 {
        0 => bytes[at] ^= 1 << rng.u8(..8),
        1 => bytes[at] = 0xFF,
        2 => (0..20).for_each(|_| bytes[rng.usize(..whole.len())] = rng.u8(..)),
        3 => bytes.truncate(at),
        4 => drop(bytes.drain(at..at + length)),
        5 => bytes[at..at + length].fill(0),
        6 => drop(bytes.splice(at..at, whole[at..at + length].to_vec())),
        // The size of an MP4 box, where there is one: its four bytes come before a name.
        _ => {
            let names: &[&[u8]] = &[b"moov", b"trak", b"stsd", b"avc1", b"avcC", b"stts", b"stsz", b"stco", b"ctts"];
            let name = names[rng.usize(..names.len())];
            let found = bytes.windows(4).position(|window| window == name).filter(|at| *at >= 4);
            let (at, size) = (found.map_or(at.min(bytes.len() - 4), |at| at - 4), rng.u32(..));
            bytes[at..at + 4].copy_from_slice(&size.to_be_bytes());
        }
    }
    bytes
}

fn read(path: &Path, reader: &str) -> Output {
    let limits = format!("ulimit -v {MEMORY}; exec timeout --signal=KILL {AT_MOST} \"$0\" \"$@\"");
    let run = ["run", "-s", "sequential", "-f", "grayscale", "--no-progress", "--decoder", reader];
    Command::new("sh")
        .args(["-c", &limits, env!("CARGO_BIN_EXE_framerace")])
        .args(run)
        .arg(path)
        .output()
        .expect("a shell")
}

/// What is wrong with how a damaged file was read.
fn fault(output: &Output) -> Option<String> {
    let said = stderr(output);
    let errors = said.lines().filter(|line| line.starts_with("error")).count();
    match output.status.code() {
        Some(0) => None,
        Some(1) if errors == 1 && !said.contains("panicked") => None,
        _ => Some(format!("{}: {said}", output.status)),
    }
}

/// Makes every container with the damage of these seeds, as files `SEED-NAME` in a folder.
fn damaged(folder: &Path, seeds: Range<u64>) -> Vec<PathBuf> {
    let whole: Vec<_> = WHOLE.iter().map(|(name, commands)| (name, make(folder, name, commands))).collect();
    let into = folder.join("in");
    std::fs::create_dir(&into).expect("a folder");
    let one = |seed: u64, name: &str, whole: &Path| {
        let path = into.join(format!("{seed}-{name}"));
        std::fs::write(&path, damage(&std::fs::read(whole).expect("it was made"), seed)).expect("room");
        path
    };
    seeds.flat_map(|seed| whole.iter().map(move |(name, whole)| one(seed, name, whole))).collect()
}

/// Of each kind of damage one, in a process of its own, as a user would read it.
#[test]
fn damaged_videos_end_with_frames_or_one_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let paths = damaged(folder.path(), 0..8);
    let each = paths.iter().flat_map(|path| READERS.iter().map(move |reader| (path, reader)));
    let found = |(path, reader): (&PathBuf, &&str)| {
        fault(&read(path, reader)).map(|fault| format!("{} by {reader}: {fault}", path.display()))
    };
    let faults: Vec<_> = each.filter_map(found).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Many more, one after the other in the processes of a batch: it says which file such a process died of.
mod thorough {
    use super::*;

    #[test]
    fn a_batch_gets_through_damaged_videos() {
        let folder = tempfile::tempdir().expect("a folder");
        let paths = damaged(folder.path(), 0..MUTANTS);
        for reader in READERS {
            let limits = format!("ulimit -v {MEMORY}; exec timeout --signal=KILL {AT_MOST_IN_ALL} \"$0\" \"$@\"");
            let output = Command::new("sh")
                .args(["-c", &limits, env!("CARGO_BIN_EXE_framerace"), "batch", "in", "-o", reader])
                .args(["-s", "sequential", "-f", "grayscale", "--decoder", reader])
                .current_dir(folder.path())
                .output()
                .expect("a shell");
            let said = stderr(&output);
            assert!(matches!(output.status.code(), Some(0 | 1)), "{reader}: {}: {said}", output.status);
            assert!(!said.contains("panicked") && !said.contains("died"), "{reader}: {said}");
            // Each is done, though maybe damaged, or has failed, and who has failed has one line, at once and again at the end.
            let journal = std::fs::read_to_string(folder.path().join(reader).join(JOURNAL_FILE)).expect("a journal");
            let count = |state: &str| journal.matches(&format!("\"state\":\"{state}\"")).count();
            let done = count("done") + count("damaged");
            assert_eq!(done + count("failed"), paths.len(), "{reader}: {said}");
            let failures: BTreeSet<_> = said.lines().filter(|line| line.starts_with("failed: ")).collect();
            assert_eq!(failures.len(), count("failed"), "{reader}: {said}");
            assert!(done > paths.len() / 4 && count("failed") > 0, "{reader}: {said}");
        }
    }
}

/// The container says one size, the pictures another; a decoder would take two gigabytes for the first.
#[test]
fn a_file_that_announces_huge_pictures_is_refused_before_they_take_memory() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = make(folder.path(), "mjpeg.mkv", "ffmpeg -f lavfi -i testsrc2=s=48x32:d=0.4 -c:v mjpeg $OUT");
    let mut bytes = std::fs::read(&path).expect("it was made");
    // The frame headers of JPEG: marker, length, depth, height, width.
    let heads: Vec<_> =
        bytes.windows(5).enumerate().filter(|(_, w)| *w == [0xFF, 0xC0, 0, 17, 8]).map(|(at, _)| at).collect();
    assert!(!heads.is_empty(), "there are frames");
    for at in heads {
        bytes[at + 5..at + 9].copy_from_slice(&[0x7F, 0xFF, 0x7F, 0xFF]);
    }
    std::fs::write(&path, bytes).expect("room");
    for reader in READERS {
        // Little more than the program itself takes.
        let limits = "ulimit -v 1500000; exec \"$0\" \"$@\"";
        let output = Command::new("sh")
            .args(["-c", limits, env!("CARGO_BIN_EXE_framerace"), "run", "-s", "sequential", "-f", "grayscale"])
            .args(["--mem", "512M", "--decoder", reader])
            .arg(&path)
            .output()
            .expect("a shell");
        let said = stderr(&output);
        assert_eq!((output.status.code(), said.lines().count()), (Some(1), 1), "{reader}: {said}");
    }
}

#[test]
fn a_file_of_large_pictures_says_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = make(folder.path(), "large.mp4", "ffmpeg -f lavfi -i color=s=4000x2000:d=0.1 $X $OUT");
    let arguments = ["run", "-s", "sequential", "-f", "grayscale", "--mem", "10M"];
    let output = Command::new(env!("CARGO_BIN_EXE_framerace")).args(arguments).arg(&path).output().expect("it starts");
    let said = stderr(&output);
    assert!(said.contains("4000x2000") && said.contains("--mem") && said.lines().count() == 1, "{said}");
}

/// Replaces bytes wherever they are, as many as there were, from the place number `from` on; it must be there.
fn patch(path: &Path, old: &[u8], new: &[u8], from: usize) {
    let mut bytes = std::fs::read(path).expect("it was made");
    let found: Vec<_> = bytes.windows(old.len()).enumerate().filter(|(_, w)| *w == old).map(|(at, _)| at).collect();
    assert!(found.len() > from, "{} has {} of them", path.display(), found.len());
    found[from..].iter().for_each(|at| bytes[*at..*at + new.len()].copy_from_slice(new));
    std::fs::write(path, bytes).expect("room");
}

/// MPEG-2's sequence header with 48x32 pictures, and one that says they have 4095x4095.
const SMALL: &[u8] = &[0, 0, 1, 0xB3, 0x03, 0x00, 0x20];
const HUGE: &[u8] = &[0, 0, 1, 0xB3, 0xFF, 0xFF, 0xFF];

/// Little more memory than the program itself takes.
fn run_in_little_memory(path: &Path) -> (Option<i32>, String) {
    let output = Command::new("sh")
        .args(["-c", "ulimit -v 1500000; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_framerace"), "run"])
        .args(["-s", "sequential", "-f", "grayscale", "--mem", "20M"])
        .arg(path)
        .output()
        .expect("a shell");
    (output.status.code(), stderr(&output))
}

/// In some containers streams are met only while the file is looked at.
#[test]
fn huge_pictures_are_refused_in_containers_without_a_head_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let video = "ffmpeg -f lavfi -i testsrc2=s=48x32:d=1 -f lavfi -i sine=d=1 -c:v mpeg2video -g 5";
    for (name, more) in [("huge.ts", "-c:a mp2"), ("huge.mpg", "-c:a mp2"), ("huge.mkv", ""), ("huge.m2v", "-an")] {
        let path = make(folder.path(), name, &format!("{video} {more} $OUT"));
        patch(&path, SMALL, HUGE, 0);
        let (code, said) = run_in_little_memory(&path);
        assert_eq!((code, said.lines().count()), (Some(1), 1), "{name}: {said}");
        assert!(said.contains("--mem"), "{name}: {said}");
    }
}

#[test]
fn pictures_that_become_huge_are_passed_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let video =
        "ffmpeg -f lavfi -i testsrc2=s=48x32:d=1 -c:v mpeg2video -g 5 -flags +cgop -sc_threshold 1000000000 $OUT";
    for name in ["grows.ts", "grows.mkv"] {
        let path = make(folder.path(), name, video);
        patch(&path, SMALL, HUGE, 3);
        let (code, said) = run_in_little_memory(&path);
        assert_eq!(code, Some(0), "{name}: {said}");
        assert!(said.contains("damaged") || said.contains("announces"), "{name}: {said}");
    }
}

/// The container may lie, too: then the pictures are right, or the lie is told.
#[test]
fn a_container_that_lies_about_the_size_does_no_harm() {
    let folder = tempfile::tempdir().expect("a folder");
    let (small, huge) = ([0xB0, 0x82, 1, 0x2C, 0xBA, 0x81, 200], [0xB0, 0x82, 0x40, 0, 0xBA, 0x81, 255]);
    for (codec, name) in [("libx264", "lies-264.mkv"), ("mjpeg", "lies-mjpeg.mkv"), ("ffv1", "lies-ffv1.mkv")] {
        let path = make(folder.path(), name, &format!("ffmpeg -f lavfi -i testsrc2=s=300x200:d=0.2 -c:v {codec} $OUT"));
        patch(&path, &small, &huge, 0);
        let (code, said) = run_in_little_memory(&path);
        let refused = code == Some(1) && said.lines().count() == 1 && said.contains("16384x255");
        assert!(code == Some(0) || refused, "{name}: {code:?} {said}");
    }
}
