//! What processes are promised to cost, measured: run with `cargo bench --bench processes` (or `scripts/bench`), which
//! takes some minutes. As in `promises`, every round runs every candidate once, in shuffled order.

mod common;

use std::sync::{Arc, mpsc};
use std::time::Instant;

use anyhow::Result;
use common::{Figures, candidate, figures, measure, median, ratio};
use framerace::child::WorkerCommand;
use framerace::filter::Chain;
use framerace::frame::{Shape, Stamp};
use framerace::host::libraries;
use framerace::host::usage::Resources;
use framerace::metrics::{Run, StageMeter};
use framerace::pipeline::{Limits, Settings, Watch};
use framerace::run::run;
use framerace::sink::Null;
use framerace::source::{OpenOptions, open};
use framerace::strategy::find;

const CLIP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/bigbuckbunny.mp4");
const CHAIN: &str = "grayscale,blur=ksize=5,edges";
/// Work that touches next to nothing of a frame: what the source does to the memory meanwhile must not be measured.
const WORK: &str = "resize=1:1,spin=1";
const FULL_HD: &str = "synthetic:1920x1080@0x10000";

fn main() -> Result<()> {
    // `cargo test --benches` only asks whether this starts.
    if std::env::args().any(|arg| arg == "--test") {
        return Ok(());
    }
    libraries::prepare(1, false)?;
    // `cargo bench --bench processes -- handoff` measures that alone.
    let asked = |part: &str| {
        let mut parts = std::env::args().skip(1).filter(|word| !word.starts_with('-')).peekable();
        parts.peek().is_none() || parts.any(|word| word == part)
    };
    println!("promised   measured");
    if asked("fps") {
        fps()?;
    }
    if asked("handoff") {
        hand_over()?;
    }
    if asked("faults") {
        faults()?;
    }
    Ok(())
}

fn fps() -> Result<()> {
    for (size, input, times, frames) in [("720p", CLIP, 3, None), ("1080p", FULL_HD, 1, Some(250))] {
        let mut race = ["threads", "processes", "processes-pipe"].map(|name| {
            candidate(name, move || strategy(name, input, CHAIN, times, frames, None).map(|run| speed(&run)))
        });
        measure(&mut race, 15)?;
        for (promise, name) in [(">= 0.97", "processes"), ("       ", "processes-pipe")] {
            println!("{promise}    {:.3}   {name} ÷ threads, FPS, {size}", ratio(&race, name, "threads", |f| f.0));
        }
    }
    Ok(())
}

/// One worker with nothing to wait for: what a frame takes beyond the work is what handing it over takes.
fn hand_over() -> Result<()> {
    let with = |name| candidate(name, move || Ok(speed(&strategy(name, FULL_HD, WORK, 1, Some(400), Some(1))?)));
    let mut race = [candidate("work", bare_work), with("threads"), with("processes"), with("processes-pipe")];
    measure(&mut race, 15)?;
    for (promise, name) in [("     ", "threads"), ("<= 15", "processes"), ("     ", "processes-pipe")] {
        let pairs = figures(&race, name).iter().zip(figures(&race, "work"));
        let over = median(pairs.map(|(with, work)| 1e6 / with.0 - 1e6 / work.0));
        println!("{promise}      {over:<7.1} µs a 1080p frame over the work itself, one worker, {name}");
    }
    Ok(())
}

fn faults() -> Result<()> {
    for (what, input, frames) in [("clip", CLIP, 600), ("1080p", FULL_HD, 250)] {
        for name in ["threads", "processes", "processes-pipe"] {
            let faults = strategy(name, input, CHAIN, 5, Some(frames), None)?.steady_faults.unwrap_or(f64::NAN);
            println!("< 5        {faults:<7.2} page faults a frame once all was in use, {what}, {name}");
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
        open: OpenOptions { times, ..OpenOptions::default() },
        limits: Limits { frames, duration: None },
        workers: workers.unwrap_or(Settings::default().workers),
        // One worker is measured to the microsecond, which reading clocks costs, too.
        meters: workers.is_none(),
        worker_command: Some(WorkerCommand::new(env!("CARGO_BIN_EXE_framerace"))),
        ..Settings::default()
    };
    let strategy = find(name).expect("a strategy of that name");
    run(strategy, &input.parse()?, &chain.parse()?, &mut Null::default(), &settings, &Watch::default())
}

/// The work itself, on images that are as cold as those of a run, while somebody else fills images at the same pace as
/// the source of a run does.
fn bare_work() -> Result<Figures> {
    let shape = Shape::bgr(1920, 1080);
    let mut chain = WORK.parse::<Chain>()?.live(shape, Arc::default())?;
    let mut images = (0..12).map(|_| Ok((shape.image()?, chain.output().image()?))).collect::<Result<Vec<_>>>()?;
    let clock = StageMeter::new("bare", 1, Vec::new(), false).clock();
    let frames = 400;
    let (next, wanted) = mpsc::sync_channel::<()>(1);
    std::thread::scope(|s| {
        s.spawn(move || fill_images(shape, &wanted));
        let (begin, before) = (Instant::now(), Resources::now(&[]));
        for index in 0..frames {
            // Nobody is waited for: this frame does not need that one.
            let _ = next.try_send(());
            let at = usize::try_from(index)? % images.len();
            let (input, output) = &mut images[at];
            let stamp = Stamp::new(index, std::time::Duration::ZERO);
            clock.busy(|timer| chain.apply(&stamp, input, output, timer))?;
        }
        let (wall, cpu) = (begin.elapsed(), Resources::now(&[]).since(&before).cpu);
        drop(next);
        Ok((frames as f64 / wall.as_secs_f64(), cpu.as_secs_f64() * 1e3 / frames as f64))
    })
}

fn fill_images(shape: Shape, wanted: &mpsc::Receiver<()>) {
    let mut source = open(&FULL_HD.parse().expect("an input"), &OpenOptions::default()).expect("synthetic frames");
    let clock = StageMeter::new("source", 1, Vec::new(), false).clock();
    let mut images: Vec<_> = (0..12).filter_map(|_| shape.image().ok()).collect();
    for at in (0..images.len()).cycle() {
        if wanted.recv().is_err() || !matches!(clock.busy(|timer| source.read(&mut images[at], timer)), Ok(Some(_))) {
            return;
        }
    }
}
