//! Calibration: which strategy, how many workers and decoder threads are quickest for this input, chain and machine?
//!
//! ```text
//! probe: one short run ─▶ simulation of every candidate ─▶ trials of the best, in rounds ─▶ choice, and why
//! ```
//!
//! It takes a small part of the time the work itself will take, and two seconds at most; where that is too little for
//! trials the simulation decides, and where it is too little for a probe, a rule of thumb. It only runs what anybody
//! could run, and knows nothing of the command line.

mod candidate;
mod cut;
mod explanation;
mod trials;

use std::path::Path;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::filter::{Chain, FilterInstance};
use crate::host::machine::{Machine, available_memory};
use crate::metrics::{Run, Topology};
use crate::pipeline::{Settings, Watch};
use crate::predict::{Connection, predict_connection};
use crate::run::run_source;
use crate::sink::video::{Container, Video, VideoOptions};
use crate::sink::{Null, Sink};
use crate::source::{Decoder, Input, SourceInfo, open};
use crate::strategy::find;
use crate::transcode::atomic_file::AtomicFile;
use crate::transcode::folder::Folder;

use candidate::{Choices, believable, worth_a_trial};
use cut::Cut;

pub use candidate::Candidate;

/// The longest a calibration takes by default.
pub const BUDGET: Duration = Duration::from_secs(2);
/// The part of the time of the whole work that a calibration may take.
const SHARE: f64 = 0.04;
/// Inputs of fewer frames go by a rule of thumb.
const FEWEST_FRAMES: u64 = 48;
/// Frames of a probe, and the part of all frames it may take.
const PROBE: std::ops::RangeInclusive<u64> = 6..=48;
const PROBE_SHARE: u64 = 40;
/// Trials of fewer frames say nothing.
const FEWEST_A_TRIAL: u64 = 24;
/// Candidates that are tried at most, and rounds to have time for.
const MOST_CANDIDATES: usize = 6;
const ROUNDS_WANTED: u32 = 3;

/// What was chosen.
#[derive(Clone)]
pub struct Choice {
    /// The way the run is to go.
    pub candidate: Candidate,
    /// One sentence for a user, with the figures it rests on.
    pub why: String,
}

/// Work that a choice is to be made for.
pub struct Calibration<'a> {
    /// Where frames come from.
    pub input: &'a Input,
    /// What is done to each.
    pub chain: &'a Chain,
    /// How it is run otherwise. Its workers are how many cores the work is meant to have.
    pub settings: &'a Settings,
    /// How many workers, if that is no question.
    pub workers: Option<usize>,
    /// How many decoder threads, if that is no question.
    pub decode_threads: Option<usize>,
    /// Whether other work has the other cores: a rate that needs more cores than its share, idle just now, must not decide.
    pub shared: bool,
    /// The video file to be written, and how: encoding is a part of the work, so trials write beside it, too.
    pub output: Option<(&'a Path, &'a VideoOptions)>,
    /// The longest it may take.
    pub budget: Duration,
}

/// Chooses for an input that is read and filtered, and whose frames go nowhere.
///
/// # Errors
/// As [`Calibration::choose`].
pub fn choose(input: &Input, chain: &Chain, settings: &Settings, budget: Duration) -> Result<Choice> {
    Calibration { budget, ..Calibration::new(input, chain, settings) }.choose(&Watch::default())
}

impl<'a> Calibration<'a> {
    /// Everything is to be chosen, and nothing is written.
    pub fn new(input: &'a Input, chain: &'a Chain, settings: &'a Settings) -> Self {
        Self {
            input,
            chain,
            settings,
            workers: None,
            decode_threads: None,
            shared: false,
            output: None,
            budget: BUDGET,
        }
    }

