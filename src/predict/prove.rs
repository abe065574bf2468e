//! Experiments: a scenario is made real, or virtually so, and measured beside the run without it.
//!
//! More workers and longer queues can simply be had. A stage cannot be made faster, but all others can be made slower:
//! virtual speed-up, after Coz (Curtsinger & Berger 2015). If everybody else takes a quarter more time and the clock is
//! read as if it ran a quarter faster, the stage that was left alone takes a fifth less time. A free stage is a
//! stage that hands out copies of what it once made. Experiments are run in rounds, in shuffled order, and compared
//! within a round, like strategies.

use std::ops::ControlFlow;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use opencv::core::Mat;

use super::scenario::{FASTER, Prediction, Scenario};
use crate::filter::{Chain, Perturbation, use_cpu};
use crate::frame::{Frame, Timing};
use crate::host::machine::available_memory;
use crate::metrics::{Run, Spent, StageClock, StageMeter, StageTimer};
use crate::pipeline::{Settings, Step, Watch};
use crate::run::run_source;
use crate::sink::{Null, Sink};
use crate::source::{Input, Preloaded, Source, SourceInfo, open};
use crate::statistics::{SHOWN, ratio};
use crate::strategy::Strategy;

/// What everybody else's time is multiplied with so that one stage seems to take [`FASTER`] less.
const SLOWER: f64 = 1.0 / (1.0 - FASTER);
/// Fewer rounds say nothing about chance.
const FEWEST_ROUNDS: usize = 3;
/// Rounds to have time for.
const ROUNDS_WANTED: u32 = 6;
/// Fewer frames are no run worth measuring.
const FEWEST_FRAMES: f64 = 60.0;

/// Waiting that is worth being stretched.
const SHORTEST_WAIT: Duration = Duration::from_micros(50);

/// Runs experiments with one strategy, input and chain.
pub struct Bencher<'a> {
    /// The strategy.
    pub strategy: &'static dyn Strategy,
    /// The input.
    pub input: &'a Input,
    /// Its frames, if they are in memory.
    pub preloaded: Option<&'a Preloaded>,
    /// The chain.
    pub chain: &'a Chain,
    /// The settings of the run that the predictions are for.
    pub settings: &'a Settings,
    /// The time for all rounds.
    pub budget: Duration,
}

/// One experiment: the run as it was, with a scenario.
struct Experiment {
    /// Which prediction it is for; none for the run as it was.
    of: Option<usize>,
    name: String,
    settings: Settings,
    chain: Chain,
    /// How much longer capture and sink take.
    capture: f64,
    deliver: f64,
    /// Frames to read instead of the input.
    frames: Option<Preloaded>,
    /// What the measured rate is multiplied with.
    scale: f64,
}

/// Makes the experiments that can be made on this machine, and writes what they gave beside the predictions. Of the
/// stages that could be free, only the one that would gain most is tried.
///
/// # Errors
/// When a run fails.
pub fn prove(
    bencher: &Bencher,
    usual: &Run,
    predictions: &mut [Prediction],
    on_step: &mut dyn FnMut(Step),
) -> Result<()> {
    let mut experiments = vec![bencher.usual()];
    for (of, prediction) in predictions.iter().enumerate() {
        let without = |p: &&Prediction| matches!(p.scenario, Scenario::Without(_));
        let most = predictions.iter().filter(without).map(|p| p.gain).fold(0.0, f64::max);
        if without(&prediction) && prediction.gain < most {
            continue;
        }
        if let Some(experiment) = bencher.experiment(of, &prediction.scenario, usual)? {
            experiments.push(experiment);
        }
    }
    let time = bencher.budget.as_secs_f64() / f64::from(ROUNDS_WANTED) / experiments.len() as f64;
    let frames = (usual.fps() * time).max(FEWEST_FRAMES) as u64;
    for experiment in &mut experiments {
        let limits = &mut experiment.settings.limits;
        limits.frames = Some(limits.frames.unwrap_or(u64::MAX).min(frames));
        experiment.settings.trace_frames = 0;
    }
    let fps = bencher.rounds(&experiments, on_step)?;
    for (experiment, fps_of) in experiments.iter().zip(&fps) {
        if let Some(prediction) = experiment.of.and_then(|of| predictions.get_mut(of)) {
            prediction.measured = ratio(fps_of, &fps[0], SHOWN);
        }
    }
    Ok(())
}

