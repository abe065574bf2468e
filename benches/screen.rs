//! What `run --tui` costs: run with `cargo bench --bench screen` (or `scripts/bench`), which takes some minutes. The same
//! run, on real 720p frames in a real terminal (that of the program `script`), with the screen and without, in turns.
//!
//! It prints and judges nothing by exit code: what a machine reaches depends on the machine.

mod common;

use std::fs::read;
use std::io::{Write, copy, sink};
use std::process::{Command, Stdio};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use common::{Figures, candidate, measure, ratio, show};
use framerace::host::usage::Resources;

const CLIP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/bigbuckbunny.mp4");
/// How long a run goes on.
const SECONDS: u64 = 6;

fn main() -> Result<()> {
    // `cargo test --benches` only asks whether this starts.
    if std::env::args().any(|arg| arg == "--test") {
        return Ok(());
    }
    let rounds = std::env::args().find_map(|arg| arg.parse().ok()).unwrap_or(15);
    let cores = std::thread::available_parallelism()?.get() as f64;
    let mut race = [
        candidate("a core, plain", || in_terminal("-s sequential")),
        candidate("a core, --tui", || in_terminal("-s sequential --tui")),
        candidate("all cores, plain", || in_terminal("-s threads")),
        candidate("all cores, --tui", || in_terminal("-s threads --tui")),
    ];
    measure(&mut race, rounds)?;
    println!("grayscale,blur=ksize=5,edges on the clip, {SECONDS} s, 80x24: medians of {rounds} rounds");
    show(&race, cores);
    let cpu = |f: &Figures| f.1;
    println!("\npromised   measured");
    for name in ["a core", "all cores"] {
        let (with, without) = (format!("{name}, --tui"), format!("{name}, plain"));
        println!("< 1.01     {:.4}  --tui ÷ plain, CPU a frame, {name}", ratio(&race, &with, &without, cpu));
    }
    Ok(())
}

/// A run in a terminal of its own; its CPU time is that of all processes, that of the terminal included.
fn in_terminal(more: &str) -> Result<Figures> {
    let (program, folder) = (env!("CARGO_BIN_EXE_framerace"), tempfile::tempdir()?);
    let json = folder.path().join("result.json");
    let options = format!("--loop 1000 --duration {SECONDS} --no-progress --json '{}' {more}", json.display());
    let run = format!("stty columns 80 rows 24; exec '{program}' run '{CLIP}' {options}");
    let (begin, before) = (Instant::now(), Resources::now(&[]));
    let mut terminal = Command::new("script")
        .args(["--quiet", "--return", "--command", &run, "/dev/null"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("there is no terminal to measure in: script (package bsdutils) is missing")?;
    let mut keys = terminal.stdin.take().context("a terminal has keys")?;
    let mut screen = terminal.stdout.take().context("a terminal has a screen")?;
    let seen = spawn(move || copy(&mut screen, &mut sink()));
    while terminal.try_wait()?.is_none() {
        sleep(Duration::from_millis(100));
        if begin.elapsed() > Duration::from_secs(SECONDS + 1) {
            // Whoever shows a screen waits for a key when all is done.
            let _ = keys.write_all(b"q");
        }
    }
    ensure!(terminal.wait()?.success(), "framerace {options}: it failed");
    let _ = seen.join();
    let cpu = Resources::now(&[]).since(&before).cpu.as_secs_f64();
    let result: serde_json::Value = serde_json::from_slice(&read(json)?)?;
    let strategy = &result["strategies"][0];
    let frames = strategy["ledger"]["delivered"].as_f64().context("a result counts frames")?;
    Ok((strategy["fps"]["median"].as_f64().context("a result has FPS")?, cpu * 1e3 / frames))
}
