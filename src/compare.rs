//! The race: every strategy on the same work, in interleaved rounds.
//!
//! One round runs each strategy once, in shuffled order, so that a machine that slows down slows all of them down. A
//! warm-up goes before: the first frames of a process pay for page faults and cold caches that later ones do not.

use anyhow::{Context, Result, bail};

use crate::filter::Chain;
use crate::measure::Run;
use crate::sink::Null;
use crate::source::{Input, Limits, SourceInfo, open};
use crate::strategy::{Settings, Strategy, Watch, run};

/// What to race.
pub struct Plan {
    /// The work.
    pub input: Input,
    /// What is done to each frame.
    pub chain: Chain,
    /// Who takes part.
    pub strategies: Vec<&'static dyn Strategy>,
    /// How each runs.
    pub settings: Settings,
    /// How often each runs.
    pub rounds: usize,
    /// Frames each runs before the first round, uncounted.
    pub warmup: u64,
    /// Decides the order within the rounds.
    pub seed: u64,
}

/// What the race gave.
pub struct Comparison {
    /// What the input is.
    pub source: SourceInfo,
    /// The runs of each strategy that took part.
    pub entries: Vec<Entry>,
    /// Who could not, and why.
    pub left_out: Vec<(String, String)>,
}

/// One strategy's runs, in the order they were made.
pub struct Entry {
    /// The strategy.
    pub strategy: &'static dyn Strategy,
    /// Its counted runs.
    pub runs: Vec<Run>,
}

/// What is about to run.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// The strategy's name.
    pub strategy: &'static str,
    /// The round, from 1; 0 is the warm-up.
    pub round: usize,
    /// Rounds in all.
    pub rounds: usize,
    /// Runs done before this one, and in all.
    pub done: (usize, usize),
}

/// Races. `watch` may be looked at from another thread meanwhile, and `on_step` is told what runs next.
///
/// A strategy that cannot do the work is left out. So is one that fails on the way, unless it is the first of the
/// plan: what the yardstick cannot do is no work to compare.
///
/// # Errors
/// When the input cannot be opened or holds no frame, or the first strategy fails.
pub fn compare(plan: &Plan, watch: &Watch, on_step: &mut dyn FnMut(Step)) -> Result<Comparison> {
    let source = open(&plan.input, &plan.settings.opening)?.info().clone();
    let mut race = Race { plan, watch, on_step, entries: Vec::new(), left_out: Vec::new(), done: 0 };
    race.admit();
    race.warm_up()?;
    for round in 1..=plan.rounds {
        race.round(round)?;
    }
    let first = race.entries.first().context("no strategy can do this")?;
    if first.runs.iter().all(|run| run.ledger.delivered == 0) {
        bail!("{} has no frames to run on", plan.input);
    }
    Ok(Comparison { source, entries: race.entries, left_out: race.left_out })
}

struct Race<'a> {
    plan: &'a Plan,
    watch: &'a Watch,
    on_step: &'a mut dyn FnMut(Step),
    entries: Vec<Entry>,
    left_out: Vec<(String, String)>,
    done: usize,
}

impl Race<'_> {
    fn admit(&mut self) {
        for &strategy in &self.plan.strategies {
            match strategy.unfit(&self.plan.chain, &self.plan.settings) {
                Some(why) => self.left_out.push((strategy.name().to_owned(), why)),
                None => self.entries.push(Entry { strategy, runs: Vec::new() }),
            }
        }
    }

    /// Runs everybody over a few frames. Who fails here is left out before it has cost a round.
    fn warm_up(&mut self) -> Result<()> {
        if self.plan.warmup == 0 {
            return Ok(());
        }
        let warmup = self.plan.settings.limits.frames.unwrap_or(u64::MAX).min(self.plan.warmup);
        let settings = Settings {
            limits: Limits { frames: Some(warmup), ..self.plan.settings.limits },
            ..self.plan.settings.clone()
        };
        let order: Vec<_> = self.entries.iter().map(|entry| entry.strategy).collect();
        for strategy in order {
            self.run(strategy, 0, &settings)?;
        }
        Ok(())
    }

    fn round(&mut self, round: usize) -> Result<()> {
        let mut order: Vec<_> = self.entries.iter().map(|entry| entry.strategy).collect();
        fastrand::Rng::with_seed(self.plan.seed.wrapping_add(round as u64)).shuffle(&mut order);
        for strategy in order {
            if let Some(run) = self.run(strategy, round, &self.plan.settings)? {
                self.entries
                    .iter_mut()
                    .filter(|e| e.strategy.name() == strategy.name())
                    .for_each(|e| e.runs.push(run.clone()));
            }
        }
        Ok(())
    }

    fn run(&mut self, strategy: &'static dyn Strategy, round: usize, settings: &Settings) -> Result<Option<Run>> {
        let plan = self.plan;
        let all = self.entries.len() * (plan.rounds + usize::from(plan.warmup > 0));
        (self.on_step)(Step { strategy: strategy.name(), round, rounds: plan.rounds, done: (self.done, all) });
        self.done += 1;
        match run(strategy, &plan.input, &plan.chain, &mut Null::default(), settings, self.watch) {
            Ok(run) => Ok(Some(run)),
            Err(error) if self.entries[0].strategy.name() == strategy.name() => Err(error),
            Err(error) => {
                self.left_out.push((strategy.name().to_owned(), format!("{error:#}")));
                self.entries.retain(|entry| entry.strategy.name() != strategy.name());
                Ok(None)
            }
        }
    }
}
