//! Completion, as a shell asks for it: in a real bash, and in fish where there is one.

use std::process::Command;

use crate::common::{framerace, skipped, stderr, stdout};

/// How bash splits words unless told otherwise.
const WORD_BREAKS: &str = " \t\n\"'><=;|&(:";

/// What bash offers at the end of a line, in the folder of the clip: the candidates, and the options that it was given.
fn in_bash(line: &str) -> (Vec<String>, String) {
    const SCRIPT: &str = r#"
        source <("$0" completions bash) || exit
        COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDBREAKS=$2
        compopt() { options+="$*"; }
        _framerace "$0"
        echo "${options-}"
        [[ ${#COMPREPLY[@]} -eq 0 ]] || printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let mut bash = Command::new("bash");
    bash.args(["--norc", "-c", SCRIPT, env!("CARGO_BIN_EXE_framerace"), line, WORD_BREAKS]);
    let output = bash.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/assets")).output().expect("bash");
    assert!(output.stderr.is_empty(), "{line}: {}", stderr(&output));
    let text = stdout(&output);
    let mut lines = text.lines().map(String::from);
    let options = lines.next().unwrap_or_default();
    (lines.collect(), options)
}

#[test]
fn bash_completes_filters_and_their_options() {
    for (line, expected) in [
        ("framerace run x -f gr", "grayscale"),
        ("framerace run x -f grayscale,th", "grayscale,threshold"),
        ("framerace run x -f blur=", "ksize= sigma= type="),
        ("framerace run x -f blur=si", "sigma="),
        ("framerace compare x --filter grayscale,blur=ksize=5:", "sigma= type="),
        ("framerace compare x --filter=blur=type=", "gaussian median box bilateral"),
        ("framerace batch x -f blur=type=m", "median"),
        ("framerace run x -f blur=ksize=", "5"),
        ("framerace run x -f none=", ""),
        ("framerace run x -f fau", ""),
    ] {
        let (found, options) = in_bash(line);
        assert_eq!(found.join(" "), expected, "{line}");
        assert!(found.is_empty() || options.contains("nospace"), "{line}: a chain can go on: {options}");
    }
}

#[test]
fn bash_completes_commands_options_strategies_lessons_and_files() {
    for (line, expected) in [
        ("framerace comp", "compare completions"),
        ("framerace compare x -s til", "tiles"),
        ("framerace compare x -s threads,stag", "threads,stages"),
        ("framerace run x -s au", "auto"),
        ("framerace run x --dec", "--decoder --decode-threads"),
        ("framerace demo bot", "bottleneck"),
        ("framerace demo queue amd", "amdahl"),
        ("framerace filters th", "threshold"),
        ("framerace strategies la", "latest"),
        ("framerace help rec", "record"),
        ("framerace crash-lab x --faults panic,ki", "panic,kill"),
        ("framerace run x -o y.mp4 --codec h", "h264 hevc"),
        ("framerace compare x --sweep wo", "workers="),
        ("framerace run x --overflow drop-", "drop-newest drop-oldest"),
        ("framerace run syn", "synthetic:"),
        ("framerace run big", "bigbuckbunny.mp4"),
        ("framerace run ../asse", "../assets/"),
        ("framerace completions ", "bash zsh fish"),
    ] {
        let (found, _) = in_bash(line);
        assert_eq!(found.join(" "), expected, "{line}");
    }
    let (found, options) = in_bash("framerace run ");
    assert!(found.iter().any(|file| file == "bigbuckbunny.mp4"), "{found:?}");
    assert!(found.iter().all(|word| !word.starts_with('-')), "options only after a dash: {found:?} {options}");
    let (_, options) = in_bash("framerace run big");
    assert!(options.contains("filenames"), "bash quotes the names of files: {options}");
}

#[test]
fn fish_completes_filters_and_their_options() {
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_framerace"));
    let path = format!("{}:/usr/bin:/bin", program.parent().expect("a folder").display());
    for (line, expected) in [
        ("framerace run x -f grayscale,blur=type=b", ["grayscale,blur=type=box", "grayscale,blur=type=bilateral"]),
        ("framerace compare x -s threads,p", ["threads,processes", "threads,processes-pipe"]),
    ] {
        let script = format!("framerace completions fish | source; complete -C '{line}'");
        let Ok(output) = Command::new("fish").args(["--no-config", "-c", &script]).env("PATH", &path).output() else {
            return skipped("completion in fish: it is not here");
        };
        let text = stdout(&output);
        let found: Vec<_> = text.lines().filter_map(|line| line.split('\t').next()).collect();
        assert_eq!(found, expected, "{line}: {}", stderr(&output));
    }
}

#[test]
fn the_script_for_each_shell_names_the_program() {
    for shell in ["bash", "zsh", "fish"] {
        let output = framerace(&["completions", shell]);
        assert!(output.status.success() && stdout(&output).contains("framerace"), "{shell}");
    }
    assert_eq!(framerace(&["completions", "tcsh"]).status.code(), Some(2));
}
