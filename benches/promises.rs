//! The promises of speed, measured: run with `cargo bench --bench promises` (or `scripts/bench`), which takes some
//! minutes. Every round runs every candidate once, in shuffled order; figures are medians over the rounds, and ratios
//! are medians of the ratios within a round, so that a machine that drifts does not decide.
//!
//! It prints and judges nothing by exit code: what a machine reaches depends on the machine.

mod common;

use std::time::Instant;

use anyhow::Result;
use common::{Figures, candidate, figures, measure, median, ratio, show};
use framerace::child::WorkerCommand;
use framerace::host::libraries;
use framerace::host::usage::Resources;
use framerace::metrics::StageMeter;
use framerace::pipeline::{Settings, Watch};
use framerace::run::run;
use framerace::sink::Null;
use framerace::source::{Decoder, Input, OpenOptions, open};
use framerace::strategy::find;
use opencv::core::{BORDER_DEFAULT, Mat, Size};
use opencv::imgproc;

const CLIP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/bigbuckbunny.mp4");
const CHAIN: &str = "grayscale,blur=ksize=5,edges";

fn main() -> Result<()> {
    // `cargo test --benches` only asks whether this starts.
    if std::env::args().any(|arg| arg == "--test") {
        return Ok(());
    }
    libraries::prepare(1, false)?;
    let cores = std::thread::available_parallelism()?.get() as f64;
    let mut race = [
        candidate("bare loop", || bare_loop(Decoder::Libav)),
        candidate("bare loop, OpenCV's reader", || bare_loop(Decoder::Opencv)),
        candidate("sequential", || strategy("sequential", 5, true)),
        candidate("threads", || strategy("threads", 5, true)),
        candidate("processes", || strategy("processes", 5, true)),
        candidate("processes-pipe", || strategy("processes-pipe", 5, true)),
    ];
    measure(&mut race, 9)?;
    println!("{CHAIN} on the clip, 5 times, {cores} cores: medians of 9 rounds");
    show(&race, cores);
    // A difference of less than a hundredth wants more and shorter rounds.
    let mut clocks = [
        candidate("sequential, clocks on", || strategy("sequential", 1, true)),
        candidate("sequential, clocks off", || strategy("sequential", 1, false)),
        candidate("threads, clocks on", || strategy("threads", 1, true)),
        candidate("threads, clocks off", || strategy("threads", 1, false)),
    ];
    measure(&mut clocks, 31)?;
    println!("\nonce: medians of 31 rounds");
    show(&clocks, cores);

    let (fps, cpu) = (|f: &Figures| f.0, |f: &Figures| f.1);
    let share = median(figures(&race, "threads").iter().map(|f| f.0 * f.1 / 1e3 / cores));
    println!("\npromised   measured");
    println!(">= 1.70    {:.3}   threads ÷ sequential, FPS", ratio(&race, "threads", "sequential", fps));
    println!(">= 0.95    {share:.3}   threads, share of its CPU limit");
    println!(">= 0.97    {:.3}   sequential ÷ bare loop, FPS", ratio(&race, "sequential", "bare loop", fps));
    println!(">= 0.95    {:.3}   processes ÷ threads, FPS", ratio(&race, "processes", "threads", fps));
    for name in ["sequential", "threads"] {
        let (on, off) = (format!("{name}, clocks on"), format!("{name}, clocks off"));
        println!("<= 1.01    {:.3}   clocks on ÷ off, CPU a frame, {name}", ratio(&clocks, &on, &off, cpu));
    }
    Ok(())
}

fn opening(decoder: Decoder, times: u32) -> OpenOptions {
    OpenOptions { times, decoder, ..OpenOptions::default() }
}

/// What nobody can do faster on one thread: read, filter, forget.
fn bare_loop(decoder: Decoder) -> Result<Figures> {
    let mut source = open(&CLIP.parse::<Input>()?, &opening(decoder, 5))?;
    let clock = StageMeter::new("bare", 1, Vec::new(), false).clock();
    let (mut image, mut gray, mut smooth, mut edges) = (Mat::default(), Mat::default(), Mat::default(), Mat::default());
    let (begin, before) = (Instant::now(), Resources::now(&[]));
    let mut frames = 0.0;
    clock.busy(|timer| -> Result<()> {
        while source.read(&mut image, timer)?.is_some() {
            imgproc::cvt_color_def(&image, &mut gray, imgproc::COLOR_BGR2GRAY)?;
            imgproc::gaussian_blur(&gray, &mut smooth, Size::new(5, 5), 0.0, 0.0, BORDER_DEFAULT)?;
            imgproc::canny(&smooth, &mut edges, 50.0, 150.0, 3, false)?;
            frames += 1.0;
        }
        Ok(())
    })?;
    let cpu = Resources::now(&[]).since(&before).cpu;
    Ok((frames / begin.elapsed().as_secs_f64(), cpu.as_secs_f64() * 1e3 / frames))
}

fn strategy(name: &str, times: u32, meters: bool) -> Result<Figures> {
    let settings = Settings {
        open: opening(Decoder::Libav, times),
        meters,
        worker_command: Some(WorkerCommand::new(env!("CARGO_BIN_EXE_framerace"))),
        ..Settings::default()
    };
    let strategy = find(name).expect("a strategy of that name");
    let run = run(strategy, &CLIP.parse()?, &CHAIN.parse()?, &mut Null::default(), &settings, &Watch::default())?;
    // Over the whole run, as the bare loop, and as its CPU time.
    Ok((run.ledger.new_frames() as f64 / run.wall_s, run.cpu_per_frame() * 1e3))
}
