//! Typical mistakes of newcomers: each gets one line that says what is wrong and what to type instead.

use std::fmt::Write;
use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use crate::common::child::BINARY;
use crate::common::{CLIP, golden, stderr, stdout};

/// Command lines with a mistake each, typed in a folder that holds `clip.mp4` and `videos/holiday.mp4`.
const MISTAKES: &[&str] = &[
    // Commands.
    "comapre clip.mp4",
    "clip.mp4",
    "convert clip.mp4",
    // Inputs.
    "compare 0",
    "compare webcam",
    "compare clop.mp4",
    "run clip.mov",
    "run vidoes/holiday.mp4",
    "run 640x480",
    "run synthetic:640x480",
    "run clip.mp4 synthetic:640x480@30x300",
    "run clip.mp4 videos/holiday.mp4 -o out.mp4",
    "compare",
    "run -i clip.mp4",
    "diff befor.json after.json",
    // Options and their values.
    "run clip.mp4 --frmaes 5",
    "run clip.mp4 --rounds 3",
    "run clip.mp4 --threads 4",
    "run clip.mp4 --as-camera 30",
    "run clip.mp4 --frames 0",
    "run clip.mp4 --frames ten",
    "run clip.mp4 -w 0",
    "run clip.mp4 --duration 5m",
    "run clip.mp4 --mem lots",
    "run clip.mp4 --frames",
    "run clip.mp4 --frames 5 --frames 6",
    "run clip.mp4 --color sometimes",
    "run clip.mp4 --window -o out.mp4",
    "run clip.mp4 --overflow drop",
    "compare clip.mp4 --sweep worker=1..8",
    // Filters.
    "run clip.mp4 -f gray",
    "run clip.mp4 -f grayscale,blurr",
    "run clip.mp4 -f grayscale;blur",
    "run clip.mp4 -f resize=640x360",
    "run clip.mp4 -f scale=640:360",
    "run clip.mp4 -f canny",
    "run clip.mp4 -f blur=size=5",
    "run clip.mp4 -f blur=ksize=4",
    "run clip.mp4 -f blur=type=gausian",
    // Strategies, lessons, faults.
    "run clip.mp4 -s thread",
    "compare clip.mp4 -s threads,asyncio",
    "demo bottelneck",
    "crash-lab clip.mp4 --faults segfalt",
    // Videos that are written.
    "run clip.mp4 -o out.mpeg4",
    "run clip.mp4 -o out.mp4 --codec h265",
    "run clip.mp4 -o out.mp4 --codec x264",
    "run clip.mp4 -o out.mp4 --crf 200",
    "run clip.mp4 -o out.webm --preset fast",
    "run clip.mp4 -o out.mp4 --pix-fmt yuv420",
    "run clip.mp4 --crf 20",
    "batch videos -f grayscale",
    "batch video -o out -f grayscale",
    "batch videos -o out -f grayscale --name {name}.mp4",
];

#[test]
fn mistakes_are_answered_with_what_to_type_instead() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("videos")).expect("a folder");
    for name in ["clip.mp4", "videos/holiday.mp4"] {
        symlink(CLIP, folder.path().join(name)).expect("a link");
    }
    fs::write(folder.path().join("before.json"), "{}").expect("a file");
    let mut all = String::new();
    for line in MISTAKES {
        let output = Command::new(BINARY).current_dir(folder.path()).args(line.split(' ')).output().expect("it starts");
        let said = stderr(&output);
        assert!(matches!(output.status.code(), Some(1 | 2)), "{line}: {said}");
        assert!(
            said.lines().count() == 1 && said.starts_with("error: ") && stdout(&output).is_empty(),
            "{line}: {said}"
        );
        let _ = write!(all, "$ framerace {line}\n{said}\n");
    }
    golden("tests/golden/mistakes.txt", &all);
}