    /// Chooses. `watch` may stop it.
    ///
    /// # Errors
    /// When the input cannot be opened, the chain cannot take its frames, or the first run over them fails.
    pub fn choose(&self, watch: &Watch) -> Result<Choice> {
        if self.settings.open.is_live(self.input) || self.input.is_pipe() {
            return self.rule_of_thumb(&format!("{} gives no frame twice, so nothing could be tried out", self.input));
        }
        let source = open(self.input, &self.settings.open).with_context(|| self.input.to_string())?;
        let info = source.info().clone();
        // Its decoder has threads, which must not be there during trials.
        drop(source);
        let frames = least(info.frames, self.settings.limits.frames);
        if let Some(few) = frames.filter(|frames| *frames < FEWEST_FRAMES) {
            return self.rule_of_thumb(&format!("{few} frames are too few to try anything out"));
        }
        let begin = Instant::now();
        let probe = self.probe(&info, frames, watch)?;
        if probe.run.ledger.delivered == 0 {
            return self.rule_of_thumb("there is no frame to try anything out on");
        }
        // A probe that came to the end knows how long the input is.
        let ended = probe.run.ledger.delivered < probe.frames && self.settings.limits.duration.is_none();
        let frames = if ended && !probe.cut { Some(probe.run.ledger.delivered) } else { frames };
        let candidates = self.candidates(&info, &probe)?;
        if let Some(cut) = self.cut(&info, &probe).map_or(Ok(None), |cut| cut.best(&candidates))? {
            let alone = candidates.iter().find(|candidate| candidate.is_single_thread());
            let why = explanation::predicted(&cut, alone, probe.run.ledger.delivered, false);
            return Ok(Choice { candidate: cut, why });
        }
        let best = candidates.iter().map(|candidate| candidate.predicted).fold(0.0, f64::max);
        let whole = frames.map_or(f64::INFINITY, |frames| frames as f64 / best);
        let whole = self.settings.limits.duration.map_or(whole, |limit| whole.min(limit.as_secs_f64()));
        let time = self.budget.as_secs_f64().min(whole * SHARE) - begin.elapsed().as_secs_f64();
        self.decide(&candidates, &probe, best, time.max(0.0), watch)
    }

    /// A choice without measurement: worker threads, as many as asked for.
    fn rule_of_thumb(&self, because: &str) -> Result<Choice> {
        let candidate = self.threads(usize::MAX)?;
        let why = format!("{candidate}; by rule of thumb: {because}");
        Ok(Choice { candidate, why })
    }

    /// Worker threads, as many as asked for, but `most` at most.
    fn threads(&self, most: usize) -> Result<Candidate> {
        let workers = self.workers.unwrap_or(self.settings.workers).min(most);
        let strategy = find("threads").context("there is a strategy called threads")?;
        Ok(Candidate { strategy, workers, decode_threads: self.decode_threads.unwrap_or(1), predicted: 0.0 })
    }

    /// One short run that the simulation can learn from.
    fn probe(&self, info: &SourceInfo, frames: Option<u64>, watch: &Watch) -> Result<Probe> {
        let candidate = self.threads(self.most_workers(info)?)?;
        let Candidate { workers, decode_threads, .. } = candidate;
        let count = frames.map_or(*PROBE.end(), |frames| frames / PROBE_SHARE).clamp(*PROBE.start(), *PROBE.end());
        let longest = self.budget / 2;
        let since = Instant::now();
        let (run, fps) = self.trial(&candidate, count, longest, watch)?;
        let cut = since.elapsed() >= longest;
        let same = Connection { topology: Topology::Workers, workers, decode_threads };
        let usual = predict_connection(&run, self.capacity(), decode_threads, same);
        let slowdown = usual.map_or(1.0, |usual| usual / fps).max(1.0);
        Ok(Probe { run, frames: count, decode_threads, cut, slowdown })
    }

    /// What could be chosen, with what the simulation says of each, the lightest first.
    fn candidates(&self, info: &SourceInfo, probe: &Probe) -> Result<Vec<Candidate>> {
        let (cores, capacity) = (self.cores(), self.capacity());
        // Nobody else lets us say how many threads decode.
        let one = !matches!(self.input, Input::File(_)) || self.settings.open.decoder == Decoder::Opencv;
        let decode_threads = self.decode_threads.or(one.then_some(1));
        let choices = Choices::new(cores, self.workers, decode_threads, self.most_workers(info)?);
        let filters = self.chain.filters(info.shape)?.len();
        let mut candidates =
            choices.candidates(|with| predict_connection(&probe.run, capacity, probe.decode_threads, with));
        candidates.retain(|candidate| candidate.strategy.refuses(self.chain, self.settings).is_none());
        if self.shared {
            candidates
                .retain(|candidate| candidate.strategy.workers(candidate.workers, filters) <= self.settings.workers);
        }
        Ok(candidates)
    }

