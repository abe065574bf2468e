//! Real videos in and out: run with `cargo bench --bench videos` (or `scripts/bench`), which takes some minutes. Reading
//! against OpenCV's reader, filtering into an x264 file against the CPU limit and against the ffmpeg program, and a
//! batch of short files against fixed numbers of files at a time. `cargo bench --bench videos -- batch 3` runs only the
//! part of that name, for three rounds.
//!
//! It prints and judges nothing by exit code: what a machine reaches depends on the machine.

mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::thread::available_parallelism;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use common::{Candidate, Figures, candidate, figures, measure, median, ratio, show};
use framerace::host::libraries;
use framerace::host::usage::Resources;
use framerace::metrics::StageMeter;
use framerace::source::{Decoder, OpenOptions, open};
use opencv::core::Mat;
use tempfile::TempDir;

const CLIP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/bigbuckbunny.mp4");
const FRAMES: f64 = 132.0;
/// How often the clip is joined to itself for a long one.
const TIMES: u32 = 5;
const CHAIN: &str = "grayscale,blur=ksize=5,edges";

/// Measures so many rounds on so many cores, and prints what came of it.
type Part = fn(usize, f64) -> Result<()>;

fn main() -> Result<()> {
    // `cargo test --benches` only asks whether this starts.
    if std::env::args().any(|arg| arg == "--test") {
        return Ok(());
    }
    libraries::prepare(1, false)?;
    let asked: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let rounds = asked.iter().find_map(|arg| arg.parse().ok()).unwrap_or(7);
    let cores = available_parallelism()?.get() as f64;
    let parts = [("read", read as Part), ("encode", encode), ("batch", batch)];
    let named = |name: &str| asked.iter().any(|arg| arg == name);
    let all = !parts.iter().any(|(name, _)| named(name));
    for (name, part) in parts {
        if all || named(name) {
            part(rounds, cores)?;
        }
    }
    Ok(())
}

/// Every frame of the clip as BGR, and nothing else.
fn read(rounds: usize, cores: f64) -> Result<()> {
    let threads = available_parallelism()?.get();
    let mut race = [
        candidate("libav, a thread a core", move || read_all(Decoder::Libav, threads)),
        candidate("libav, one thread", || read_all(Decoder::Libav, 1)),
        // OpenCV 4.6 takes a thread a core, whatever it is told.
        candidate("OpenCV, a thread a core", move || read_all(Decoder::Opencv, threads)),
    ];
    measure(&mut race, rounds)?;
    println!("\nreading the clip {TIMES} times: medians of {rounds} rounds");
    show(&race, cores);
    let [fps, cpu] = [|f: &Figures| f.0, |f: &Figures| f.1];
    let (ours, theirs) = ("libav, a thread a core", "OpenCV, a thread a core");
    println!(">= 1.00    {:.3}   libav ÷ OpenCV, FPS, threads alike", ratio(&race, ours, theirs, fps));
    println!(
        "           {:.3}   libav, one thread ÷ OpenCV, CPU a frame",
        ratio(&race, "libav, one thread", theirs, cpu)
    );
    Ok(())
}

fn read_all(decoder: Decoder, decode_threads: usize) -> Result<Figures> {
    let mut source =
        open(&CLIP.parse()?, &OpenOptions { times: TIMES, decoder, decode_threads, ..OpenOptions::default() })?;
    let clock = StageMeter::new("bare", 1, Vec::new(), false).clock();
    let (begin, before, mut image, mut frames) = (Instant::now(), Resources::now(&[]), Mat::default(), 0.0);
    clock.busy(|timer| -> Result<()> {
        while source.read(&mut image, timer)?.is_some() {
            frames += 1.0;
        }
        Ok(())
    })?;
    drop(source);
    let cpu = Resources::now(&[]).since(&before).cpu;
    Ok((frames / begin.elapsed().as_secs_f64(), cpu.as_secs_f64() * 1e3 / frames))
}

