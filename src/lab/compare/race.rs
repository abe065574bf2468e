//! A race under way: who still takes part, how long a run is, and what each has run. It decides when the race is over;
//! what the results mean is not known here.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::interruption::Interruption;
use super::plan::{Candidate, Entry, Plan, Rounds};
use crate::frame::Shape;
use crate::metrics::Run;
use crate::pipeline::{Limits, Step, Watch};
use crate::source::{Preloaded, Source, SourceInfo};
use crate::statistics::open_questions;

/// Rounds that a long input is cut for, so that they fit into the budget.
const ROUNDS_WANTED: u32 = 8;
/// Fewer frames than this are no run worth measuring.
const FEWEST_FRAMES: u64 = 60;

pub(super) struct Race<'a> {
    pub plan: &'a Plan,
    /// Frames of a run, if they are fewer than the plan says.
    pub frames_a_run: Option<u64>,
    pub watch: &'a Watch,
    pub on_step: &'a mut dyn FnMut(Step),
    pub preloaded: Option<Preloaded>,
    /// A live input that was opened to see what it is, for the first run.
    pub opened: Option<Box<dyn Source>>,
    pub entries: Vec<Entry>,
    pub left_out: Vec<(String, String)>,
    /// How long a frame took each in the warm-up, and how long it was before the first, in seconds.
    paces: Vec<(f64, f64)>,
    pub done: f64,
    /// When the first round began.
    pub began: Option<Instant>,
    /// The shape of the input's frames.
    pub shape: Shape,
    /// The turn in which it ended before its time, if it did.
    pub interruption: Option<Interruption>,
}

impl<'a> Race<'a> {
    /// A race without candidates.
    pub fn new(plan: &'a Plan, watch: &'a Watch, on_step: &'a mut dyn FnMut(Step), shape: Shape) -> Self {
        Self {
            plan,
            shape,
            interruption: None,
            frames_a_run: None,
            watch,
            on_step,
            preloaded: None,
            opened: None,
            entries: Vec::new(),
            left_out: Vec::new(),
            paces: Vec::new(),
            done: 0.0,
            began: None,
        }
    }

    /// Whether there is time and reason for another round.
    fn wants_more(&self, rounds: usize, elapsed: Duration, longest: Duration) -> bool {
        match self.plan.rounds {
            Rounds::Fixed(count) => rounds < count,
            // Two rounds are the least that says anything about chance.
            Rounds::Settle { .. } if rounds < 2 => true,
            Rounds::Settle { budget, precision } => {
                elapsed + longest <= budget && !open_questions(&self.fps(), precision).is_empty()
            }
        }
    }

    fn fps(&self) -> Vec<Vec<f64>> {
        self.rivals().map(|entry| entry.runs.iter().map(Run::fps).collect()).collect()
    }

