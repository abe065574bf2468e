//! The README cannot drift: its commands are run, its names are those of the lists, its example compiles.

use std::fs::read_to_string;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use framerace::filter::FILTERS;
use framerace::strategy::STRATEGIES;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn readme() -> String {
    read_to_string(Path::new(ROOT).join("README.md")).expect("a README")
}

#[test]
fn it_names_every_strategy_and_every_filter() {
    let readme = readme();
    for strategy in STRATEGIES {
        assert!(readme.contains(&format!("\n| `{}` |", strategy.name())), "{}", strategy.name());
    }
    for filter in FILTERS.iter().filter(|filter| !filter.hidden) {
        assert!(readme.contains(&format!("`{}`", filter.name)), "{}", filter.name);
    }
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
    fn its_commands_work() {
        let folder = tempfile::tempdir().expect("a folder");
        symlink(Path::new(ROOT).join("assets/bigbuckbunny.mp4"), folder.path().join("clip.mp4")).expect("a link");
        let readme = readme();
        let commands: Vec<_> = readme.lines().filter_map(|line| line.strip_prefix("$ framerace ")).collect();
        assert!(commands.len() >= 5, "{commands:?}");
        for command in commands {
            let mut framerace = Command::new(env!("CARGO_BIN_EXE_framerace"));
            // As it stands, only shorter.
            let shorter: &[&str] = match command.split(' ').next() {
                Some("compare") => &["--frames", "6", "--rounds", "1", "--warmup", "2"],
                Some("price") => &["--rounds", "1", "--duration", "0.01", "--workers", "1"],
                Some("crash-lab") => &["--frames", "40"],
                Some("demo") if command.contains("--explain") || command.ends_with("list") => &[],
                Some("demo") => &["--rounds", "1"],
                Some("devices" | "doctor" | "report" | "diff") => &[],
                _ => &["--frames", "6"],
            };
            // Nothing in it has a blank within quotes, so a word is a word.
            let words = command.split_whitespace().map(|word| word.trim_matches('\''));
            let words = words.map(|word| if word.starts_with("--prove") { "--prove=1" } else { word });
            framerace.args(words).args(shorter).current_dir(folder.path());
            let output = framerace.output().expect("it starts");
            assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
        }
    }
}
