//! What processes are promised to cost, measured: run with `cargo bench --bench processes` (or `scripts/bench`), which
//! takes some minutes. As in `promises`, every round runs every candidate once, in shuffled order.

mod common;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use common::{Figures, candidate, figures, measure, median, ratio};
use framerace::filter::Chain;
use framerace::frame::{Shape, Stamp};
use framerace::globals;
use framerace::measure::{Resources, Run, StageMeter};
use framerace::sink::Null;
use framerace::source::{Limits, Opening};
use framerace::strategy::{Settings, Watch, find, run};

const CLIP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/bigbuckbunny.mp4");
const CHAIN: &str = "grayscale,blur=ksize=5,edges";
/// One worker, always busy: what it does not spend on the work itself is the price of being handed frames.
const WORK: &str = "grayscale,spin=1";
const FULL_HD: &str = "synthetic:1920x1080@0x10000";

fn main() -> Result<()> {
    // `cargo test --benches` only asks whether this starts.
    if std::env::args().any(|arg| arg == "--test") {
        return Ok(());
    }
    globals::prepare(1, false)?;
    println!("promised   measured");
    for (size, input, times, frames) in [("720p", CLIP, 3, None), ("1080p", FULL_HD, 1, Some(250))] {
        let mut race = ["threads", "processes", "processes-pipe"].map(|name| {
            candidate(name, move || strategy(name, input, CHAIN, times, frames, None).map(|run| speed(&run)))
        });
        measure(&mut race, 15)?;
        let fps = |f: &Figures| f.0;
        println!(">= 0.97    {:.3}   processes ÷ threads, FPS, {size}", ratio(&race, "processes", "threads", fps));
        println!(
            "           {:.3}   processes-pipe ÷ threads, FPS, {size}",
            ratio(&race, "processes-pipe", "threads", fps)
        );
    }
    let mut hand_over = [
        candidate("work", bare_work),
        candidate("threads", || strategy("threads", FULL_HD, WORK, 1, Some(400), Some(1)).map(|run| speed(&run))),
        candidate("processes", || strategy("processes", FULL_HD, WORK, 1, Some(400), Some(1)).map(|run| speed(&run))),
        candidate("processes-pipe", || {
            strategy("processes-pipe", FULL_HD, WORK, 1, Some(400), Some(1)).map(|run| speed(&run))
        }),
    ];
    measure(&mut hand_over, 15)?;
    for (promise, name) in [("          ", "threads"), ("<= 15     ", "processes"), ("          ", "processes-pipe")] {
        let pairs = figures(&hand_over, name).iter().zip(figures(&hand_over, "work"));
        let over = median(pairs.map(|(with, work)| 1e6 / with.0 - 1e6 / work.0));
        println!("{promise} {over:<7.1} µs a 1080p frame over the work itself, one worker, {name}");
    }
    for (name, input, frames) in [("clip", CLIP, 600), ("1080p", FULL_HD, 250)] {
        for strategy_name in ["threads", "processes"] {
            let faults = strategy(strategy_name, input, CHAIN, 5, Some(frames), None)?.steady_faults;
            println!(
                "< 5        {:<7.2} page faults a frame once all was in use, {name}, {strategy_name}",
                faults.unwrap_or(f64::NAN)
            );
        }
    }
    Ok(())
}

fn speed(run: &Run) -> Figures {
    (run.fps(), run.cpu_per_frame() * 1e3)
}

fn strategy(
    name: &str,
    input: &str,
    chain: &str,
    times: u32,
    frames: Option<u64>,
    workers: Option<usize>,
) -> Result<Run> {
    let settings = Settings {
        opening: Opening { times, ..Opening::default() },
        limits: Limits { frames, duration: None },
        workers: workers.unwrap_or(Settings::default().workers),
        // One worker is measured to the microsecond, which reading clocks costs, too.
        meters: workers.is_none(),
        worker_program: Some(PathBuf::from(env!("CARGO_BIN_EXE_framerace"))),
        ..Settings::default()
    };
    let strategy = find(name).expect("a strategy of that name");
    run(strategy, &input.parse()?, &chain.parse()?, &mut Null::default(), &settings, &Watch::default())
}

/// The work itself, on images that are as cold as those of a run.
fn bare_work() -> Result<Figures> {
    let shape = Shape::bgr(1920, 1080);
    let mut chain = WORK.parse::<Chain>()?.live(shape, Arc::default())?;
    let mut images = (0..12).map(|_| Ok((shape.image()?, chain.output().image()?))).collect::<Result<Vec<_>>>()?;
    let clock = StageMeter::new("bare", 1, Vec::new(), false).clock();
    let (begin, before) = (Instant::now(), Resources::now(&[]));
    let frames = 400;
    for index in 0..frames {
        let at = usize::try_from(index)? % images.len();
        let (input, output) = &mut images[at];
        let stamp = Stamp::new(index, std::time::Duration::ZERO);
        clock.busy(|lap| chain.apply(&stamp, input, output, lap))?;
    }
    let (wall, cpu) = (begin.elapsed(), Resources::now(&[]).since(&before).cpu);
    Ok((frames as f64 / wall.as_secs_f64(), cpu.as_secs_f64() * 1e3 / frames as f64))
}