impl Bencher<'_> {
    fn usual(&self) -> Experiment {
        Experiment {
            of: None,
            name: "as it is".into(),
            settings: self.settings.clone(),
            chain: self.chain.clone(),
            capture: 1.0,
            deliver: 1.0,
            frames: self.preloaded.map(Preloaded::again),
            scale: 1.0,
        }
    }

    /// How to make a scenario here; none if it cannot be made.
    fn experiment(&self, of: usize, scenario: &Scenario, usual: &Run) -> Result<Option<Experiment>> {
        let with = Experiment { of: Some(of), name: scenario.to_string(), ..self.usual() };
        let settings = self.settings;
        // In `tiles` neighbouring filters are one.
        let is_in = |name: &str, label: &str| name.split('+').any(|part| part == label);
        let known = |name: &str| self.chain.labels().iter().any(|label| is_in(name, label));
        Ok(Some(match scenario {
            Scenario::Workers(workers) => {
                Experiment { settings: Settings { workers: *workers, ..settings.clone() }, ..with }
            }
            Scenario::Queue(queue) => Experiment { settings: Settings { queue: *queue, ..settings.clone() }, ..with },
            // The pace of a source is no work of a stage, so it cannot be slowed down with the others.
            Scenario::Faster(_) if usual.setup.pace.is_some() => return Ok(None),
            Scenario::Faster(name) if name == "capture" || name == "sink" || known(name) => {
                let slowed = Perturbation::Slowed((SLOWER - 1.0) * 100.0);
                let slower = |stage: &str| if name == stage { 1.0 } else { SLOWER };
                Experiment {
                    chain: self.chain.perturbed(|label| (!is_in(name, label)).then_some(slowed)),
                    capture: slower("capture"),
                    deliver: slower("sink"),
                    scale: SLOWER,
                    ..with
                }
            }
            Scenario::Without(name) if name == "capture" && self.preloaded.is_none() => {
                let source = open(self.input, &settings.open)?;
                // Half of what is free: the runs need some, too.
                let memory = settings.memory.unwrap_or(available_memory() / 2);
                let Ok(frames) = Preloaded::load(source, settings.limits.frames, memory) else { return Ok(None) };
                Experiment { frames: Some(frames), ..with }
            }
            Scenario::Without(name) if name == "sink" => Experiment { deliver: 0.0, ..with },
            Scenario::Without(name) if known(name) => Experiment {
                chain: self.chain.perturbed(|label| is_in(name, label).then_some(Perturbation::Free)),
                ..with
            },
            _ => return Ok(None),
        }))
    }

    /// The FPS of each experiment, round by round.
    fn rounds(&self, experiments: &[Experiment], on_step: &mut dyn FnMut(Step)) -> Result<Vec<Vec<f64>>> {
        let mut fps = vec![Vec::new(); experiments.len()];
        let mut order: Vec<usize> = (0..experiments.len()).collect();
        let (begin, mut rng, mut longest) = (Instant::now(), fastrand::Rng::with_seed(1), Duration::ZERO);
        let mut round = 0;
        while round < FEWEST_ROUNDS || begin.elapsed() + longest <= self.budget {
            round += 1;
            let before = Instant::now();
            rng.shuffle(&mut order);
            for &at in &order {
                let done = (begin.elapsed().as_secs_f64() / self.budget.as_secs_f64()).min(1.0);
                let left = Some(self.budget.saturating_sub(begin.elapsed()));
                on_step(Step { strategy: experiments[at].name.clone(), round, done, left, ..Step::default() });
                fps[at].push(self.run(&experiments[at])?);
            }
            longest = longest.max(before.elapsed());
        }
        Ok(fps)
    }

    fn run(&self, experiment: &Experiment) -> Result<f64> {
        let source: Box<dyn Source> = match &experiment.frames {
            Some(frames) => Box::new(frames.again()),
            None => open(self.input, &experiment.settings.open)?,
        };
        let source = Box::new(SlowSource { source, stretch: Stretch::new(experiment.capture) });
        let mut sink = SlowSink { sink: Null::default(), stretch: Stretch::new(experiment.deliver) };
        let run =
            run_source(self.strategy, source, &experiment.chain, &mut sink, &experiment.settings, &Watch::default());
        Ok(run.with_context(|| format!("experiment: {}", experiment.name))?.fps() * experiment.scale)
    }
}

/// Lets work take longer, by more of what it takes: CPU time or waiting.
struct Stretch {
    by: f64,
    clock: StageClock,
}

impl Stretch {
    fn new(by: f64) -> Self {
        Self { by, clock: StageMeter::new("stretched", 1, Vec::new(), by > 1.0).clock() }
    }

    fn around<T>(&self, work: impl FnOnce() -> T) -> T {
        if self.by <= 1.0 {
            return work();
        }
        let (done, Spent { busy, cpu, cpu_wait, .. }) = self.clock.busy_spent(|_| work());
        use_cpu(cpu.mul_f64(self.by - 1.0));
        let wait = busy.saturating_sub(cpu + cpu_wait).mul_f64(self.by - 1.0);
        // A sleep takes some 60 us more than asked for; less than that is noise of the clocks.
        if wait > SHORTEST_WAIT {
            sleep(wait);
        }
        done
    }
}

struct SlowSource {
    source: Box<dyn Source>,
    stretch: Stretch,
}

impl Source for SlowSource {
    fn info(&self) -> &SourceInfo {
        self.source.info()
    }

    fn parts(&self) -> Vec<String> {
        self.source.parts()
    }

    fn read(&mut self, image: &mut Mat, timer: &StageTimer<'_>) -> Result<Option<Timing>> {
        self.stretch.around(|| self.source.read(image, timer))
    }
}

struct SlowSink {
    sink: Null,
    stretch: Stretch,
}

impl Sink for SlowSink {
    fn write(&mut self, frame: &Frame, timer: &StageTimer<'_>) -> Result<ControlFlow<()>> {
        if self.stretch.by == 0.0 {
            return Ok(ControlFlow::Continue(()));
        }
        self.stretch.around(|| self.sink.write(frame, timer))
    }
}
