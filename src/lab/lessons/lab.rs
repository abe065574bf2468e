//! The lab: frames in memory, runs of strategies, rounds in shuffled order. It measures, and knows nothing of what the
//! figures mean.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use opencv::core::Mat;
use parking_lot::Mutex;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use super::measured::{Figure, Measured};
use crate::child::WorkerCommand;
use crate::frame::{Shape, Timing};
use crate::host::interference::ProcessorTimes;
use crate::host::machine::{Machine, available_memory};
use crate::host::usage::Resources;
use crate::metrics::{Run, StageTimer};
use crate::pipeline::{Limits, Settings, Step, Watch};
use crate::run::run_source;
use crate::sink::Null;
use crate::source::{Input, OpenOptions, Preloaded, Source, SourceInfo, SyntheticSpec, open};
use crate::strategy::find;

/// A part of an experiment, done once in each round. It notes what it measured.
pub type Trial<'a> = &'a dyn Fn(&mut Notes) -> Result<()>;

/// What one trial measured in one round.
#[derive(Default)]
pub struct Notes(Vec<(String, String, f64)>);

impl Notes {
    /// Notes a figure.
    pub fn add(&mut self, name: &str, unit: &str, value: f64) {
        self.0.push((name.to_owned(), unit.to_owned(), value));
    }

    /// Notes how many milliseconds some work took.
    ///
    /// # Errors
    /// Those of the work.
    pub fn time<T>(&mut self, name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let from = Instant::now();
        let done = work()?;
        self.add(name, "ms", from.elapsed().as_secs_f64() * 1e3);
        Ok(done)
    }
}

/// Runs experiments.
pub struct Lab<'a> {
    input: Input,
    frames: Preloaded,
    rounds: Option<usize>,
    worker_command: WorkerCommand,
    watch: &'a Watch,
    on_step: Mutex<&'a mut dyn FnMut(Step)>,
}

/// Frames kept in memory, which a lesson plays repeatedly.
const FRAMES: u64 = 32;
/// Rounds, unless the caller gives a number.
const ROUNDS: usize = 7;
/// The fewest rounds; fewer give no interval.
const FEWEST: usize = 2;
/// No round begins if it would probably end after this time.
const TIME: Duration = Duration::from_secs(14);

impl<'a> Lab<'a> {
    /// A lab whose lessons work on the first frames of `input`. Worker processes are started from `worker_command`,
    /// the framerace program. `watch` may be looked at from another thread, and `on_step` is told what runs next.
    ///
    /// # Errors
    /// When the input cannot be read, has no frames, or gives no frame twice.
    pub fn new(
        input: Input,
        rounds: Option<usize>,
        worker_command: WorkerCommand,
        watch: &'a Watch,
        on_step: &'a mut dyn FnMut(Step),
    ) -> Result<Self> {
        if input.is_live() {
            bail!("{input} gives no frame twice; lessons need a file or synthetic:640x480@0x32");
        }
        let source = open(&input, &OpenOptions::default())?;
        let frames = Preloaded::load(source, Some(FRAMES), available_memory() / 4)?;
        ensure!(frames.info().frames != Some(0), "{input} has no frames to run on");
        Ok(Self { input, frames, rounds, worker_command, watch, on_step: Mutex::new(on_step) })
    }

    /// What the lessons work on.
    pub fn input(&self) -> &Input {
        &self.input
    }

    /// The shape of its frames.
    pub fn shape(&self) -> Shape {
        self.frames.info().shape
    }

    /// What worker processes are started from.
    pub fn worker_command(&self) -> &WorkerCommand {
        &self.worker_command
    }

    /// Cores that can be used whole.
    pub fn cores(&self) -> usize {
        (Machine::here().capacity() as usize).max(1)
    }

    /// Settings for a run over so many frames; the rest is for the lesson to say.
    pub fn settings(&self, frames: u64) -> Settings {
        let limits = Limits { frames: Some(frames), duration: None };
        Settings { limits, worker_command: Some(self.worker_command.clone()), ..Settings::default() }
    }

    /// Runs a strategy over the frames, from memory, as often as the settings say.
    ///
    /// # Errors
    /// When it cannot run here, or fails.
    pub fn run(&self, strategy: &str, chain: &str, settings: &Settings) -> Result<Run> {
        let info = SourceInfo { frames: None, ..self.frames.info().clone() };
        self.run_on(Box::new(Endless { info, now: self.frames.again() }), strategy, chain, settings)
    }

