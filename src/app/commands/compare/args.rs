//! `compare`: which strategies are compared, and how often each runs.

use std::time::Duration;

use clap::{ArgMatches, Args};
use clap_complete::ArgValueCandidates;
use framerace::lab::compare::{Plan, Rounds};
use framerace::lab::report::Axis;
use framerace::lab::sweep::Sweep;
use framerace::source::Input;
use framerace::strategy::{STRATEGIES, Strategy, find};

use crate::app::args::command::Flags;
use crate::app::args::completion;
use crate::app::args::headings::{LIVE, MEASURING, WHAT};
use crate::app::args::reports::ReportsArgs;
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

const EXAMPLES: &str = "\
Examples:
  framerace compare clip.mp4 -f grayscale,blur=ksize=9 --html result.html
  framerace compare camera:0 -s threads,stages,latest --duration 5
  framerace compare clip.mp4 --sweep workers=1..8";

/// Run every strategy on the same work, rank them, and say what limits each
#[derive(Args, Clone)]
#[command(allow_negative_numbers = true, after_help = EXAMPLES)]
pub struct CompareArgs {
    /// Strategies to compare, with commas between; sequential always runs, too, as the baseline [default: all that fit]
    #[arg(short, long, value_name = "LIST", value_delimiter = ',', value_parser = strategy, help_heading = WHAT,
          add = ArgValueCandidates::new(completion::strategies))]
    strategies: Vec<&'static dyn Strategy>,
    /// Vary one thing instead, and say how much of it is enough: workers=1..8, workers=1..64x2, queue=1,2,4 or
    /// size=640x360,1280x720; with threads, or -s
    #[arg(long, value_name = "AXIS=VALUES", conflicts_with = "prove", help_heading = WHAT,
          add = ArgValueCandidates::new(completion::axes))]
    sweep: Option<Sweep>,
    #[command(flatten)]
    work: WorkArgs,
    // Numbers, so that these stand before what `run` has, too.
    /// Rounds; each runs every strategy once, in shuffled order [default: until the order is settled; 2 on a live input]
    #[arg(long, value_name = "N", value_parser = at_least_one, help_heading = MEASURING, display_order = 0)]
    rounds: Option<usize>,
    /// Seconds for the rounds, if their number is not given; settled sooner, it ends sooner
    #[arg(long, value_name = "S", default_value = "60", value_parser = seconds, help_heading = MEASURING, display_order = 1)]
    budget: Duration,
    /// Differences smaller than this part need not be settled
    #[arg(long, value_name = "PERCENT", default_value = "1%", value_parser = percent, help_heading = MEASURING,
          display_order = 2, hide_short_help = true)]
    precision: f64,
    /// Frames each strategy runs before the first round, uncounted
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = whole_from(0_u64), help_heading = MEASURING, display_order = 3,
          hide_short_help = true)]
    warmup: u64,
    /// Only give each strategy its turns of --duration on the live input, and do not compare at full speed afterwards, on a
    /// few recorded frames
    #[arg(long, help_heading = LIVE, hide_short_help = true)]
    no_race: bool,
    /// Decides the order within the rounds
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = whole_from(0_u64), help_heading = MEASURING, display_order = 4,
          hide_short_help = true)]
    seed: u64,
    #[command(flatten)]
    reports: ReportsArgs,
}

impl CompareArgs {
    /// The strategies to compare, `sequential` first, each once.
    fn strategies(&self) -> Vec<&'static dyn Strategy> {
        let several = self.work.inputs.len() > 1;
        let all = || STRATEGIES.iter().copied().filter(|one| several || !one.needs_several());
        let default = || match (self.sweep.is_some(), self.work.is_live()) {
            (true, _) => find("threads").into_iter().collect(),
            (false, true) => all().filter(|one| !one.needs_a_file()).collect(),
            (false, false) => {
                let faithful = all().filter(|one| one.keeps_every_frame());
                faithful.filter(|one| self.work.can_be_cut() || !one.needs_a_file()).collect()
            }
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
        self.work.inputs = vec![input];
        self.check().map_err(UsageError::into_error)
    }
}

impl Flags for CompareArgs {
    type Options = CompareOptions;

    fn place(&mut self, matches: &ArgMatches) {
        self.work.place(matches);
    }

    fn check(mut self) -> Result<CompareOptions, UsageError> {
        let if_file = matches!(self.work.inputs[..], [Input::Url(_)]).then(|| Box::new(self.clone()));
        // It is read several times.
        self.work.preload |= self.work.input().is_pipe();
        let strategies = self.strategies();
        if self.sweep.is_some() && self.work.inputs.len() > 1 {
            return Err(UsageError::new("--sweep is for one input; give one, or leave --sweep out"));
        }
        let live = self.work.is_live() && self.sweep.is_none();
        let mut work = self.work.check(self.sweep.is_some(), self.reports)?;
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
            others: work.others.clone(),
            strategies,
            settings: work.settings.clone(),
            rounds,
            preload: work.preload,
            warmup: self.warmup,
            seed: self.seed,
        };
        let at_full_speed = live && !self.no_race && plan.others.is_empty();
        Ok(CompareOptions { work, plan, sweep: self.sweep, at_full_speed, if_file })
    }
}
