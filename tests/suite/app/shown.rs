//! What every command shows: on terminals of 80, 100 and 120 columns no line is wrapped, colors are as they are asked for,
//! and the last lines are the answer. The terminal is that of the program `script`.

use std::path::Path;
use std::process::Command;

use crate::common::{CLIP, framerace, skipped, stderr, stdout};
use tempfile::TempDir;
use unicode_width::UnicodeWidthStr;

/// A folder with a result of a comparison, and the clip.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let json = folder.path().join("result.json");
    let work = ["compare", "synthetic:64x48@0x40", "--rounds", "3", "--warmup", "0", "-w", "2", "--quiet"];
    let output = framerace(&[&work[..], &["--json", json.to_str().expect("text")]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    std::os::unix::fs::symlink(CLIP, folder.path().join("clip.mp4")).expect("a link");
    folder
}

/// Runs a command on a terminal of so many columns; everything it wrote there. None where there is no `script`.
fn on_a_terminal(folder: &Path, columns: usize, command: &str) -> Option<String> {
    let command = format!("stty columns {columns} rows 24; $FRAMERACE {command}");
    let mut script = Command::new("script");
    script.current_dir(folder).args(["--quiet", "--return", "--command", &command, "/dev/null"]);
    script.env("FRAMERACE", env!("CARGO_BIN_EXE_framerace")).env("SHELL", "/bin/sh").env_remove("NO_COLOR");
    match script.output() {
        Ok(output) => Some(String::from_utf8(output.stdout).expect("UTF-8")),
        Err(error) => {
            skipped(&format!("there is no terminal: script: {error}"));
            None
        }
    }
}

/// The lines that such a terminal has to wrap, at any time.
fn wrapped(written: &str, columns: usize) -> Vec<String> {
    let mut terminal = vt100::Parser::new(200, u16::try_from(columns).expect("columns"), 0);
    let mut wrapped = Vec::new();
    for piece in written.split_inclusive('\n') {
        terminal.process(piece.as_bytes());
        let screen = terminal.screen();
        let rows = screen.rows(0, columns as u16).enumerate();
        let broken = rows.filter(|(row, _)| screen.row_wrapped(*row as u16)).map(|(_, text)| text);
        wrapped.extend(broken.filter(|text| !text.trim().is_empty()).collect::<Vec<_>>());
    }
    wrapped.dedup();
    wrapped
}

/// Every command, short.
const COMMANDS: &[&str] = &[
    "run clip.mp4 --frames 20",
    "run clip.mp4 --frames 20 -v -s stages",
    "run clip.mp4 --frames 20 -o out.mp4",
    "run synthetic:64x48@0x40 -s auto",
    "run synthetic:64x48@100x30 -s latest",
    "run synthetic:64x48@0x20 -f grayscale,delay=1 --prove=1",
    "compare synthetic:64x48@0x30 --rounds 2 --warmup 0",
    "compare synthetic:64x48@0x30 --rounds 2 --warmup 0 -v -s threads,processes",
    "compare synthetic:64x48@100x30 --duration 0.2 -s threads,latest",
    "compare synthetic:64x48@0x30 --budget 0.5 -s threads,stages",
    "compare synthetic:64x48@0x30 --rounds 2 --sweep workers=1,2,4",
    "compare clip.mp4 --frames 8 --rounds 2 --warmup 0 --sweep size=64x48,1280x720 -v",
    "compare synthetic:64x48@0x30 --rounds 2 --sweep queue=1,2 -s threads,stages",
    "price --size 16x16 --rounds 1 --duration 0.01 -w 2",
    "crash-lab synthetic:64x48@0x20 -s threads,processes --faults panic,kill,wrong-reply",
    "crash-lab synthetic:64x48@0x20 -s threads --faults panic -v",
    "diff result.json result.json",
    "report result.json",
    "report result.json -v",
    "demo bottleneck --rounds 2",
    "demo list",
    "demo bottleneck --explain",
    "batch clip.mp4 -o out -f grayscale --frames 5",
    "filters",
    "strategies",
    "devices",
    "doctor",
    "--help",
    "run --help",
    "run -h",
    "compare --help",
    "batch --help",
    "demo --help",
];

/// Every third command on a terminal of 80 columns, the next on one of 100, the last on one of 120, and so on.
fn no_line_is_wrapped(turn: usize) {
    let folder = folder();
    for (at, command) in COMMANDS.iter().enumerate() {
        let columns = [80, 100, 120][(at + turn) % 3];
        let Some(written) = on_a_terminal(folder.path(), columns, command) else { return };
        let broken = wrapped(&written, columns);
        assert!(broken.is_empty(), "{command} at {columns}: {broken:#?}\n{written}");
    }
}

#[test]
fn no_line_is_wrapped_by_the_terminal() {
    no_line_is_wrapped(0);
}

#[test]
fn no_line_is_wrapped_by_a_terminal_of_another_width() {
    no_line_is_wrapped(1);
}

#[test]
fn no_line_is_wrapped_by_a_terminal_of_a_third_width() {
    no_line_is_wrapped(2);
}

#[test]
fn tables_use_the_columns_there_are() {
    let folder = folder();
    let widest = |columns| {
        let written = on_a_terminal(folder.path(), columns, "report result.json --color never")?;
        written.lines().map(|line| line.trim_end().width()).max()
    };
    let (Some(narrow), Some(wide)) = (widest(80), widest(140)) else { return };
    assert!(narrow < 80 && wide > 90, "{narrow} {wide}");
    let json = folder.path().join("result.json");
    let piped = stdout(&framerace(&["report", json.to_str().expect("text")]));
    assert!(piped.lines().all(|line| line.width() < 80), "{piped}");
}

/// Commands whose output has something that stands out.
const PAINTED: &[&str] = &[
    "report result.json",
    "diff result.json result.json",
    "compare synthetic:64x48@0x30 --rounds 2 --warmup 0 -s threads,stages",
    "compare synthetic:64x48@0x30 --rounds 2 --sweep workers=1,2",
    "run synthetic:64x48@0x30",
    "demo bottleneck --rounds 2",
    "crash-lab synthetic:64x48@0x20 -s threads,processes --faults panic",
    "price --size 16x16 --rounds 1 --duration 0.01 -w 1",
    "batch clip.mp4 -o out -f grayscale --frames 5",
];

#[test]
fn colors_are_shown_as_they_are_asked_for() {
    let folder = folder();
    for command in PAINTED {
        let run = |color: &[&str], no_color: bool| {
            let mut program = Command::new(env!("CARGO_BIN_EXE_framerace"));
            program.current_dir(folder.path()).args(command.split(' ')).args(color).env_remove("NO_COLOR");
            if no_color {
                program.env("NO_COLOR", "1");
            }
            stdout(&program.output().expect("it starts"))
        };
        assert!(run(&["--color", "always"], false).contains("\u{1b}["), "{command}");
        for plain in [run(&["--color", "never"], false), run(&[], false), run(&[], true)] {
            assert!(!plain.is_empty() && !plain.contains('\u{1b}'), "{command}: {plain}");
        }
    }
}

#[test]
fn on_a_terminal_colors_are_shown_unless_the_environment_does_not_want_them() {
    let folder = folder();
    let Some(painted) = on_a_terminal(folder.path(), 80, "report result.json") else { return };
    assert!(painted.contains("\u{1b}[1;32m"), "{painted}");
    for unwanted in ["NO_COLOR=1", "TERM=dumb"] {
        let command = format!("report result.json; export {unwanted}; $FRAMERACE report result.json");
        let both = on_a_terminal(folder.path(), 80, &command).expect("a terminal");
        let plain = &both[both.len() / 2..];
        assert!(both.contains("\u{1b}[") && !plain.contains('\u{1b}'), "{unwanted}: {both}");
    }
}

#[test]
fn the_last_line_is_a_command_to_go_on_with() {
    let folder = folder();
    for command in PAINTED.iter().filter(|command| !command.starts_with("batch")) {
        let mut program = Command::new(env!("CARGO_BIN_EXE_framerace"));
        let output = program.current_dir(folder.path()).args(command.split(' ')).output().expect("it starts");
        let said = stdout(&output);
        let (_, answer) = said.trim_end().rsplit_once("\n\n").expect("an answer of its own");
        assert!(answer.lines().count() <= 6, "{command}: {said}");
        let (_, next) = answer.rsplit_once("next: ").expect("a command");
        assert!(next.starts_with("framerace "), "{command}: {said}");
        // It is read as it stands; `--help` keeps it from doing anything.
        let words = next.replace("\\\n", " ").replace('\'', "");
        let words: Vec<_> = words.split_whitespace().skip(1).collect();
        let help = framerace(&[&words[..], &["--help"]].concat());
        assert!(help.status.success(), "{next}: {}", stderr(&help));
    }
}
