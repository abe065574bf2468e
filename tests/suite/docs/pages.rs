//! The README and the book cannot drift: their commands are run, their names are those of the lists.

use std::fs::read_to_string;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use rayon::prelude::*;

use super::book::{ROOT, pages};

fn readme() -> String {
    read_to_string(Path::new(ROOT).join("README.md")).expect("a README")
}

#[test]
fn the_readme_is_a_beginning_and_not_the_manual() {
    assert!(readme().lines().count() <= 260);
}

#[test]
fn it_says_the_versions_that_are_true() {
    let manifest = read_to_string(Path::new(ROOT).join("Cargo.toml")).expect("a manifest");
    let setup = read_to_string(Path::new(ROOT).join("scripts/setup")).expect("a script");
    let version =
        manifest.lines().find_map(|line| line.strip_prefix("rust-version = ")).expect("a version").trim_matches('"');
    assert!(readme().contains(&format!(" {version} or newer")));
    assert!(setup.contains(&format!("rust={version}\n")));
}

/// All commands.
mod thorough {
    use super::*;

    #[test]
    fn the_commands_of_every_page_work() {
        let ran: Vec<_> = pages().par_iter().map(|(path, text)| run_commands(path, text)).collect();
        let count: usize = ran.iter().map(|(count, _)| count).sum();
        let failed: Vec<_> = ran.into_iter().flat_map(|(_, failed)| failed).collect();
        assert!(failed.is_empty(), "{failed:#?}");
        assert!(count >= 30, "{count} commands");
    }
}

/// Runs the commands of a page in a folder of its own, in order: how many there are, and what failed.
fn run_commands(path: &Path, text: &str) -> (usize, Vec<String>) {
    let folder = tempfile::tempdir().expect("a folder");
    symlink(Path::new(ROOT).join("assets/bigbuckbunny.mp4"), folder.path().join("clip.mp4")).expect("a link");
    let commands: Vec<_> = commands(text).collect();
    let fails = |command: &&str| {
        let mut program = command.strip_prefix("framerace ").map_or_else(|| by_shell(command), shorter);
        let output = program.current_dir(folder.path()).output().expect("it starts");
        let said = String::from_utf8_lossy(&output.stderr);
        (!output.status.success()).then(|| format!("{}: {command}: {said}", path.display()))
    };
    (commands.len(), commands.iter().filter_map(fails).collect())
}

/// The commands that a page shows on a console.
fn commands(text: &str) -> impl Iterator<Item = &str> {
    let mut on_console = false;
    text.lines().filter_map(move |line| {
        if line.starts_with("```") {
            on_console = line == "```console";
        }
        line.strip_prefix("$ ").filter(|_| on_console)
    })
}

/// A command of other programs, or of framerace and others.
fn by_shell(command: &str) -> Command {
    let folder = Path::new(env!("CARGO_BIN_EXE_framerace")).parent().expect("a folder");
    let path = std::env::var("PATH").expect("a path");
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).env("PATH", format!("{}:{path}", folder.display()));
    shell
}

/// A command as it stands, only shorter, on small frames, and with a synthetic camera in place of a real one.
fn shorter(command: &str) -> Command {
    let options: &[&str] = match command.split(' ').next() {
        Some("compare") if command.contains("camera:") => &["--duration", "0.2", "--rounds", "1", "--no-race"],
        Some("compare") => &["--frames", "6", "--rounds", "1", "--warmup", "2"],
        Some("capacity") => &["--step", "0.3"],
        Some("price") => &["--rounds", "1", "--duration", "0.01", "--workers", "1"],
        Some("crash-lab") => &["--frames", "40"],
        Some("demo") if command.contains("--explain") || command.ends_with("list") => &[],
        Some("demo") => &["--rounds", "1"],
        Some(
            "devices" | "doctor" | "report" | "diff" | "filters" | "strategies" | "help" | "work" | "merge" | "status",
        ) => &[],
        _ => &["--frames", "6"],
    };
    // Nothing in it has a blank within quotes, so a word is a word.
    let command = command.replace("1920x1080", "320x180").replace("1280x720", "160x90");
    let words = command.split_whitespace().map(|word| word.trim_matches('\'')).map(|word| match word {
        "camera:0" => "synthetic:320x240@30x300",
        _ if word.starts_with("--prove") => "--prove=1",
        _ => word,
    });
    let mut framerace = Command::new(env!("CARGO_BIN_EXE_framerace"));
    framerace.args(words).args(options);
    framerace
}
