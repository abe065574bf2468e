//! `compare`: which strategies are compared, and how often each runs.

use std::time::Duration;

use clap::Args;
use framerace::lab::compare::{Plan, Rounds};
use framerace::lab::report::Axis;
use framerace::lab::sweep::Sweep;
use framerace::source::Input;
use framerace::strategy::{STRATEGIES, Strategy, faithful, find};

use crate::app::args::command::Flags;
use crate::app::args::usage_error::UsageError;
use crate::app::args::values::{at_least_one, percent, seconds, strategy, whole_from};
use crate::app::args::work::{Work, WorkArgs};

/// How often each strategy runs on a live input, and for how long.
const LIVE_ROUNDS: (usize, Duration) = (2, Duration::from_secs(3));

/// A comparison of strategies, or of the values of a sweep.
pub struct CompareOptions {
    pub work: Work,
    pub plan: Plan,
    pub sweep: Option<Sweep>,
    /// Whether frames of a live input are recorded, to compare on them at full speed.
    pub at_full_speed: bool,
    /// The same again, for the case that a file is behind an address.
    pub if_file: Option<Box<CompareArgs>>,
}

/// Run every strategy on the same work, rank them, and say what limits each
#[derive(Args, Clone)]
#[command(allow_negative_numbers = true)]
pub struct CompareArgs {
    /// Strategies to race, with commas between; sequential always runs too, as the baseline [default: all that fit]
    #[arg(short, long, value_name = "LIST", value_delimiter = ',', value_parser = strategy)]
    strategies: Vec<&'static dyn Strategy>,
    /// Vary one thing instead, and say how much of it is enough: workers=1..8, queue=1,2,4,8,64, workers=1..64x2,
    /// size=640x360,1280x720 (synthetic frames have that size, others are resized first); with threads, or -s
    #[arg(long, value_name = "AXIS=VALUES", conflicts_with = "prove")]
    sweep: Option<Sweep>,
    /// Rounds; each runs every strategy once, in shuffled order [default: until the order is settled; 2 on a live input]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    rounds: Option<usize>,
    /// Seconds for the rounds, if their number is not given; settled sooner, it ends sooner
    #[arg(long, value_name = "S", default_value = "60", value_parser = seconds)]
    budget: Duration,
    /// Differences smaller than this part need not be settled
    #[arg(long, value_name = "PERCENT", default_value = "1%", value_parser = percent)]
    precision: f64,
    /// Frames each strategy runs before the first round, uncounted
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = whole_from(0_u64))]
    warmup: u64,
    /// On a live input (camera, URL, synthetic frames with a rate): only give each strategy its turns of --duration, and do
    /// not race on a few recorded frames at full speed afterwards
    #[arg(long)]
    no_race: bool,
    /// Decides the order within the rounds
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = whole_from(0_u64))]
    seed: u64,
    #[command(flatten)]
    work: WorkArgs,
}

impl CompareArgs {
    /// The strategies to compare, `sequential` first, each once.
    fn strategies(&self) -> Vec<&'static dyn Strategy> {
        let default = || match (self.sweep.is_some(), self.work.is_live()) {
            (true, _) => find("threads").into_iter().collect(),
            (false, true) => STRATEGIES.to_vec(),
            (false, false) => faithful(),
        };
        // Frames of another size are other work, for which `sequential` on the given size is no baseline.
        let with_baseline = self.sweep.as_ref().is_none_or(|sweep| sweep.axis != Axis::Size);
        let mut strategies = if with_baseline { vec![STRATEGIES[0]] } else { Vec::new() };
        for strategy in if self.strategies.is_empty() { default() } else { self.strategies.clone() } {
            if strategies.iter().all(|other| other.name() != strategy.name()) {
                strategies.push(strategy);
            }
        }
        strategies
    }
}

impl CompareArgs {
    /// The same comparison on another input.
    ///
    /// # Errors
    /// As [`Flags::check`].
    pub fn of(mut self, input: Input) -> anyhow::Result<CompareOptions> {
        self.work.input = input;
        self.check().map_err(UsageError::into_error)
    }
}

impl Flags for CompareArgs {
    type Options = CompareOptions;

    fn check(mut self) -> Result<CompareOptions, UsageError> {
        let if_file = matches!(self.work.input, Input::Url(_)).then(|| Box::new(self.clone()));
        // It is read several times.
        self.work.preload |= self.work.input.is_pipe();
        let strategies = self.strategies();
        let live = self.work.is_live() && self.sweep.is_none();
        let mut work = self.work.check(self.sweep.is_some())?;
        let limits = &mut work.settings.limits;
        if live && limits.frames.is_none() {
            limits.duration = limits.duration.or(Some(LIVE_ROUNDS.1));
        }
        let rounds = match self.rounds {
            Some(rounds) => Rounds::Fixed(rounds),
            None if live => Rounds::Fixed(LIVE_ROUNDS.0),
            None => Rounds::Settle { budget: self.budget, precision: self.precision },
        };
        let plan = Plan {
            input: work.input.clone(),
            chain: work.chain.clone(),
            strategies,
            settings: work.settings.clone(),
            rounds,
            preload: work.preload,
            warmup: self.warmup,
            seed: self.seed,
        };
        let at_full_speed = live && !self.no_race;
        Ok(CompareOptions { work, plan, sweep: self.sweep, at_full_speed, if_file })
    }
}
