//! Pipes: read once, from the beginning to the end, with their sound; and a video on standard output. Nothing hangs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::common::child::BINARY;
use crate::common::odd::{ffprobe, make};
use crate::common::{framerace, stderr};

const SECONDS: &str = "60";

/// Runs a line of shell, where `$F` is the program; ended if it takes too long.
fn shell(folder: &Path, line: &str) -> Output {
    let line = format!("F='timeout --signal=KILL {SECONDS} {BINARY}'\n{line}");
    Command::new("sh").current_dir(folder).args(["-c", &line]).output().expect("a shell")
}

fn succeeds(folder: &Path, line: &str) -> Output {
    let output = shell(folder, line);
    assert_eq!(output.status.code(), Some(0), "{line}: {}", stderr(&output));
    output
}

/// It must have ended with one line of error that says this.
fn refused(output: &Output, words: &str) {
    let said = stderr(output);
    assert!(output.status.code() != Some(0) && said.lines().count() == 1 && said.contains(words), "{said}");
}

/// Codec and packets of each stream. ffprobe tells those of MPEG-TS twice.
fn streams(path: &Path) -> BTreeSet<String> {
    ffprobe(path, &["-count_packets", "-show_entries", "stream=index,codec_name,nb_read_packets"]).into_iter().collect()
}

fn clips(folder: &Path) -> Vec<PathBuf> {
    [("clip.mkv", "mp3"), ("clip.ts", "mp2"), ("clip.nut", "mp2")]
        .map(|(name, sound)| {
            let sound = if sound == "mp3" { "libmp3lame" } else { sound };
            make(folder, name, &format!("ffmpeg $V $A -c:v libx264 -c:a {sound} $OUT"))
        })
        .to_vec()
}

#[test]
fn a_pipe_is_read_once_with_its_sound() {
    let folder = tempfile::tempdir().expect("a folder");
    for clip in clips(folder.path()) {
        let name = clip.file_name().and_then(|name| name.to_str()).expect("text");
        for input in ["-", "/dev/stdin"] {
            succeeds(folder.path(), &format!("cat {name} | $F run {input} -f grayscale -o out.mkv --quiet"));
            assert_eq!(streams(&folder.path().join("out.mkv")), streams(&clip), "{name} as {input}");
        }
        succeeds(folder.path(), &format!("cat {name} | $F run - -s sequential -f grayscale -o out.mkv --quiet"));
        assert_eq!(streams(&folder.path().join("out.mkv")), streams(&clip), "{name} on one thread");
    }
}

/// FFmpeg reads on into the second file and passes over all others; a pipe cannot be looked at beforehand.
#[test]
fn all_files_that_come_through_one_pipe_are_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let one = &clips(folder.path())[0];
    let count = |path: &Path, select: &str| {
        let asked = ["-select_streams", select, "-count_packets", "-show_entries", "stream=nb_read_packets"];
        ffprobe(path, &asked)[0].parse::<usize>().expect("a number")
    };
    for parts in [1, 2, 3, 4] {
        let all = " clip.mkv".repeat(parts);
        succeeds(folder.path(), &format!("cat{all} | $F run - -f grayscale -o out.mkv --quiet"));
        let out = folder.path().join("out.mkv");
        for select in ["v", "a"] {
            assert_eq!(count(&out, select), parts * count(one, select), "{select} of {parts}");
        }
    }
    // What is no part ends the last one.
    let ran = succeeds(folder.path(), "cat clip.mkv clip.mkv clip.ts | $F run - -f grayscale -o out.mkv");
    assert_eq!(count(&folder.path().join("out.mkv"), "v"), 2 * count(one, "v"), "{}", stderr(&ran));
}

#[test]
fn a_fifo_is_read_once_and_not_waited_for_without_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let clip = &clips(folder.path())[0];
    let fifo = folder.path().join("fifo");
    mknodat(CWD, &fifo, FileType::Fifo, Mode::RWXU, 0).expect("a FIFO");
    succeeds(folder.path(), "cat clip.mkv > fifo & $F run fifo -f grayscale -o out.mkv --quiet");
    assert_eq!(streams(&folder.path().join("out.mkv")), streams(clip));
    let compared = "cat clip.mkv > fifo & $F compare fifo -f grayscale -s threads --rounds 1 --quiet";
    succeeds(folder.path(), compared);
    refused(&framerace(&["run", fifo.to_str().expect("text"), "--timeout", "1"]), "nobody wrote to");
}

#[test]
fn standard_output_takes_the_video_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let clip = &clips(folder.path())[0];
    succeeds(folder.path(), "cat clip.mkv | $F run - -f edges -o - | cat > piped.mkv");
    succeeds(folder.path(), "$F run clip.mkv -f edges -o - > redirected.mkv");
    for name in ["piped.mkv", "redirected.mkv"] {
        let written = folder.path().join(name);
        assert_eq!(streams(&written), streams(clip), "{name}");
        let bytes = std::fs::read(&written).expect("it was written");
        assert_eq!(bytes[..4], [0x1A, 0x45, 0xDF, 0xA3], "it begins as Matroska does");
        let decoded =
            Command::new("ffmpeg").args(["-v", "error", "-i"]).arg(&written).args(["-f", "null", "-"]).output();
        assert_eq!(stderr(&decoded.expect("scripts/setup installs ffmpeg")), "", "{name}");
    }
    let both = framerace(&["run", clip.to_str().expect("text"), "-o", "-", "--json", "-"]);
    refused(&both, "-o - writes the video to standard output");
}

#[test]
fn what_a_pipe_cannot_do_is_said_in_a_line() {
    let folder = tempfile::tempdir().expect("a folder");
    clips(folder.path());
    make(folder.path(), "late-index.mp4", "ffmpeg $V $A $X -c:a aac $OUT");
    for (line, words) in [
        ("cat late-index.mp4 | $F run -", "its index is at its end"),
        ("cat clip.mkv | $F run - --loop 2", "a pipe can be read only once"),
        ("cat clip.mkv | $F compare - --mem 300K", "--mem"),
        ("echo hello | $F run -", "is not a video"),
        (": | $F run -", "/dev/stdin"),
    ] {
        refused(&shell(folder.path(), line), words);
    }
    succeeds(folder.path(), "cat clip.mkv | $F run - -s auto --quiet");
    succeeds(folder.path(), "$F run - -f grayscale --quiet < late-index.mp4");
}