    /// Runs a strategy over made-up frames.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_made_up(&self, frames: SyntheticSpec, strategy: &str, chain: &str, settings: &Settings) -> Result<Run> {
        self.run_on(open(&Input::Synthetic(frames), &settings.open)?, strategy, chain, settings)
    }

    fn run_on(&self, source: Box<dyn Source>, strategy: &str, chain: &str, settings: &Settings) -> Result<Run> {
        let strategy = find(strategy).with_context(|| format!("there is no strategy {strategy}"))?;
        run_source(strategy, source, &chain.parse()?, &mut Null::default(), settings, self.watch)
    }

    /// Does every trial once a round, in shuffled order, after one round that does not count (but for a single round,
    /// which decides nothing anyway). `experiment` says in words what is done.
    ///
    /// # Errors
    /// Those of the trials.
    pub fn rounds(&self, experiment: String, trials: &[Trial<'_>]) -> Result<Measured> {
        let (begin, rounds) = (Instant::now(), self.rounds.unwrap_or(ROUNDS));
        if rounds > 1 {
            self.step(0, rounds, 0.0);
            trials.iter().try_for_each(|trial| trial(&mut Notes::default()))?;
        }
        let (processors, used) = (ProcessorTimes::now(), Resources::now(&[]));
        let mut rows: Vec<Vec<Notes>> = Vec::new();
        let mut longest = begin.elapsed();
        while rows.len() < rounds && (rows.len() < FEWEST || begin.elapsed() + longest < TIME) {
            self.step(rows.len() + 1, rounds, rows.len() as f64 / rounds as f64);
            let from = Instant::now();
            rows.push(round(trials, rows.len() as u64)?);
            longest = longest.max(from.elapsed());
        }
        let own = Resources::now(&[]).since(&used).cpu;
        let around = ProcessorTimes::now().since(&processors, own);
        let (rounds, disturbed) = (rows.len(), around.others + around.stolen);
        Ok(Measured { experiment, rounds, cores: Machine::here().capacity(), disturbed, figures: figures(&rows) })
    }

    fn step(&self, round: usize, rounds: usize, done: f64) {
        let step = Step { strategy: String::new(), round, rounds, done };
        let mut tell = self.on_step.lock();
        tell(step);
    }
}

/// Does every trial once, and gives their notes in the order of the trials.
fn round(trials: &[Trial<'_>], seed: u64) -> Result<Vec<Notes>> {
    let mut order: Vec<usize> = (0..trials.len()).collect();
    fastrand::Rng::with_seed(seed).shuffle(&mut order);
    let mut notes: Vec<Notes> = trials.iter().map(|_| Notes::default()).collect();
    for at in order {
        trials[at](&mut notes[at])?;
    }
    Ok(notes)
}

/// The notes of all rounds as figures, in the order of the first round.
fn figures(rounds: &[Vec<Notes>]) -> Vec<Figure> {
    let all = |round: &Vec<Notes>| round.iter().flat_map(|notes| notes.0.clone()).collect::<Vec<_>>();
    let rounds: Vec<_> = rounds.iter().map(all).collect();
    let first = rounds.first().map_or(&[][..], Vec::as_slice);
    let of = |name: &str| rounds.iter().flatten().filter(|note| note.0 == name).map(|note| note.2).collect();
    first.iter().map(|(name, unit, _)| Figure::new(name, unit, of(name))).collect()
}

/// Frames in memory, played in an endless loop.
struct Endless {
    info: SourceInfo,
    now: Preloaded,
}

impl Source for Endless {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn read(&mut self, image: &mut Mat, timer: &StageTimer<'_>) -> Result<Option<Timing>> {
        if let Some(timing) = self.now.read(image, timer)? {
            return Ok(Some(timing));
        }
        self.now = self.now.again();
        self.now.read(image, timer)
    }
}

/// While this lives, the thread that made it and all threads it starts share one core.
pub struct OneCore(CpuSet);

impl OneCore {
    /// Stays on the first core that this thread may use.
    ///
    /// # Errors
    /// When the kernel does not allow it.
    pub fn stay() -> Result<Self> {
        let before = sched_getaffinity(None).context("cannot ask for cores")?;
        let first = (0..CpuSet::MAX_CPU).find(|core| before.is_set(*core)).context("there is no core")?;
        let mut one = CpuSet::new();
        one.set(first);
        sched_setaffinity(None, &one).context("cannot stay on one core")?;
        Ok(Self(before))
    }
}

impl Drop for OneCore {
    fn drop(&mut self) {
        // The cores that were allowed before are still allowed.
        let _ = sched_setaffinity(None, &self.0);
    }
}