    /// The work in segments, unless other work has the other cores or the number of decoder threads is given.
    fn cut<'b>(&'b self, info: &'b SourceInfo, probe: &'b Probe) -> Option<Cut<'b>> {
        let Self { input, chain, settings, .. } = *self;
        let (workers, capacity) = (self.workers.unwrap_or_else(|| self.cores()), self.capacity());
        let (probe, decoded_by) = (&probe.run, probe.decode_threads);
        let is_open = !self.shared && self.decode_threads.is_none_or(|threads| threads == 1);
        is_open.then_some(Cut { input, chain, settings, info, workers, capacity, probe, decoded_by })
    }

    /// Cores that the work is meant to have.
    fn cores(&self) -> usize {
        let all = self.workers.is_some() && !self.shared;
        let meant = if all { usize::MAX } else { self.settings.workers };
        available_parallelism().map_or(1, usize::from).min(meant)
    }

    /// The same, as far as a control group grants them.
    fn capacity(&self) -> f64 {
        Machine::here().capacity().min(self.cores() as f64)
    }

    /// Workers whose frames take no more than a quarter of the memory there is.
    fn most_workers(&self, info: &SourceInfo) -> Result<usize> {
        let output = self.chain.filters(info.shape)?.last().map_or(info.shape, FilterInstance::output);
        let memory = self.settings.memory.unwrap_or(available_memory() / 4);
        let fit = usize::try_from(memory).unwrap_or(usize::MAX) / (info.shape.bytes() + output.bytes()).max(1);
        Ok(fit.saturating_sub(2 * self.settings.queue + 2).max(1))
    }

    /// Tries out as many as there are seconds for, or believes the simulation.
    fn decide(&self, all: &[Candidate], probe: &Probe, best: f64, seconds: f64, watch: &Watch) -> Result<Choice> {
        let alone = all.iter().find(|candidate| candidate.is_single_thread());
        let affordable =
            (seconds * best / probe.slowdown / (FEWEST_A_TRIAL * u64::from(ROUNDS_WANTED)) as f64) as usize;
        let believed = if affordable < 2 { believable(all, self.cores()) } else { all.to_vec() };
        let tried = worth_a_trial(&believed, affordable.clamp(1, MOST_CANDIDATES), self.output.is_some());
        let Some(first) = tried.first() else {
            return self.rule_of_thumb("the first frames gave no figures");
        };
        if tried.len() == 1 || affordable < 2 {
            let why = explanation::predicted(first, alone, probe.run.ledger.delivered, affordable < 2);
            return Ok(Choice { candidate: *first, why });
        }
        let trials = f64::from(ROUNDS_WANTED) * tried.len() as f64;
        let frames = ((seconds / trials * best / probe.slowdown) as u64).max(FEWEST_A_TRIAL);
        let longest = Duration::from_secs_f64(2.0 * seconds / trials);
        let rates = trials::rounds(tried.len(), Duration::from_secs_f64(seconds), |at| {
            self.trial(&tried[at], frames, longest, watch).ok().map(|(_, fps)| fps).filter(|fps| *fps > 0.0)
        });
        Ok(match trials::winner(&rates) {
            Some(won) => {
                let tried: Vec<_> = tried.iter().zip(rates.iter().map(Vec::as_slice)).collect();
                Choice { candidate: *tried[won].0, why: explanation::measured(&tried, won, frames, alone) }
            }
            None => {
                let why = explanation::predicted(first, alone, probe.run.ledger.delivered, true);
                Choice { candidate: *first, why }
            }
        })
    }

    /// Runs a candidate over the first frames. The run, and new frames a second.
    fn trial(&self, candidate: &Candidate, frames: u64, longest: Duration, watch: &Watch) -> Result<(Run, f64)> {
        let mut settings = Settings { meters: true, trace_frames: 0, ..candidate.settings(self.settings) };
        settings.limits.frames = least(settings.limits.frames, Some(frames));
        settings.limits.duration = Some(settings.limits.duration.map_or(longest, |limit| limit.min(longest)));
        let source = open(self.input, &settings.open)?;
        let Some((path, options)) = self.output else {
            let sink = &mut Null::default();
            let run = run_source(candidate.strategy, source, self.chain, sink, &settings, watch)?;
            let fps = run.fps();
            return Ok((run, fps));
        };
        let info = source.info().clone();
        let shape = self.chain.filters(info.shape)?.last().map_or(info.shape, FilterInstance::output);
        let shown = || format!("cannot write {}", path.display());
        let folder = Folder::open(path.parent().unwrap_or(path)).with_context(shown)?;
        let temporary = AtomicFile::new(&folder).with_context(shown)?;
        let file = (temporary.file().try_clone()?, Container::of(path)?);
        let mut sink: Box<dyn Sink> =
            Box::new(Video::create(file, options, &info, shape, None).with_context(shown)?.cut());
        let since = Instant::now();
        let run = run_source(candidate.strategy, source, self.chain, &mut *sink, &settings, watch)?;
        // An encoder that looks ahead does most of its work after the last frame of a short run.
        let fps = run.ledger.new_frames() as f64 / since.elapsed().as_secs_f64();
        Ok((run, fps))
    }
}

/// A short run, and how it was cut.
struct Probe {
    run: Run,
    /// Frames it was to have.
    frames: u64,
    decode_threads: usize,
    /// Whether its time was over before.
    cut: bool,
    /// How much slower it was than the simulation, which has the machine to itself, says.
    slowdown: f64,
}

/// The smaller of two limits that may not be there.
fn least(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    a.into_iter().chain(b).min()
}
