//! The race: every strategy on the same work, in interleaved rounds.
//!
//! One round runs each strategy once, in shuffled order, so that a machine that slows down slows all of them down. A
//! warm-up goes before: the first frames of a process pay for page faults and cold caches that later ones do not.
//! Rounds go on until the order is settled or the time is over, unless their number is given.

mod entrant;
mod race;
mod recorded;
mod round;
mod stopping;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::filter::Chain;
use crate::host::machine::available_memory;
use crate::metrics::Run;
use crate::pipeline::{Limits, Settings, Step, Watch};
use crate::source::{Input, Preloaded, Source, SourceInfo, open_unless};
use crate::strategy::Strategy;

use self::round::Cut;
use race::Race;

pub use self::stopping::Rounds;
pub use entrant::Entrant;
pub use recorded::compare_recorded;

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
    pub rounds: Rounds,
    /// Whether the input is read into memory first, so that the reader takes no part.
    pub preload: bool,
    /// Frames each runs before the first round, uncounted.
    pub warmup: u64,
    /// Decides the order within the rounds.
    pub seed: u64,
}

/// What the race gave.
pub struct Comparison {
    /// What the input is.
    pub source: SourceInfo,
    /// The runs of each entrant that took part.
    pub entries: Vec<Entry>,
    /// Who could not, and why.
    pub left_out: Vec<(String, String)>,
    /// Rounds that were run.
    pub rounds: usize,
    /// How long they took.
    pub took: Duration,
    /// Neighbours in the order that more rounds would have to tell apart; none where the number of rounds was given.
    pub open: Option<Vec<(String, String)>>,
    /// Frames of a run, where a whole run of a long input would have left no time for rounds.
    pub frames_a_run: Option<u64>,
    /// The frames of the input, if they were read into memory.
    pub preloaded: Option<Preloaded>,
    /// Why it ended before its time, and which turns were whole; none if it did not.
    pub cut: Option<String>,
    /// Whether that was because the input was lost.
    pub lost: bool,
}

/// One entrant's runs, in the order they were made.
pub struct Entry {
    /// Who.
    pub entrant: Entrant,
    /// Its counted runs.
    pub runs: Vec<Run>,
}

/// Races. `watch` may be looked at from another thread meanwhile, and `on_step` is told what runs next.
///
/// A strategy that cannot do the work is left out. So is one that fails on the way, unless it is the first of the
/// plan: what the yardstick cannot do is no work to compare.
///
/// # Errors
/// When the input cannot be opened or holds no frame, or the first strategy fails.
pub fn compare(plan: &Plan, watch: &Watch, on_step: &mut dyn FnMut(Step)) -> Result<Comparison> {
    race(plan, entrants(plan), watch, on_step)
}

/// The plan's strategies, each as the plan says.
fn entrants(plan: &Plan) -> Vec<Entrant> {
    plan.strategies.iter().map(|strategy| Entrant::new(*strategy, plan)).collect()
}

/// Races these entrants instead of the plan's strategies, and otherwise as the plan says.
///
/// # Errors
/// As [`compare`].
pub fn race(plan: &Plan, entrants: Vec<Entrant>, watch: &Watch, on_step: &mut dyn FnMut(Step)) -> Result<Comparison> {
    let source = open_unless(&watch.ended(), &plan.input, &plan.settings.open)?;
    race_on(source, plan, entrants, watch, on_step)
}

fn race_on(
    source: Box<dyn Source>,
    plan: &Plan,
    mut entrants: Vec<Entrant>,
    watch: &Watch,
    on_step: &mut dyn FnMut(Step),
) -> Result<Comparison> {
    let mut info = source.info().clone();
    let mut race = Race::new(plan, watch, on_step, info.shape);
    if plan.preload && info.paced {
        // That is how long it is read, not how long it is run on.
        entrants.iter_mut().for_each(|entrant| entrant.settings.limits.duration = None);
    }
    if plan.preload {
        // Half of what is free: the runs need some, too.
        let memory = plan.settings.memory.unwrap_or(available_memory() / 2);
        let limits = Limits { duration: plan.settings.limits.duration.filter(|_| info.paced), ..plan.settings.limits };
        let loaded = Preloaded::load_unless(&watch.ended(), source, limits, memory);
        let preloaded = loaded.with_context(|| format!("cannot preload {}", plan.input))?;
        info = preloaded.info().clone();
        race.preloaded = Some(preloaded);
    } else if plan.input.is_live() {
        // Opening takes its time, and some let themselves be opened only once.
        race.opened = Some(source);
    } else {
        // Its decoder has threads, which must not be there while others are measured.
        drop(source);
    }
    race.admit(entrants, &info);
    if let ([], [(name, why), ..]) = (&race.entries[..], &race.left_out[..]) {
        bail!("{name} cannot do this: {why}");
    }
    race.warm_up()?;
    race.choose_length(info.frames);
    let begin = Instant::now();
    let rounds = race.rounds(begin)?;
    let open = race.open();
    let lost = race.cut.as_ref().is_some_and(Cut::is_loss);
    let cut = race.cut.take().map(|cut| cut.settle(&mut race.entries, &mut race.left_out));
    race.entries.retain(|entry| !entry.runs.is_empty());
    if race.entries.is_empty() {
        bail!(cut.filter(|_| lost).map_or_else(
            || "stopped before anything was measured".to_owned(),
            |cut| format!("{} was {cut}", plan.input)
        ));
    }
    let Race { entries, left_out, frames_a_run, preloaded, .. } = race;
    let (source, took) = (info, begin.elapsed());
    Ok(Comparison { source, entries, left_out, rounds, took, open, frames_a_run, preloaded, cut, lost })
}