/// The long clip, filtered, into an x264 file.
fn encode(rounds: usize, cores: f64) -> Result<()> {
    let folder = Rc::new(tempfile::tempdir()?);
    let long = folder.path().join("long.mp4");
    let ffmpeg = ["ffmpeg", "-v", "error", "-stream_loop", &(TIMES - 1).to_string(), "-i", CLIP, "-c", "copy"]
        .map(str::to_owned);
    program(&ffmpeg, &long)?;
    let with = |before: &[&str], after: &[&str]| -> Vec<String> {
        let input = long.to_string_lossy();
        before.iter().chain([&&*input]).chain(after).map(|&word| word.to_owned()).collect()
    };
    let program_name = env!("CARGO_BIN_EXE_framerace");
    let works = [
        ("run, auto", with(&[program_name, "run"], &["--quiet", "-s", "auto", "-f", CHAIN, "-o"])),
        ("run, threads", with(&[program_name, "run"], &["--quiet", "-s", "threads", "-f", CHAIN, "-o"])),
        ("run, grayscale", with(&[program_name, "run"], &["--quiet", "-s", "threads", "-f", "grayscale", "-o"])),
        ("ffmpeg, gray", with(&["ffmpeg", "-v", "error", "-y", "-i"], &["-vf", "format=gray", "-c:a", "copy"])),
    ];
    let mut race: Vec<Candidate> = works
        .into_iter()
        .map(|(name, words)| {
            let folder = Rc::clone(&folder);
            candidate(name, move || {
                timed(f64::from(TIMES) * FRAMES, || program(&words, &folder.path().join("out.mp4")))
            })
        })
        .collect();
    measure(&mut race, rounds)?;
    println!("\n{TIMES} × the clip into x264, whole programs: medians of {rounds} rounds");
    show(&race, cores);
    let fps = |f: &Figures| f.0;
    let share = |name: &str| median(figures(&race, name).iter().map(|f| f.0 * f.1 / 1e3 / cores));
    println!(">= 0.95    {:.3}   run, threads: share of its CPU limit", share("run, threads"));
    println!(">= 0.95    {:.3}   run, auto: share of its CPU limit", share("run, auto"));
    println!("           {:.3}   run ÷ ffmpeg, FPS, gray only", ratio(&race, "run, grayscale", "ffmpeg, gray", fps));
    Ok(())
}

/// Eight short files: as many at a time as framerace thinks best, and one and two at a time.
fn batch(rounds: usize, cores: f64) -> Result<()> {
    let inputs = Rc::new(tempfile::tempdir()?);
    for n in 0..8 {
        fs::copy(CLIP, inputs.path().join(format!("{n}.mp4")))?;
    }
    let how: [(&str, &[&str]); 3] =
        [("batch", &[]), ("batch --jobs 1", &["--jobs", "1"]), ("batch --jobs 2", &["--jobs", "2"])];
    let mut race = how.map(|(name, more)| {
        let inputs = Rc::clone(&inputs);
        candidate(name, move || timed(8.0 * FRAMES, || do_batch(&inputs, more)))
    });
    measure(&mut race, rounds)?;
    println!("\na batch of 8 short files, {CHAIN}: medians of {rounds} rounds");
    show(&race, cores);
    let fps = |f: &Figures| f.0;
    for other in ["batch --jobs 1", "batch --jobs 2"] {
        println!(">= 1.00    {:.3}   batch ÷ {other}, FPS", ratio(&race, "batch", other, fps));
    }
    Ok(())
}

fn do_batch(inputs: &TempDir, more: &[&str]) -> Result<()> {
    let outputs = tempfile::tempdir()?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_framerace"));
    command.arg("batch").arg(inputs.path()).args(["--quiet", "-f", CHAIN]).args(more).arg("-o").arg(outputs.path());
    ensure!(command.stdin(Stdio::null()).status()?.success(), "a batch failed");
    Ok(())
}

/// Runs a program whose last word is where it writes.
fn program(words: &[String], output: &Path) -> Result<()> {
    let (name, words) = words.split_first().context("a program")?;
    let status = Command::new(name).args(words).arg(output).stdin(Stdio::null()).stdout(Stdio::null()).status();
    ensure!(status.with_context(|| format!("cannot run {name}"))?.success(), "{name} failed");
    Ok(())
}

/// Frames a second of the wall clock, from start to end of a program, and its CPU time and that of its children.
fn timed(frames: f64, work: impl FnOnce() -> Result<()>) -> Result<Figures> {
    let (begin, before) = (Instant::now(), Resources::now(&[]));
    work()?;
    let cpu = Resources::now(&[]).since(&before).cpu;
    Ok((frames / begin.elapsed().as_secs_f64(), cpu.as_secs_f64() * 1e3 / frames))
}
