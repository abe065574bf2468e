//! Worker processes with a hostile library in them, and what is asked after every attack.

use std::fs::{self, read_dir};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use anyhow::Result;
use framerace::child::WorkerCommand;
use framerace::metrics::Run;
use framerace::pipeline::Settings;
use framerace::strategy::find;
use tempfile::TempDir;

use crate::common::child::{BINARY, wait_until};
use crate::common::{run_on, settings};

pub const INPUT: &str = "synthetic:64x48@0x40";
/// Leaves the frames as they are.
pub const CHAIN: &str = "delay=1";

/// Workers of which the first `times` are attacked. Whatever they start carries the name of the folder.
pub struct Hostile {
    folder: TempDir,
    attack: String,
    times: usize,
    says: String,
}

impl Hostile {
    pub fn new(attack: &str, times: usize) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self { folder, attack: attack.into(), times, says: String::new() }
    }

    /// Its first workers answer these bytes.
    pub fn saying(bytes: &[u8]) -> Self {
        let says = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Self { says, ..Self::new("says-what-was-made-up", 1) }
    }

    pub fn variables(&self) -> [(&'static str, String); 5] {
        [
            ("LD_PRELOAD", library().display().to_string()),
            ("HOSTILE_ATTACK", self.attack.clone()),
            ("HOSTILE_TIMES", self.times.to_string()),
            ("HOSTILE_SAYS", self.says.clone()),
            ("HOSTILE_FOLDER", self.folder.path().display().to_string()),
        ]
    }

    /// How many workers were attacked.
    pub fn attacked(&self) -> usize {
        read_dir(self.folder.path()).expect("its folder").count()
    }

    /// Runs a strategy in this process, with such workers.
    pub fn run(&self, strategy: &str, more: &Settings) -> Result<Run> {
        let variables = self.variables().map(|(name, value)| format!("{name}={value}"));
        let args = variables.into_iter().chain([BINARY.to_owned()]).collect();
        let command = WorkerCommand { args, ..WorkerCommand::new("/usr/bin/env") };
        let settings = Settings { worker_command: Some(command), ..more.clone() };
        let begun = Instant::now();
        let ran = run_on(find(strategy).expect("a strategy"), INPUT, CHAIN, &settings);
        assert!(begun.elapsed() < Duration::from_secs(60), "{strategy}, {}: it hung", self.attack);
        wait_until(&format!("{strategy}, {}: nothing is left", self.attack), || self.processes().is_empty());
        ran
    }

    /// Processes that carry its mark, but for those that have ended.
    pub fn processes(&self) -> Vec<u32> {
        let mark = format!("HOSTILE_FOLDER={}", self.folder.path().display());
        let pids = read_dir("/proc").expect("processes").flatten();
        let carries = |pid: &u32| {
            let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            environment.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes())
        };
        pids.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(carries).collect()
    }
}

/// Two workers that are given up soon.
pub fn impatient() -> Settings {
    Settings { frame_timeout: Duration::from_millis(400), ..settings() }
}

/// One worker at a time, so that it is sure to be given frames.
pub fn alone() -> Settings {
    Settings { workers: 1, ..impatient() }
}

/// The run that is right.
pub fn right() -> &'static Run {
    static RIGHT: OnceLock<Run> = OnceLock::new();
    RIGHT.get_or_init(|| run_on(find("sequential").expect("a strategy"), INPUT, CHAIN, &settings()).expect("a run"))
}

/// The library, built once.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let built = LIBRARY.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let (to, from) =
            (folder.path().join("hostile.so"), concat!(env!("CARGO_MANIFEST_DIR"), "/tests/attack/hostile_worker.c"));
        let mut compiler = Command::new("clang");
        compiler.args(["-shared", "-fPIC", "-O1", "-Wall", "-Wno-unused-result", "-pthread", from, "-o"]).arg(&to);
        assert!(compiler.status().expect("scripts/setup installs clang").success());
        (folder, to)
    });
    &built.1
}