    /// Those whose order is to be settled.
    pub fn rivals(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| !entry.candidate.unranked)
    }

    /// Pairs next to each other in the ranking that are not told apart yet; none where the number of rounds was given.
    pub fn open(&self) -> Vec<(String, String)> {
        let Rounds::Settle { precision, .. } = self.plan.rounds else { return Vec::new() };
        let names: Vec<&String> = self.rivals().map(|entry| &entry.candidate.label).collect();
        let open = open_questions(&self.fps(), precision);
        open.into_iter().map(|open| (names[open.pair.0].clone(), names[open.pair.1].clone())).collect()
    }

    /// A long input is run over its first frames only, if nothing else was asked for: several rounds over a part say
    /// more than one over all.
    pub fn choose_length(&mut self, frames: Option<u64>) {
        let (Rounds::Settle { budget, .. }, Limits { frames: None, duration: None }) =
            (self.plan.rounds, self.plan.settings.limits)
        else {
            return;
        };
        let (frame, start) = self.paces.iter().fold((0.0, 0.0), |sum, pace| (sum.0 + pace.0, sum.1 + pace.1));
        if frame <= 0.0 {
            return;
        }
        let time = (budget / ROUNDS_WANTED).as_secs_f64() - start;
        let fit = ((time.max(0.0) / frame) as u64).max(FEWEST_FRAMES);
        if frames.is_none_or(|frames| frames > fit) {
            self.frames_a_run = Some(fit);
        }
    }

    /// Who can do the work takes part; who cannot is left out.
    pub fn admit(&mut self, candidates: Vec<Candidate>, source: &SourceInfo) {
        for candidate in candidates {
            let strategy = candidate.strategy;
            let alone = candidate.others.is_empty() && strategy.needs_several();
            let needs = || alone.then(|| "it needs several inputs".to_owned());
            let unfit = strategy.refuses(&candidate.chain, &candidate.settings);
            let unfit = unfit.or_else(|| strategy.unfit_for(source)).or_else(needs);
            match unfit {
                Some(why) => self.left_out.push((candidate.label, why)),
                None => self.entries.push(Entry { candidate, runs: Vec::new() }),
            }
        }
    }

    /// Runs everybody over a few frames. Who fails here is left out before it has cost a round.
    pub fn warm_up(&mut self) -> Result<()> {
        if self.plan.warmup == 0 {
            return Ok(());
        }
        let warmup = self.plan.settings.limits.frames.unwrap_or(u64::MAX).min(self.plan.warmup);
        for candidate in self.candidates() {
            if self.is_over() {
                break;
            }
            if let Some(run) = self.run(&candidate, 0, Some(warmup))? {
                // Limits are of each input.
                let frames = run.ledger.delivered.max(1) as f64 / run.inputs.len().max(1) as f64;
                self.paces.push((run.wall_s / frames, run.startup_s));
            }
        }
        Ok(())
    }

    fn is_over(&self) -> bool {
        self.interruption.is_some() || self.watch.is_ended()
    }

    /// Runs round after round, the first of which began then; how many there were.
    pub fn rounds(&mut self, begin: Instant) -> Result<usize> {
        let (mut rounds, mut longest) = (0, Duration::ZERO);
        self.began = Some(begin);
        while !self.is_over() && self.wants_more(rounds, begin.elapsed(), longest) {
            let before = begin.elapsed();
            rounds += 1;
            self.round(rounds)?;
            longest = longest.max(begin.elapsed() - before);
            let first = self.entries.first().context("no strategy can do this")?;
            let nothing = !first.runs.is_empty() && first.runs.iter().all(|run| run.ledger.delivered == 0);
            ensure!(!nothing, "{} has no frames to run on", self.plan.input);
        }
        Ok(rounds)
    }

    /// Runs everybody once, in shuffled order.
    fn round(&mut self, round: usize) -> Result<()> {
        let mut order = self.candidates();
        fastrand::Rng::with_seed(self.plan.seed.wrapping_add(round as u64)).shuffle(&mut order);
        let all = order.len() as f64;
        for (at, candidate) in order.into_iter().enumerate() {
            if self.is_over() {
                break;
            }
            self.done = match self.plan.rounds {
                Rounds::Fixed(count) => ((round - 1) as f64 + at as f64 / all) / count as f64,
                Rounds::Settle { budget, .. } => {
                    let elapsed = self.began.map_or(Duration::ZERO, |began| began.elapsed());
                    (elapsed.as_secs_f64() / budget.as_secs_f64()).min(1.0)
                }
            };
            if let Some(run) = self.run(&candidate, round, self.frames_a_run)? {
                let entry = self.entries.iter_mut().find(|entry| entry.candidate.label == candidate.label);
                entry.into_iter().for_each(|entry| entry.runs.push(run.clone()));
            }
        }
        Ok(())
    }

    fn candidates(&self) -> Vec<Candidate> {
        self.entries.iter().map(|entry| entry.candidate.clone()).collect()
    }
}
