//! `-s auto` against every fixed choice, on chains that ask for different ones: run with `cargo bench --bench auto` (or
//! `scripts/bench`), which takes some minutes. In every round auto calibrates anew, as for a long input, and what it
//! chose runs over the same frames as all the others. The best fixed choice is the best of many that were measured,
//! so luck is on its side. `cargo bench --bench auto -- cheap heavy 3` runs only these works, for three rounds.
//!
//! It prints and judges nothing by exit code: what a machine reaches depends on the machine.

mod common;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Instant;

use anyhow::{Context, Result};
use common::{Candidate, Figures, candidate, figures, measure, median, ratio};
use framerace::child::WorkerCommand;
use framerace::filter::Chain;
use framerace::host::libraries;
use framerace::pipeline::{Limits, Settings, Watch};
use framerace::run::run;
use framerace::sink::Null;
use framerace::source::{Input, OpenOptions};
use framerace::strategy::find;
use framerace::tune::{BUDGET, choose};

const CLIP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/bigbuckbunny.mp4");
/// Unless another number is given.
const ROUNDS: usize = 5;

/// What is done: a name, the input, the chain, frames of a run.
const WORKS: &[(&str, &str, &str, u64)] = &[
    ("cheap", CLIP, "grayscale", 400),
    ("usual", CLIP, "grayscale,blur=ksize=5,edges", 160),
    ("heavy", CLIP, "blur=type=median:ksize=9", 24),
    ("waiting", "synthetic:1280x720@0x100000", "grayscale,delay=10", 200),
];

/// Fixed choices: a name, the strategy, workers, decoder threads.
const FIXED: &[(&str, &str, usize, usize)] = &[
    ("sequential", "sequential", 1, 1),
    ("sequential, 2 decoders", "sequential", 1, 2),
    ("threads, 1 worker", "threads", 1, 1),
    ("threads, 2 workers", "threads", 2, 1),
    ("threads, 3 workers", "threads", 3, 1),
    ("threads, 4 workers", "threads", 4, 1),
    ("threads, 16 workers", "threads", 16, 1),
    ("threads, 1 w., 2 decoders", "threads", 1, 2),
    ("threads, 2 w., 2 decoders", "threads", 2, 2),
    ("stages", "stages", 1, 1),
    ("rayon, 2 workers", "rayon", 2, 1),
    ("tiles, 2 workers", "tiles", 2, 1),
    ("processes, 2 workers", "processes", 2, 1),
];

fn main() -> Result<()> {
    // `cargo test --benches` only asks whether this starts.
    if std::env::args().any(|arg| arg == "--test") {
        return Ok(());
    }
    libraries::prepare(1, false)?;
    let mut promises = Vec::new();
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let rounds = words.iter().find_map(|word| word.parse().ok()).unwrap_or(ROUNDS);
    let asked = |name: &str| words.iter().all(|word| word.parse::<usize>().is_ok()) || words.iter().any(|w| w == name);
    for (name, input, chain, frames) in WORKS.iter().filter(|work| asked(work.0)) {
        promises.push(format!("{}, {name}: {chain}", race(input, chain, *frames, rounds)?));
    }
    println!("\npromised   measured");
    promises.iter().for_each(|promise| println!("{promise}"));
    Ok(())
}

/// Races auto against all fixed choices, and gives the line about its promise.
fn race(input: &str, chain: &str, frames: u64, rounds: usize) -> Result<String> {
    let work = Work { input: input.parse()?, chain: chain.parse()?, frames };
    let chosen: Rc<RefCell<BTreeMap<String, usize>>> = Rc::default();
    let seconds: Rc<RefCell<Vec<f64>>> = Rc::default();
    let mut candidates: Vec<Candidate> = FIXED
        .iter()
        .map(|(name, strategy, workers, decoders)| {
            let work = work.clone();
            candidate(name, move || work.run(strategy, *workers, *decoders))
        })
        .collect();
    let (own, choices, times) = (work, Rc::clone(&chosen), Rc::clone(&seconds));
    candidates.push(candidate("auto", move || {
        let since = Instant::now();
        let choice = choose(&own.input, &own.chain, &own.settings(1000), BUDGET)?;
        times.borrow_mut().push(since.elapsed().as_secs_f64());
        eprintln!("\n{}", choice.why);
        let what = format!(
            "{} -w {}, {} decoder(s)",
            choice.candidate.strategy.name(),
            choice.candidate.workers,
            choice.candidate.decode_threads
        );
        *choices.borrow_mut().entry(what).or_default() += 1;
        own.run(choice.candidate.strategy.name(), choice.candidate.workers, choice.candidate.decode_threads)
    }));
    measure(&mut candidates, rounds)?;
    println!("\n{chain}: {frames} frames, medians of {rounds} rounds");
    let fps = |name: &str| median(figures(&candidates, name).iter().map(|figures| figures.0));
    candidates.iter().for_each(|candidate| println!("{:<28} {:>7.1} FPS", candidate.name, fps(candidate.name)));
    let told = |(what, times): (&String, &usize)| format!("{what} ({times} times)");
    println!("chosen: {}", chosen.borrow().iter().map(told).collect::<Vec<_>>().join("; "));
    println!("calibration: {:.2} s", median(seconds.borrow().iter().copied()));
    let best = FIXED.iter().map(|fixed| fixed.0).max_by(|a, b| fps(a).total_cmp(&fps(b))).context("a best one")?;
    let share = ratio(&candidates, "auto", best, |figures: &Figures| figures.0);
    Ok(format!(">= 0.95    {share:.3}   auto ÷ the best fixed choice ({best}), FPS"))
}

/// Frames that are read and filtered.
#[derive(Clone)]
struct Work {
    input: Input,
    chain: Chain,
    frames: u64,
}

impl Work {
    /// For a file that is played so often.
    fn settings(&self, times: u32) -> Settings {
        Settings {
            open: OpenOptions { times, ..OpenOptions::default() },
            worker_command: Some(WorkerCommand::new(env!("CARGO_BIN_EXE_framerace"))),
            ..Settings::default()
        }
    }

    fn run(&self, strategy: &str, workers: usize, decode_threads: usize) -> Result<Figures> {
        let mut settings = Settings { workers, ..self.settings(1000) };
        settings.limits = Limits { frames: Some(self.frames), duration: None };
        settings.open.decode_threads = decode_threads;
        let strategy = find(strategy).context("a strategy of that name")?;
        let run = run(strategy, &self.input, &self.chain, &mut Null::default(), &settings, &Watch::default())?;
        Ok((run.ledger.new_frames() as f64 / run.wall_s, run.cpu_per_frame() * 1e3))
    }
}
