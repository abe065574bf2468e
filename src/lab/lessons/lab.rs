//! The lab: frames in memory, runs of strategies, rounds in shuffled order. It measures, and knows nothing of what the
//! figures mean.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use opencv::core::Mat;
use parking_lot::Mutex;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use crate::child::WorkerCommand;
use crate::frame::{Shape, Timing};
use crate::host::interference::ProcessorTimes;
use crate::host::machine::available_memory;
use crate::host::usage::Resources;
use crate::metrics::{Run, StageTimer};
use crate::pipeline::{Settings, Step, Watch};
use crate::run::run_source;
use crate::sink::Null;
use crate::source::{Input, OpenOptions, Preloaded, Source, SourceInfo, SyntheticSpec, open};
use crate::strategy::find;

/// Runs experiments.
pub struct Lab<'a> {
    pub(super) input: Input,
    frames: Preloaded,
    rounds: Option<usize>,
    /// What worker processes are started from.
    pub(super) worker_command: WorkerCommand,
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
        ensure!(!input.is_live(), "{input} gives no frame twice; lessons need a file or synthetic:640x480@0x32");
        let source = open(&input, &OpenOptions::default())?;
        let frames = Preloaded::load(source, Some(FRAMES), available_memory() / 4)?;
        ensure!(frames.info().frames != Some(0), "{input} has no frames to run on");
        Ok(Self { input, frames, rounds, worker_command, watch, on_step: Mutex::new(on_step) })
    }

    pub(super) fn shape(&self) -> Shape {
        self.frames.info().shape
    }

    /// Runs a strategy over synthetic frames, or over those of the lab, from memory, as often as the settings say.
    pub(super) fn run(
        &self,
        made_up: Option<SyntheticSpec>,
        strategy: &str,
        chain: &str,
        settings: &Settings,
    ) -> Result<Run> {
        let source = match made_up {
            Some(frames) => open(&Input::Synthetic(frames), &settings.open)?,
            None => {
                let info = SourceInfo { frames: None, ..self.frames.info().clone() };
                Box::new(Endless { info, now: self.frames.again() })
            }
        };
        let strategy = find(strategy).with_context(|| format!("there is no strategy {strategy}"))?;
        run_source(strategy, source, &chain.parse()?, &mut Null::default(), settings, self.watch)
    }

    /// Does every trial once a round, in shuffled order, after one round that does not count (but for a single round,
    /// which decides nothing anyway). Returns what the trials gave, round by round, and the share of the machine's time that
    /// others took meanwhile, 0 to 1.
    pub(super) fn rounds(
        &self,
        trials: usize,
        trial: impl Fn(usize) -> Result<Vec<f64>>,
    ) -> Result<(Vec<Vec<f64>>, f64)> {
        let (begin, rounds) = (Instant::now(), self.rounds.unwrap_or(ROUNDS));
        if rounds > 1 {
            self.step(0, rounds, 0.0);
            (0..trials).try_for_each(|at| trial(at).map(drop))?;
        }
        let (processors, used) = (ProcessorTimes::now(), Resources::now(&[]));
        let mut rows: Vec<Vec<f64>> = Vec::new();
        let mut longest = begin.elapsed();
        while rows.len() < rounds && (rows.len() < FEWEST || begin.elapsed() + longest < TIME) {
            self.step(rows.len() + 1, rounds, rows.len() as f64 / rounds as f64);
            let from = Instant::now();
            let mut order: Vec<usize> = (0..trials).collect();
            fastrand::Rng::with_seed(rows.len() as u64).shuffle(&mut order);
            let mut row = vec![Vec::new(); trials];
            for at in order {
                row[at] = trial(at)?;
            }
            rows.push(row.concat());
            longest = longest.max(from.elapsed());
        }
        let own = Resources::now(&[]).since(&used).cpu;
        let around = ProcessorTimes::now().since(&processors, own);
        Ok((rows, around.others + around.stolen))
    }

    fn step(&self, round: usize, rounds: usize, done: f64) {
        let mut tell = self.on_step.lock();
        tell(Step { round, rounds, done, ..Step::default() });
    }
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
pub(super) struct OneCore(CpuSet);

impl OneCore {
    /// Stays on the first core that this thread may use. Fails when the kernel does not allow it.
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
